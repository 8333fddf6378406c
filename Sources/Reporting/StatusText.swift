import Arithmetic
import Forecasting
import Host
package import Records

/// A status for people.
package struct StatusText {
  package private(set) var lines: [String] = []
  private let style: TerminalStyle
  private let zone: (String) -> TimeZoneRules?

  /// - Parameters:
  ///   - isRunning: Whether the process that wrote it is still there.
  ///   - zone: Finds the rules of a zone by its name.
  package init(
    _ report: StatusReport, isRunning: Bool = true, _ style: TerminalStyle = TerminalStyle(),
    zone: @escaping (String) -> TimeZoneRules? = { _ in nil }
  ) {
    self.style = style
    self.zone = zone
    let process =
      isRunning
      ? "process \(report.pid), up \(Decimals.span(report.uptimeSeconds))"
      : "NOT RUNNING: process \(report.pid) is gone, and this is the last that it wrote"
    append("harbinger \(report.version), \(process); written \(time(report.written, in: .utc))")
    for problem in report.problems { append("PROBLEM \(Self.safe(problem))") }
    if let catchUp = report.catchUp {
      append("CATCHING UP with old lines: \(catchUp.sentence).")
      append("  Until then nothing that is shown here is of today.")
    }
    for source in report.sources { append(source) }
    for stream in report.streams { append(stream) }
    appendGlossary(report)
    appendOthers(report)
    append(report.training)
    append(report.actions)
    append(
      "state \(Self.safe(report.statePath)), \(Self.size(report.stateBytes)); "
        + "memory \(Self.size(report.residentBytes))")
  }

  private mutating func append(_ line: String) { lines += style.wrapped(line) }

  private mutating func appendOthers(_ report: StatusReport) {
    let hiddenCount = report.totals.streams - report.streams.count
    if hiddenCount > 0 {
      append(
        "\(Decimals.counted(hiddenCount, "more stream")): see harbinger status --stream NAME, or --all"
      )
    }
    if report.dormantStreams > 0 {
      append(
        "\(Decimals.counted(report.dormantStreams, "dormant stream")): counted, and not forecast until "
          + "the next request")
    }
    if report.skippedHours > 0 {
      append(
        "\(Decimals.counted(report.skippedHours, "hour")) of long silences were not gone through: "
          + "streams began anew")
    }
  }

  private mutating func append(_ source: StatusReport.Source) {
    let rules = rules(source.timeZone)
    var line = "source \(Self.safe(source.name)): \(Decimals.counted(source.lines, "line"))"
    line += ", \(source.counted) counted"
    if source.filtered > 0 { line += ", \(source.filtered) filtered" }
    if source.overflow > 0 { line += ", \(source.overflow) of streams beyond max_dormant_streams" }
    if source.lagBytes > 0 { line += "; \(Self.size(source.lagBytes)) to read" }
    append(line + "; newest record \(source.newestRecord.map { time($0, in: rules) } ?? "none")")
    if let catchUp = source.catchUp { append(catchUp) }
    for (reason, rejection) in source.rejected.sorted(by: { $0.key < $1.key }) {
      let example = RecordBatch.Rejection.words(example: rejection.latest)
      append("  rejected as \(Self.safe(reason)): \(rejection.count)\(Self.safe(example))")
    }
    if source.isStalled {
      append(
        "  STALLED: no lines for \(Decimals.counted(source.silentHours, "hour")) although requests were "
          + "expected")
    }
    let inferred = InferredTime(names: source.inferred ?? [])
    for sentence in inferred.sentences(zone: Self.safe(source.timeZone ?? "UTC")) {
      append("  \(sentence)")
    }
    for problem in source.problems { append("  PROBLEM \(Self.safe(problem))") }
  }

  private mutating func append(_ catchUp: StatusReport.ByteCatchUp) {
    let share = 100 * catchUp.readBytes / max(1, catchUp.totalBytes)
    let left = catchUp.secondsLeft.map { ", about \(Decimals.span($0)) to go" } ?? ""
    append("  \(share) % of \(Self.size(catchUp.totalBytes)) of old lines are read\(left)")
  }

  private mutating func append(_ stream: StatusReport.Stream) {
    let rules = rules(stream.timeZone)
    append("stream \(Self.safe(stream.name)): last request \(time(stream.lastRequest, in: rules))")
    let likely = stream.next.sorted { $0.probability > $1.probability }.prefix(3)
    if !likely.isEmpty {
      let hours = likely.map {
        "\(time($0.hour, in: rules)) (\(DueHours.percent($0.probability)))"
      }
      append("  most likely: " + hours.joined(separator: ", "))
    }
    if !stream.scores.isEmpty {
      let skills = stream.scores.map {
        "\(Decimals.text($0.skill["base rate"] ?? 0, 2)) \($0.leadHours) h ahead"
      }
      append("  skill: " + skills.joined(separator: ", "))
    }
    append(stream.upcoming)
    let outlook = StreamOutlook(stream, zone: zone)
    if let evidence = outlook.evidence, !evidence.isEnough {
      let now = (outlook.origin ?? evidence.since) + 1
      append("  " + ForecastText.sentence(evidence, now: now, outlook.zone))
    }
  }

  private mutating func append(_ warnings: StatusReport.Warnings) {
    guard let sentence = warnings.sentence else { return }
    var line = "  \(sentence)"
    if let suppressed = warnings.suppressed, suppressed > 0 {
      line += "; \(Decimals.counted(suppressed, "warning")) suppressed"
    }
    append(line + " (threshold \(DueHours.percent(warnings.threshold)))")
  }

  /// What words mean that were used above, once.
  private mutating func appendGlossary(_ report: StatusReport) {
    if report.streams.contains(where: { !$0.scores.isEmpty }) {
      append(
        "  (skill: the share of the error that forecasts save against always saying the mean; 1 is "
          + "perfect, 0 no better)")
    }
    if report.streams.contains(where: { $0.upcoming.episodes > 0 }) {
      append("  (start: a request after idle hours)")
    }
  }

  private mutating func append(_ training: StatusReport.Training) {
    var line =
      "training: \(Decimals.counted(training.runs, "run")), \(training.adopted) with a better network"
    if training.isRunning { line += ", one is on" }
    if let end = training.lastEnd { line += "; the last up to \(time(end, in: .utc))" }
    if let last = training.last {
      line += ": \(last.verdict.rawValue), \(Decimals.counted(last.rowCount, "row"))"
      if let loss = last.logLossAfter { line += ", held-out log-loss \(Decimals.digits(loss))" }
    }
    append(line)
    if training.isDegraded { append("  DEGRADED: the network is worse than the baselines") }
  }

  private mutating func append(_ actions: StatusReport.Actions) {
    guard actions != .init() else { return }
    append(
      "actions: \(actions.done) done, \(actions.failed) failed, \(actions.dropped) dropped, "
        + "\(actions.waiting + actions.running) to do")
    for (way, failure) in actions.failures.sorted(by: { $0.key < $1.key }) {
      append("  PROBLEM \(Self.safe(way)): \(Self.safe(failure))")
    }
  }

  private func rules(_ name: String?) -> TimeZoneRules { name.flatMap(zone) ?? .utc }

  /// `Sat 2026-11-28 04:31 UTC`
  private func time(_ text: String, in rules: TimeZoneRules) -> String {
    UTCTime.seconds(of: text).map { LocalTime($0, in: rules).text } ?? Self.safe(text)
  }

  private static func safe(_ text: String) -> String {
    String(escapedForDisplay: text, limit: 200)
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 10_000
      ? "\(bytes) B" : bytes < 10_000_000 ? "\(bytes / 1000) kB" : "\(bytes / 1_000_000) MB"
  }
}
