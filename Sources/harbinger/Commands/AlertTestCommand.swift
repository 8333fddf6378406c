import ArgumentParser
import Forecasting
import Foundation
import Host
import Monitoring

struct AlertTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alert-test",
    abstract: "Tries every way in which alerts are told, with a made-up one.",
    discussion: """
      Tells the journal, starts the unit, runs the program and calls the webhook that the settings name, and \
      says what came of each. It does so as whoever runs it and outside the service's sandbox; to test that \
      too, run it as the service's user with systemd-run and the unit's properties.
      """)

  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case upcoming, silence, unexpected
    case stalledSource = "stalled source"
    case modelDegraded = "model degraded"
  }

  @Option(name: .shortAndLong, help: "The settings file.", completion: .file(extensions: ["yaml"]))
  var config = "/etc/harbinger/harbinger.yaml"

  @Option(help: "The stream it is about; without it, one named as the first source.")
  var stream: String?

  @Option(help: "What kind of alert.")
  var kind = Kind.upcoming

  func run() throws {
    let settings = try RunCommand.settings(config)
    let source = settings.sources[0]
    let (message, tidings) = made(stream ?? source.name, source)
    var isWell = tell(message)
    var errands = Errands()
    var poller = Poller<Void>()
    let wanted = Errand.all(for: tidings, settings.actions)
    if wanted.isEmpty { print("no action is set for such an alert") }
    errands.add(wanted)
    while errands.waitingCount + errands.runningCount > 0 {
      for ended in errands.turn(settings.actions, &poller, as: ()) {
        print("\(ended.errand.way.rawValue): \(ended.failure ?? "went well")")
        isWell = isWell && ended.failure == nil
      }
      if errands.runningCount > 0 { _ = try poller.wait(until: errands.deadline) }
    }
    if !isWell { throw ExitCode.failure }
  }

  private func tell(_ message: JournalMessage) -> Bool {
    do throws(SystemError) {
      try Journal.systemd.send(message)
      print("journal: told, with MESSAGE_ID=\(message.id?.rawValue ?? "")")
      return true
    } catch {
      print("journal: \(error)")
      return false
    }
  }

  /// An alert about the next hour.
  private func made(_ stream: String, _ source: SourceSettings) -> (JournalMessage, Tidings) {
    let origin = Int(WallClock.nowSeconds / 3600) - 1
    func alert(_ kind: Alert.Kind, bits: Double? = nil, hours: Int? = nil) -> (
      JournalMessage, Tidings
    ) {
      var alert = Alert(
        kind: kind, stream: stream, origin: origin, hour: kind == .upcoming ? origin + 2 : origin,
        probability: 0.5, threshold: 0.5, bits: bits, hoursSilent: hours)
      alert.explanation = "made up, to try how alerts are told"
      return (JournalMessage(alert, unit: source.unit), Tidings(alert, unit: source.unit))
    }
    func notice(_ notice: Notice) -> (JournalMessage, Tidings) {
      (JournalMessage(notice), Tidings(notice, id: "test-\(WallClock.nowMicroseconds)"))
    }
    var (message, tidings) =
      switch kind {
      case .upcoming: alert(.upcoming)
      case .silence: alert(.silence, bits: 12, hours: 30)
      case .unexpected: alert(.unexpected, bits: 9)
      case .stalledSource: notice(.sourceStalled(name: source.name, hours: 30, bits: 25))
      case .modelDegraded: notice(.modelDegraded(skill: -0.2))
      }
    message.fields.append(Field("HARBINGER_IS_TEST", "1"))
    tidings.isTest = true
    return (message, tidings)
  }
}
