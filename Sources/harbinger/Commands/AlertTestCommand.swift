import ArgumentParser
import Forecasting
import Foundation
import Host
import Monitoring

struct AlertTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alert-test",
    abstract: "Tries the journal and every action with a test alert.",
    discussion: """
      Writes to the journal, starts the unit, runs the program and calls the webhook that the settings name, \
      and prints the result of each. It runs as the user who calls it, outside the service's sandbox; to test \
      that too, run it as the service's user with systemd-run and the unit's properties.
      """)

  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case upcoming, silence, unexpected
    case stalledSource = "stalled source"
    case modelDegraded = "model degraded"
  }

  @Option(name: .shortAndLong, help: "The settings file.", completion: .file(extensions: ["yaml"]))
  var config = "/etc/harbinger/harbinger.yaml"

  @Option(help: "The stream that the alert names. (default: the name of the first source)")
  var stream: String?

  @Option(help: "The kind of alert.")
  var kind = Kind.upcoming

  func run() throws {
    let settings = try RunCommand.settings(config)
    let source = settings.sources[0]
    let (message, payload) = made(stream ?? source.name, source)
    var isWell = notify(message)
    var actionRunner = ActionRunner()
    var poller = Poller<Void>()
    let wanted = AlertAction.all(for: payload, settings.actions)
    if wanted.isEmpty { print("no action is set for such an alert") }
    actionRunner.add(wanted)
    while actionRunner.waitingCount + actionRunner.runningCount > 0 {
      for ended in actionRunner.advance(settings.actions, &poller, as: ()) {
        print("\(ended.action.kind.rawValue): \(ended.failure ?? "went well")")
        isWell = isWell && ended.failure == nil
      }
      if actionRunner.runningCount > 0 { _ = try poller.wait(until: actionRunner.deadline) }
    }
    if !isWell { throw ExitCode.failure }
  }

  private func notify(_ message: JournalMessage) -> Bool {
    do throws(SystemError) {
      try Journal.systemd.send(message)
      print("journal: delivered, with MESSAGE_ID=\(message.id?.rawValue ?? "")")
      return true
    } catch {
      print("journal: \(error)")
      return false
    }
  }

  /// An alert about the next hour.
  private func made(_ stream: String, _ source: SourceSettings) -> (JournalMessage, AlertPayload) {
    let origin = Int(WallClock.nowSeconds / 3600) - 1
    func alert(_ kind: Alert.Kind, bits: Double? = nil, hours: Int? = nil) -> (
      JournalMessage, AlertPayload
    ) {
      var alert = Alert(
        kind: kind, stream: stream, origin: origin, hour: kind == .upcoming ? origin + 2 : origin,
        probability: 0.5, threshold: 0.5, bits: bits, hoursSilent: hours)
      alert.explanation = "made up, to try the delivery of alerts"
      return (JournalMessage(alert, unit: source.unit), AlertPayload(alert, unit: source.unit))
    }
    func healthEvent(_ healthEvent: HealthEvent) -> (JournalMessage, AlertPayload) {
      (
        JournalMessage(healthEvent),
        AlertPayload(healthEvent, id: "test-\(WallClock.nowMicroseconds)")
      )
    }
    var (message, payload) =
      switch kind {
      case .upcoming: alert(.upcoming)
      case .silence: alert(.silence, bits: 12, hours: 30)
      case .unexpected: alert(.unexpected, bits: 9)
      case .stalledSource: healthEvent(.sourceStalled(name: source.name, hours: 30, bits: 25))
      case .modelDegraded: healthEvent(.modelDegraded(skill: -0.2))
      }
    message.fields.append(Field("HARBINGER_IS_TEST", "1"))
    payload.isTest = true
    return (message, payload)
  }
}
