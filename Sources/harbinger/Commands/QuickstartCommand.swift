import Alerts
import ArgumentParser
import Arithmetic
import Forecasting
import Foundation
import Host
import Monitoring
import Records
import Replay
import Reporting
import SampleLogs
import Series
import Settings

struct QuickstartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quickstart",
    abstract: "Shows forecasts and alerts for a log, or for a synthetic year.",
    discussion: """
      Counts, learns and forecasts as the daemon would, hour by hour, and shows how right it was on the \
      last 30 % of the log, the forecast of the next 24 hours, and the alerts it would have sent. Nothing \
      is kept after it ends. For example:

      harbinger quickstart /var/log/nginx/access.log*
      """)

  @OptionGroup var options: ReplayOptions

  @Flag(help: "Print JSON.")
  var json = false

  @Argument(help: "The logs, compressed or not.", completion: .file())
  var logs: [String] = []

  /// The part that is scored.
  private static let fromFraction = 0.7

  func validate() throws {
    guard logs.isEmpty else { return }
    let wrong = (options.config == nil ? [] : ["--config"]) + options.given
    // The sample has a format of its own.
    if let name = wrong.first(where: { !["--key", "--time-zone"].contains($0) }) {
      throw ValidationError("\(name): expected logs beside it")
    }
  }

  func run() throws {
    guard logs.isEmpty else { return try show(logs) }
    if !json {
      print("A synthetic log: a year of an idle service, made up by `harbinger sample`.")
    }
    let sample = try Self.writeSample()
    // It is there for as long as it is open.
    try withExtendedLifetime(sample) { try show([sample.path]) }
  }

  private func show(_ paths: [String]) throws {
    let settings = try options.settings(for: paths)
    var progress = ReplayProgress(isQuiet: json)
    let history = try progress.read(paths, settings)
    let replay = try progress.replay(
      history, settings, fromFraction: Self.fromFraction,
      leads: Set(1...settings.forecast.horizonHours)
    ) { _ in }
    if json { return print(try JSONText.text(QuickstartDocument(replay))) }
    for line in QuickstartReport(replay).lines { print(line) }
  }

  private static func writeSample() throws -> UnnamedFile {
    let file = try UnnamedFile(in: FileManager.default.temporaryDirectory.path)
    var log = SampleLog(
      end: SampleLog.usualEnd, dayCount: 365, seed: 1, healthCheckMinutes: nil)
    try log.write { try file.append($0) }
    return file
  }
}

extension LogReplay {
  /// Those that would have been sent in the part that is scored.
  fileprivate var scoredAlerts: [Alert] {
    alerts.filter { $0.hour >= evaluation.fromHour && $0.suppressed == nil }
  }

  /// The busiest first.
  fileprivate var busiestStreams: [(name: String, stream: Monitor.Stream)] {
    monitor.streams
      .sorted { ($1.value.series.buckets.count, $0.key) < ($0.value.series.buckets.count, $1.key) }
      .map { (name: $0.key, stream: $0.value) }
  }
}

/// The same for programs, and of all streams.
private struct QuickstartDocument: Encodable {
  struct Score: Encodable {
    var forecaster: String
    var logLoss: Double
    var brierScore: Double
    /// Nil without an active hour.
    var averagePrecision: Double?
    /// Harbinger's against it; nil for Harbinger.
    var skillAgainstIt: Double?
  }

  var scoredHours: Int
  var activeHours: Int
  var scores: [Score]
  var verdict: [String]
  var forecasts: [ForecastDocument]
  var alerts: [AlertDocument]

  init(_ replay: LogReplay) {
    let found = Verdict(replay.evaluation)
    (scoredHours, activeHours) = (found.hourCount, found.activeHourCount)
    verdict = found.sentences
    scores = found.rows.map {
      Score(
        forecaster: $0.shownName, logLoss: $0.scored.logLoss, brierScore: $0.scored.brierScore,
        averagePrecision: $0.scored.activeCount == 0 ? nil : $0.scored.averagePrecision,
        skillAgainstIt: $0.skill)
    }
    forecasts = replay.busiestStreams.map {
      ForecastDocument(StreamOutlook($0.stream, as: $0.name), hours: 24)
    }
    alerts = replay.scoredAlerts.map { AlertDocument($0, replay.outcomes[$0.id]) }
  }
}

/// What quickstart shows at the end.
private struct QuickstartReport {
  private let replay: LogReplay
  private let style = TerminalStyle.standardOutput
  private(set) var lines: [String] = []

  /// Streams that are shown one by one.
  private static let streamsMax = 3
  private static let alertsMax = 8

  init(_ replay: LogReplay) {
    self.replay = replay
    appendSkill()
    for (name, stream) in replay.busiestStreams.prefix(Self.streamsMax) { append(name, stream) }
    appendAlerts()
  }

  private mutating func append(_ sentence: String) { lines += style.wrapped(sentence) }

  private mutating func appendSkill() {
    let evaluation = replay.evaluation
    let verdict = Verdict(evaluation)
    lines.append("")
    if !verdict.rows.isEmpty {
      append(
        "How right it was on the last 30 % of the log, which it had not seen, 1 to 24 hours ahead:")
      lines += verdict.tableLines(style)
    }
    let all = evaluation.total(of: .mixture)
    if all.count > 0, Double(all.activeCount) > 0.8 * Double(all.count) {
      append(
        "Nearly every hour has requests, so there is little to forecast: split the log into streams with "
          + "--key, such as --key '{path}', or keep lines out with a source's include and exclude.")
      return
    }
    for sentence in verdict.sentences { append(sentence) }
  }

  private mutating func append(_ name: String, _ stream: Monitor.Stream) {
    guard !stream.forecaster.forecasts.isEmpty else { return }
    lines.append("")
    lines += ForecastText(StreamOutlook(stream, as: name), hourCount: 24, now: nil, style).lines
    guard let status = replay.monitor.status(of: name), let sentence = status.upcoming.sentence
    else { return }
    append("Up to then, \(sentence) (a start: a request after idle hours).")
  }

  private mutating func appendAlerts() {
    let alerts = replay.scoredAlerts
    lines.append("")
    guard !alerts.isEmpty else {
      lines.append("It would have sent no alert in that time.")
      return
    }
    lines.append("Alerts it would have sent in that time:")
    for kind in AlertKind.ofStreams {
      let own = alerts.filter { $0.kind == kind }
      guard !own.isEmpty else { continue }
      var text = "  \(kind.name): \(own.count)"
      let judged = own.compactMap { replay.outcomes[$0.id] }
      if kind == .upcoming, !judged.isEmpty { text += "; " + Self.precision(judged) }
      append(text)
    }
    var table = Table([
      .left("the latest"), .left("about"), .left("stream"), .right("p"), .left("outcome"),
    ])
    for alert in alerts.suffix(Self.alertsMax) {
      let outcome: String =
        switch alert.kind {
        case .upcoming: replay.outcomes[alert.id]?.rawValue ?? "open"
        case .silence: "after \(alert.facts.hoursSilent ?? 0) h of silence"
        case .unexpected: "\(Decimals.text(alert.facts.bits ?? 0, 1)) bits of surprise"
        default: ""
        }
      table.add([
        alert.kind.name, LocalTime(hour: alert.hour, in: zone(of: alert)).text,
        alert.stream ?? "", Decimals.text(alert.facts.probability ?? 0, 3), outcome,
      ])
    }
    lines += table.lines(style)
    if alerts.contains(where: { replay.outcomes[$0.id] != nil }) {
      append("(\(Alert.Outcome.legend).)")
    }
  }

  private func zone(of alert: Alert) -> TimeZoneRules {
    alert.stream.flatMap { replay.monitor.streams[$0] }?.forecaster.features.calendar.timeZone
      ?? .utc
  }

  /// Such as `99 of 108 right to the hour, 1 an hour late, 8 false`.
  private static func precision(_ outcomes: [Alert.Outcome]) -> String {
    func count(_ outcome: Alert.Outcome) -> Int { outcomes.count { $0 == outcome } }
    var parts = ["\(count(.hit)) of \(outcomes.count) right to the hour"]
    if count(.early) > 0 { parts.append("\(count(.early)) an hour early") }
    if count(.late) > 0 { parts.append("\(count(.late)) an hour late") }
    parts.append("\(count(.falseAlarm)) false")
    return parts.joined(separator: ", ")
  }
}
