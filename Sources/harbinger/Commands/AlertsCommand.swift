import Alerts
import ArgumentParser
import Host
import Records
import Reporting
import Storage

struct AlertsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "Lists alerts and their outcomes.",
    discussion: """
      Reads the state, also while the daemon runs. For example:

      harbinger alerts --since 2026-01-31
      """)

  @OptionGroup var place: StatePlace

  @Option(help: "Only alerts about this day and later, as in 2026-01-31.")
  var since: CivilDate?

  @Flag(help: "Print JSON, one object a line.")
  var json = false

  /// The alert's facts stand beside these.
  private struct Line: Encodable {
    let judged: StateFile.JudgedAlert

    private enum CodingKeys: CodingKey {
      case id, kind, stream, source, isOver, hour, leadHours, outcome, suppressed, message
    }

    func encode(to encoder: any Encoder) throws {
      let alert = judged.alert
      try alert.facts.encode(to: encoder)
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(alert.id.text, forKey: .id)
      try members.encode(alert.kind.name, forKey: .kind)
      try members.encodeIfPresent(alert.stream, forKey: .stream)
      try members.encodeIfPresent(alert.source, forKey: .source)
      if alert.isOver { try members.encode(true, forKey: .isOver) }
      try members.encode(UTCTime(hour: alert.hour).text, forKey: .hour)
      if alert.stream != nil { try members.encode(alert.leadHours, forKey: .leadHours) }
      // Hit, early, late or false; nothing for what cannot be judged, or not yet.
      try members.encodeIfPresent(judged.outcome?.rawValue, forKey: .outcome)
      // Why it was not delivered; nothing if it was.
      try members.encodeIfPresent(alert.suppressed?.rawValue, forKey: .suppressed)
      // As in the journal.
      try members.encode(alert.message, forKey: .message)
    }
  }

  func run() throws {
    let alerts = try StateFile(readingAt: place.path())
      .alerts(since: since.map { 24 * $0.daysSinceEpoch } ?? .min)
    if json {
      for alert in alerts {
        print(try JSONText.text(Line(judged: alert), onOneLine: true))
      }
    } else if alerts.isEmpty {
      print("No alert is stored.")
    } else {
      print(Self.table(alerts).lines(.standardOutput).joined(separator: "\n"))
      for line in Self.precision(alerts) { print(line) }
    }
  }

  private static func table(_ alerts: [StateFile.JudgedAlert]) -> Table {
    var table = Table([
      .left("about"), .left("kind"), .left("outcome"), .left("suppressed"),
      .sentence("message"),
    ])
    for judged in alerts {
      let alert = judged.alert
      table.add([
        String(UTCTime(hour: alert.hour).text.prefix(16)) + "Z", alert.kind.name,
        judged.outcome?.rawValue ?? "", alert.suppressed?.rawValue ?? "",
        alert.message,
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
