import Foundation

/// Writes a log in the worst ways that a service and its rotation can, while the real `harbinger` and other readers
/// follow it, and says how many lines each of them lost or counted twice.
///
/// One call plays one scenario with one seed; `deploy/torture` plays them all.
@main
enum Torture {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments == ["--list"] {
      for scenario in Scenario.all {
        if scenario.needs.isPossible {
          print(scenario.name)
        } else {
          FileHandle.standardError.write(
            Data("left out, not possible here: \(scenario.name)\n".utf8))
        }
      }
      return
    }
    guard let options = Options(arguments) else {
      FileHandle.standardError.write(
        Data("usage: Torture --list | SCENARIO SEED SECONDS [tail] [rsyslog] [mtail]\n".utf8))
      exit(64)
    }
    var stage = try Stage(options)
    for result in try stage.play() { print(result) }
  }
}

struct Options {
  var scenario: Scenario
  var seed: UInt64
  var seconds: Double
  var readers: [Reader.Kind]

  init?(_ arguments: some Collection<String>) {
    let words = Array(arguments)
    guard words.count >= 3, let scenario = Scenario.all.first(where: { $0.name == words[0] }),
      let seed = UInt64(words[1]), let seconds = Double(words[2]), seconds > 0
    else { return nil }
    self.scenario = scenario
    self.seed = seed
    self.seconds = seconds
    readers = [.harbinger]
    for word in words[3...] {
      guard let kind = Reader.Kind(rawValue: word) else { return nil }
      readers.append(kind)
    }
  }
}
