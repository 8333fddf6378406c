import Alerts
import ArgumentParser
import Forecasting
import Foundation
import Host
import Interchange
import Monitoring
import Reporting
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

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var place: ServiceRerun

  /// One way in which the alert was to be told; its name as in the settings, or `journal`.
  private struct Attempt: Encodable {
    var way: String
    var isWell: Bool
    var sentence: String
  }

  private struct Document: Encodable {
    var tried: String
    var attempts: [Attempt]
  }

  func run() throws {
    var arguments = ["alert-test", "--config", config, "--kind", kind.kind.name]
    if let stream { arguments += ["--stream", stream] }
    if json { arguments.append("--json") }
    let tried = try place.enter(config: config, arguments: arguments)
    let settings = try RunCommand.settings(config)
    if !json { print("Tried \(tried):") }
    let source = settings.sources[0]
    let hour = Int(WallClock.nowSeconds / 3600) - 1
    let alert = kind.kind.test(about: stream ?? source.name, hour: hour)
    var payload = AlertPayload(alert, unit: alert.stream == nil ? nil : source.unit)
    payload.isTest = true
    // Two tests within the hour are two alerts.
    if alert.stream == nil { payload.alertId = "test-\(WallClock.nowMicroseconds)" }
    var attempts = [notify(JournalMessage(payload))]
    if !json { show(attempts[0]) }
    var actionRunner = ActionRunner()
    var poller = Poller<Void>()
    let wanted = AlertAction.all(for: payload, settings.actions)
    if wanted.isEmpty, !json { print("no action is set for such an alert") }
    actionRunner.add(wanted)
    while actionRunner.waitingCount + actionRunner.runningCount > 0 {
      let now = WallClock.monotonicMicroseconds
      for ended in actionRunner.advance(
        settings.actions, &poller, as: (), nowMicroseconds: now)
      {
        let attempt = Attempt(
          way: ended.action.kind.rawValue, isWell: ended.failure == nil,
          sentence: ended.failure ?? "went well")
        attempts.append(attempt)
        if !json { show(attempt) }
      }
      if actionRunner.runningCount > 0 { _ = try poller.wait(until: actionRunner.deadline) }
    }
    if json { print(try JSONText.text(Document(tried: tried, attempts: attempts))) }
    if !attempts.allSatisfy(\.isWell) { throw ExitCode.failure }
  }

  private func show(_ attempt: Attempt) {
    let sentence = "\(attempt.way): \(attempt.sentence)"
    for line in TerminalStyle.standardOutput.wrapped(sentence) { print(line) }
  }

  private func notify(_ message: JournalMessage) -> Attempt {
    do throws(SystemError) {
      try Journal.systemd.send(message)
      return Attempt(
        way: "journal", isWell: true,
        sentence: "delivered, with MESSAGE_ID=\(message.id?.rawValue ?? "")")
    } catch {
      return Attempt(way: "journal", isWell: false, sentence: "\(error)")
    }
  }
}
