import Alerts
import ArgumentParser
import Forecasting
import Foundation
import Host
import Interchange
import Monitoring
import Settings

struct AlertTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alert-test",
    abstract: "Tries the journal and every action with a test alert.",
    discussion: """
      Writes to the journal, starts the unit, runs the program and calls the webhook that the settings name, \
      and prints the result of each. As root, with the settings of the installed service, it does so as the \
      service's user and in its sandbox. For example:

      harbinger alert-test --stream backup --kind silence
      """)

  /// One of the list of alert kinds.
  struct Kind: ExpressibleByArgument {
    let kind: AlertKind

    init?(argument: String) {
      guard let kind = AlertKind.named(argument) else { return nil }
      self.kind = kind
    }

    var defaultValueDescription: String { kind.name }

    static var allValueStrings: [String] { AlertKind.all.map(\.name) }
  }

  @Option(name: .shortAndLong, help: "The settings file.", completion: .file(extensions: ["yaml"]))
  var config = "/etc/harbinger/harbinger.yaml"

  @Option(help: "The stream that the alert names. (default: the name of the first source)")
  var stream: String?

  @Option(help: "The kind of alert.")
  var kind = Kind(argument: "upcoming")!

  @OptionGroup var place: ServiceRerun

  func run() throws {
    var arguments = ["alert-test", "--config", config, "--kind", kind.kind.name]
    if let stream { arguments += ["--stream", stream] }
    print("Tried \(try place.enter(config: config, arguments: arguments)):")
    let settings = try RunCommand.settings(config)
    let source = settings.sources[0]
    let hour = Int(WallClock.nowSeconds / 3600) - 1
    let alert = kind.kind.test(about: stream ?? source.name, hour: hour)
    var payload = AlertPayload(alert, unit: alert.stream == nil ? nil : source.unit)
    payload.isTest = true
    // Two tests within the hour are two alerts.
    if alert.stream == nil { payload.alertId = "test-\(WallClock.nowMicroseconds)" }
    var isWell = notify(JournalMessage(payload))
    var actionRunner = ActionRunner()
    var poller = Poller<Void>()
    let wanted = AlertAction.all(for: payload, settings.actions)
    if wanted.isEmpty { print("no action is set for such an alert") }
    actionRunner.add(wanted)
    while actionRunner.waitingCount + actionRunner.runningCount > 0 {
      let now = WallClock.monotonicMicroseconds
      for ended in actionRunner.advance(
        settings.actions, &poller, as: (), nowMicroseconds: now)
      {
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
}
