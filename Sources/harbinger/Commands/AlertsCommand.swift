import ArgumentParser
import Forecasting
import Host
import Records
import Reporting
import Storage

struct AlertsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "Lists alerts and their outcomes.",
    discussion: "Reads the state, also while the daemon runs.")

  @OptionGroup var place: StatePlace

  @Option(help: "Only alerts about this day and later, as in 2026-01-31.")
  var since: CivilDate?

  @Flag(help: "Print JSON, one object a line.")
  var json = false

  private struct Line: Encodable {
    var id: String
    var kind: String
    var stream: String
    var hour: String
    var leadHours: Int
    var probability: Double
    var bits: Double?
    var hoursSilent: Int?
    /// hit, early, late or false; nothing for what cannot be judged, or not yet.
    var outcome: String?
    /// Why it was not delivered; nil if it was.
    var suppressed: String?
    var explanation: String?
    var localTime: String?
    var habit: String?
    /// As in the journal.
    var message: String
  }

  func run() throws {
    let alerts = try StateFile(readingAt: place.path())
      .alerts(since: since.map { 24 * $0.daysSinceEpoch } ?? .min)
    if json {
      for alert in alerts {
        print(try JSONText.text(Self.line(alert), onOneLine: true))
      }
    } else if alerts.isEmpty {
      print("Nothing was said.")
    } else {
      print(Self.table(alerts).lines(.standardOutput).joined(separator: "\n"))
      for line in Self.precision(alerts) { print(line) }
    }
  }

  private static func line(_ judged: StateFile.JudgedAlert) -> Line {
    let alert = judged.alert
    return Line(
      id: alert.id.text, kind: alert.kind.rawValue, stream: alert.stream,
      hour: UTCTime(hour: alert.hour).text, leadHours: alert.leadHours,
      probability: alert.probability, bits: alert.bits, hoursSilent: alert.hoursSilent,
      outcome: judged.outcome?.rawValue, suppressed: alert.suppressed?.rawValue,
      explanation: alert.explanation, localTime: alert.localTime, habit: alert.habit,
      message: AlertPayload(alert).message)
  }

  private static func table(_ alerts: [StateFile.JudgedAlert]) -> Table {
    var table = Table([
      .left("about"), .left("kind"), .left("outcome"), .left("suppressed"),
      .sentence("what was said"),
    ])
    for judged in alerts {
      let alert = judged.alert
      table.add([
        String(UTCTime(hour: alert.hour).text.prefix(16)) + "Z", alert.kind.rawValue,
        judged.outcome?.rawValue ?? "", alert.suppressed?.rawValue ?? "",
        AlertPayload(alert).message,
      ])
    }
    return table
  }

  /// How many of the judged `upcoming` alerts were right.
  private static func precision(_ alerts: [StateFile.JudgedAlert]) -> [String] {
    let outcomes = alerts.filter { $0.alert.kind == .upcoming }.compactMap(\.outcome)
    guard !outcomes.isEmpty else { return [] }
    let hits = outcomes.count { $0 == .hit }
    return ["\(hits) of \(outcomes.count) alerts that a request was coming were right."]
  }
}
