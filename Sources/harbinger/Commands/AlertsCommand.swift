import Alerts
import ArgumentParser
import Arithmetic
import Host
import Monitoring
import Records
import Reporting
import Settings
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

  @Option(
    help: ArgumentHelp(
      "Only alerts about this day and later, in the time zone of each, as in 2026-01-31.",
      valueName: "date"))
  var since: CivilDate?

  @Flag(help: "Print JSON, one object a line.")
  var json = false

  func run() throws {
    var zones: [String: TimeZoneRules] = [:]
    var alerts: [StateFile.JudgedAlert] = []
    for path in try place.paths() {
      let file = try StateFile(readingAt: path)
      zones.merge(try file.streamTerms().compactMapValues { StreamOutlook.zone($0.timeZone) }) {
        first, _ in first
      }
      // No zone is a day ahead of UTC or more.
      alerts += try file.alerts(since: since.map { 24 * ($0.daysSinceEpoch - 1) } ?? .min)
    }
    alerts.sort { $0.alert.hour < $1.alert.hour }
    if let since {
      alerts.removeAll { Self.localTime(of: $0.alert, zones).date < since.isoText }
    }
    if json {
      for judged in alerts {
        print(
          try JSONText.text(AlertDocument(judged.alert, judged.outcome), onOneLine: true))
      }
    } else if alerts.isEmpty {
      print(
        since.map { "No alert about \($0.isoText) or later is stored." } ?? "No alert is stored.")
    } else {
      let style = TerminalStyle.standardOutput
      let lines = Self.table(alerts, zones).lines(style) + Self.legend(alerts, style)
      print(lines.joined(separator: "\n"))
    }
  }

  /// - Parameter zones: By stream.
  private static func localTime(of alert: Alert, _ zones: [String: TimeZoneRules]) -> LocalTime {
    LocalTime(hour: alert.hour, in: alert.stream.flatMap { zones[$0] } ?? .utc)
  }

  private static func table(
    _ alerts: [StateFile.JudgedAlert], _ zones: [String: TimeZoneRules]
  ) -> Table {
    var table = Table([
      .left("about"), .left("kind"), .left("outcome"), .left("suppressed"),
      .sentence("message"),
    ])
    for judged in alerts {
      let alert = judged.alert
      table.add([
        localTime(of: alert, zones).text, alert.kind.name,
        judged.outcome?.rawValue ?? "", alert.suppressed?.rawValue ?? "",
        alert.message,
      ])
    }
    return table
  }

  /// What the words in the table mean, and how many warnings were right.
  private static func legend(
    _ alerts: [StateFile.JudgedAlert], _ style: TerminalStyle
  ) -> [String] {
    var lines: [String] = []
    let reasons = Set(alerts.compactMap(\.alert.suppressed))
    let words = Alert.SuppressionReason.allCases.filter(reasons.contains)
      .map { "\($0.rawValue): \($0.words)" }
    if !words.isEmpty {
      lines.append("(Suppressed is not sent; \(words.joined(separator: "; ")).)")
    }
    // As a replay counts: what would not have been sent is no warning, but of old lines none is.
    let outcomes = alerts.filter {
      $0.alert.kind == .upcoming && [nil, .past].contains($0.alert.suppressed)
    }.compactMap(\.outcome)
    if !outcomes.isEmpty {
      lines.append("(\(Alert.Outcome.legend).)")
      let right = outcomes.count { $0 != .falseAlarm }
      let hits = outcomes.count { $0 == .hit }
      lines.append(
        "\(right) of \(Decimals.counted(outcomes.count, "warning")) \(right == 1 ? "was" : "were") right, "
          + "\(hits == right ? "all" : "\(hits)") of them to the hour.")
    }
    return lines.flatMap(style.wrapped)
  }
}

extension Alert.Outcome {
  /// What these words mean.
  static var legend: String {
    "hit: a request came in that hour; early, late: in the hour before or after; false: none came"
  }
}

extension Alert.SuppressionReason {
  /// Why it was not sent.
  fileprivate var words: String {
    switch self {
    case .cooldown: "another was sent a short while before"
    case .budget: "budget_per_day was spent"
    case .quietHours: "it was in quiet_hours"
    case .muted: "mute_until was not over"
    case .tooLittleEvidence: "the stream was too young"
    case .past: "found in old lines, long after its hour"
    }
  }
}
