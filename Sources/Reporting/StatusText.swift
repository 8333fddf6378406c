import Arithmetic
import Forecasting
import Host
import Records

/// A status for people.
package struct StatusText {
  package private(set) var lines: [String] = []

  /// - Parameter isRunning: Whether the process that wrote it is still there.
  package init(_ report: StatusReport, isRunning: Bool = true) {
    let process =
      isRunning
      ? "process \(report.pid), up \(Self.span(report.uptimeSeconds))"
      : "NOT RUNNING: process \(report.pid) is gone, and this is the last that it wrote"
    lines.append("harbinger \(report.version), \(process); written \(report.written)")
    for problem in report.problems { lines.append("PROBLEM \(Self.safe(problem))") }
    for source in report.sources { append(source) }
    for stream in report.streams { append(stream) }
    let hiddenCount = report.totals.streams - report.streams.count
    if hiddenCount > 0 {
      lines.append("\(hiddenCount) more streams: see harbinger status --stream NAME, or --all")
    }
    if report.dormantStreams > 0 {
      lines.append(
        "\(report.dormantStreams) more streams are dormant: active longer ago than these, counted only"
      )
    }
    if report.skippedHours > 0 {
      lines.append(
        "\(report.skippedHours) hours of long silences were not gone through: streams began anew")
    }
    append(report.training)
    append(report.actions)
    lines.append(
      "state \(report.statePath), \(Self.size(report.stateBytes)); "
        + "memory \(Self.size(report.residentBytes))")
  }

  private mutating func append(_ source: StatusReport.Source) {
    var line = "source \(Self.safe(source.name)): \(source.lines) lines, \(source.counted) counted"
    if source.filtered > 0 { line += ", \(source.filtered) filtered" }
    if source.overflow > 0 { line += ", \(source.overflow) of streams beyond max_dormant_streams" }
    if source.lagBytes > 0 { line += "; \(Self.size(source.lagBytes)) to read" }
    lines.append(line + "; newest record \(source.newestRecord ?? "none")")
    if let catchUp = source.catchUp { append(catchUp, upTo: source.newestRecord) }
    for (reason, rejection) in source.rejected.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "  rejected as \(reason): \(rejection.count), such as \(Self.safe(rejection.latest))")
    }
    if source.isStalled {
      lines.append(
        "  STALLED: no lines for \(source.silentHours) hours although requests were expected")
    }
    let inferred = InferredTime(names: source.inferred ?? [])
    for sentence in inferred.sentences(zone: Self.safe(source.timeZone ?? "UTC")) {
      lines.append("  \(sentence)")
    }
    for problem in source.problems { lines.append("  PROBLEM \(Self.safe(problem))") }
  }

  private mutating func append(_ catchUp: StatusReport.CatchUp, upTo newest: String?) {
    let share = 100 * catchUp.readBytes / max(1, catchUp.totalBytes)
    let left = catchUp.secondsLeft.map { ", about \(Self.span($0)) to go" } ?? ""
    lines.append(
      "  CATCHING UP: \(share) % of \(Self.size(catchUp.totalBytes)) of old lines are read, up to "
        + "\(newest ?? "none")\(left)")
    lines.append("  Until then nothing that is shown here is of today.")
  }

  private mutating func append(_ stream: StatusReport.Stream) {
    lines.append("stream \(Self.safe(stream.name)): last request \(stream.lastRequest)")
    let likely = stream.next.sorted { $0.probability > $1.probability }.prefix(3)
    if !likely.isEmpty {
      let hours = likely.map {
        "\($0.hour.dropFirst(5).prefix(11)) p=\(Decimals.digits($0.probability))"
      }
      lines.append("  most likely: " + hours.joined(separator: ", "))
    }
    for score in stream.scores {
      let skill = Decimals.digits(score.skill["base rate"] ?? 0)
      lines.append(
        "  \(score.leadHours) h ahead: skill \(skill), log-loss \(Decimals.digits(score.logLoss))")
    }
    append(stream.upcoming)
    let outlook = StreamOutlook(stream) { _ in nil }
    if let evidence = outlook.evidence, !evidence.isEnough {
      let now = (outlook.origin ?? evidence.since) + 1
      lines.append("  " + ForecastText.sentence(evidence, now: now, outlook.zone))
    }
  }

  private mutating func append(_ warnings: StatusReport.Warnings) {
    guard warnings.alerts > 0 || warnings.episodes > 0 else { return }
    let right = warnings.alerts - warnings.falseAlarms
    var line =
      "  in 13 weeks \(right) of \(Decimals.counted(warnings.alerts, "warning")) were right; "
    line += "\(warnings.warned) of \(Decimals.counted(warnings.episodes, "start")) were announced"
    if let suppressed = warnings.suppressed, suppressed > 0 {
      line += "; \(Decimals.counted(suppressed, "warning")) suppressed"
    }
    lines.append(line)
    lines.append(
      "    (a start: a request after idle hours; threshold \(Decimals.digits(warnings.threshold)))")
  }

  private mutating func append(_ training: StatusReport.Training) {
    var line = "training: \(training.runs) runs, \(training.adopted) adopted"
    if training.isRunning { line += ", one is on" }
    if let end = training.lastEnd { line += "; the last up to \(end)" }
    if let last = training.last {
      line += ": \(last.verdict.rawValue), \(last.rowCount) rows"
      if let loss = last.logLossAfter { line += ", held-out log-loss \(Decimals.digits(loss))" }
    }
    lines.append(line)
    if training.isDegraded { lines.append("  DEGRADED: the network is worse than the baselines") }
  }

  private mutating func append(_ actions: StatusReport.Actions) {
    guard actions != .init() else { return }
    lines.append(
      "actions: \(actions.done) done, \(actions.failed) failed, \(actions.dropped) dropped, "
        + "\(actions.waiting + actions.running) to do")
    for (way, failure) in actions.failures.sorted(by: { $0.key < $1.key }) {
      lines.append("  PROBLEM \(way): \(Self.safe(failure))")
    }
  }

  private static func safe(_ text: String) -> String {
    String(escapedForDisplay: text, limit: 200)
  }

  private static func span(_ seconds: Int) -> String {
    seconds < 120 ? "\(seconds) s" : seconds < 7200 ? "\(seconds / 60) min" : "\(seconds / 3600) h"
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 10_000
      ? "\(bytes) B" : bytes < 10_000_000 ? "\(bytes / 1000) kB" : "\(bytes / 1_000_000) MB"
  }
}
