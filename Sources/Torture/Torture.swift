import Foundation

/// Writes and rotates a log in difficult ways while the real `harbinger` and other readers follow it, and prints how
/// many lines each of them lost or counted twice.
///
/// One invocation runs one scenario with one seed, or injects one fault; `deploy/torture` runs them all.
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
    if arguments.first == "--soak" {
      try soak(arguments.dropFirst().compactMap { Double($0) })
      return
    }
    if let first = arguments.first, first.hasPrefix("--fault") {
      try sweep(first, Array(arguments.dropFirst()))
      return
    }
    guard let options = Options(arguments) else {
      FileHandle.standardError.write(
        Data(
          """
          usage: Torture --list | SCENARIO SEED SECONDS [tail] [rsyslog] [mtail]
                 Torture --faults SEED [COUNT] | --fault FAULT
                 Torture --soak SECONDS [LINES_A_SECOND [SEED]]

          """.utf8))
      exit(64)
    }
    var stage = try Stage(options)
    for result in try stage.play() { print(result) }
  }

  private static func soak(_ numbers: [Double]) throws {
    guard let seconds = numbers.first, (1...1e6).contains(seconds) else { exit(64) }
    let rate = numbers.count > 1 ? min(max(numbers[1], 10), 1e6) : 20_000
    let seed = numbers.count > 2 ? UInt64(max(0, numbers[2])) : 1
    let soak = try Soak(seconds: seconds, linesPerSecond: Int(rate), seed: seed)
    if try !soak.play() { exit(1) }
  }

  /// Lists faults, or injects one.
  private static func sweep(_ word: String, _ arguments: [String]) throws {
    guard FaultSweep.isPossible else {
      FileHandle.standardError.write(Data("left out: strace is not here, or may not trace\n".utf8))
      exit(69)
    }
    if word == "--faults", let seed = arguments.first.flatMap({ UInt64($0) }) {
      let faults =
        arguments.count > 1
        ? Fault.chosen(Int(arguments[1]) ?? 0, seed: seed) : Fault.all(seed: seed)
      for fault in faults { print(fault) }
    } else if word == "--fault", let fault = arguments.first.flatMap({ Fault($0) }) {
      print(try FaultSweep(fault).play())
    } else {
      exit(64)
    }
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
