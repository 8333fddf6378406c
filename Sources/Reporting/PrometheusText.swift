import Foundation

/// A status as Prometheus reads it, from node_exporter's textfile collector or over HTTP.
///
/// - Source: Prometheus, "Exposition formats" (text format 0.0.4) and "Metric and label naming"; OpenMetrics 1.0.0.
package struct PrometheusText {
  /// How it is written.
  package enum Format: Sendable {
    /// Text format 0.0.4, which node_exporter reads.
    case text
    /// OpenMetrics 1.0: a counter is called without its `_total`, and the end is marked.
    case openMetrics
  }

  package private(set) var text = ""
  private let format: Format

  package init(_ report: StatusReport, _ format: Format = .text) {
    self.format = format
    append("build_info", .gauge, "Which version runs.", [([("version", report.version)], 1)])
    append("status_time_seconds", .gauge, "When this was written.", time(report.written))
    append("uptime_seconds", .gauge, "How long it has run.", [([], Double(report.uptimeSeconds))])
    append("problems", .gauge, "Troubles it has now.", [([], Double(report.problems.count))])
    append("state_size_bytes", .gauge, "Size of the state.", [([], Double(report.stateBytes))])
    append(
      "resident_memory_bytes", .gauge, "Memory in use.", [([], Double(report.residentBytes))])
    append(
      "behind_seconds", .gauge, "Hours that are long over and not learned from yet, in seconds.",
      [([], 3600 * Double(report.catchUp.map { $0.totalHours - $0.closedHours } ?? 0))])
    appendSources(report.sources)
    append(
      "dormant_streams", .gauge, "Streams that are known and not in memory.",
      [([], Double(report.dormantStreams))])
    appendTotals(report.totals)
    append(
      "skipped_seconds_total", .counter, "Silences that were too long to be gone through.",
      [([], 3600 * Double(report.skippedHours))])
    appendStreams(report.streams)
    appendWarnings(report.streams)
    appendTraining(report.training)
    let actions = report.actions
    append(
      "actions_total", .counter, "What was done about alerts.",
      [("done", actions.done), ("failed", actions.failed), ("dropped", actions.dropped)].map {
        ([("result", $0.0)], Double($0.1))
      })
    if format == .openMetrics { text += "# EOF\n" }
  }

  private enum Kind: String { case gauge, counter, histogram }
  private typealias Sample = (labels: [(name: String, value: String)], value: Double)

  private mutating func appendSources(_ sources: [StatusReport.Source]) {
    func each(_ value: (StatusReport.Source) -> Int) -> [Sample] {
      sources.map { ([("source", $0.name)], Double(value($0))) }
    }
    append("source_lines_total", .counter, "Lines read.", each(\.lines))
    append("source_counted_lines_total", .counter, "Lines counted as requests.", each(\.counted))
    append("source_filtered_lines_total", .counter, "Lines left out by filters.", each(\.filtered))
    append(
      "source_overflow_lines_total", .counter, "Lines of streams beyond max_dormant_streams.",
      each(\.overflow))
    append(
      "source_rejected_lines_total", .counter, "Lines that could not be understood.",
      sources.flatMap { source in
        source.rejected.sorted { $0.key < $1.key }.map {
          ([("source", source.name), ("reason", $0.key)], Double($0.value.count))
        }
      })
    append("source_lag_bytes", .gauge, "Bytes still to be read.", each(\.lagBytes))
    append("source_present_files", .gauge, "Files that are followed.", each(\.presentFiles))
    append(
      "source_stalled", .gauge, "Whether no lines come although requests were expected.",
      each { $0.isStalled ? 1 : 0 })
    append(
      "source_silence_seconds", .gauge, "Hours without a line that are over, in seconds.",
      each { 3600 * $0.silentHours })
    append("source_problems", .gauge, "Troubles with the source now.", each(\.problems.count))
    append(
      "source_newest_record_time_seconds", .gauge, "Time of the newest record.",
      sources.flatMap { source in
        time(source.newestRecord).map { ([("source", source.name)], $0.value) }
      })
  }

  /// Of all streams; the series by stream are of the hundred that the status shows.
  private mutating func appendTotals(_ totals: StatusReport.Totals) {
    append("streams", .gauge, "Streams in memory.", [([], Double(totals.streams))])
    append(
      "likely_streams", .gauge, "Streams whose probability reaches the threshold.",
      [([], Double(totals.likelyStreams))])
    let counts = totals.nextHour.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.streams) }
    let bounds = totals.nextHour.map { $0.atMost < 1 ? "\($0.atMost)" : "+Inf" }
    append(
      "next_hour_probability", .histogram, "Probability of a request in the next hour, by stream.",
      zip(bounds, counts.dropFirst()).map { ([("le", $0)], Double($1)) }, suffix: "_bucket")
    appendSample("next_hour_probability_sum", [], totals.nextHourSum)
    appendSample("next_hour_probability_count", [], Double(counts[counts.count - 1]))
  }

  private mutating func appendStreams(_ streams: [StatusReport.Stream]) {
    append(
      "stream_last_request_time_seconds", .gauge, "Time of the last request.",
      streams.flatMap { stream in
        time(stream.lastRequest).map { ([("stream", stream.name)], $0.value) }
      })
    append(
      "stream_active_probability_ratio", .gauge, "Probability of a request so many hours ahead.",
      streams.flatMap { stream in
        stream.next.enumerated().filter { [1, 6, 24].contains($0.offset + 1) }.map {
          ([("stream", stream.name), ("lead_hours", "\($0.offset + 1)")], $0.element.probability)
        }
      })
    append(
      "stream_skill_ratio", .gauge, "Share of the reference's log-loss that is saved.",
      streams.flatMap { stream in
        stream.scores.flatMap { score in
          score.skill.sorted { $0.key < $1.key }.map {
            (
              [
                ("stream", stream.name), ("lead_hours", "\(score.leadHours)"),
                ("reference", $0.key),
              ], $0.value
            )
          }
        }
      })
  }

  private mutating func appendWarnings(_ streams: [StatusReport.Stream]) {
    func each(_ value: (StatusReport.Warnings) -> Double?) -> [Sample] {
      streams.flatMap { stream -> [Sample] in
        value(stream.upcoming).map { [([("stream", stream.name)], $0)] } ?? []
      }
    }
    append(
      "stream_warning_precision_ratio", .gauge,
      "Share of the warnings of requests in 13 weeks that were not false.", each(\.precision))
    append(
      "stream_warning_recall_ratio", .gauge,
      "Share of the requests in 13 weeks that were warned of.", each(\.recall))
  }

  private mutating func appendTraining(_ training: StatusReport.Training) {
    append("training_runs_total", .counter, "Training runs.", [([], Double(training.runs))])
    append(
      "training_adopted_total", .counter, "Runs whose network was adopted.",
      [([], Double(training.adopted))])
    append(
      "model_degraded", .gauge, "Whether the network is worse than the baselines.",
      [([], training.isDegraded ? 1 : 0)])
    append(
      "training_last_end_time_seconds", .gauge, "Up to when it learned.", time(training.lastEnd))
  }

  private func time(_ text: String?) -> [Sample] {
    guard let text, let date = try? Date(text, strategy: .iso8601) else { return [] }
    return [([], date.timeIntervalSince1970)]
  }

  private mutating func append(
    _ name: String, _ kind: Kind, _ help: String, _ samples: [Sample], suffix: String = ""
  ) {
    guard !samples.isEmpty else { return }
    let isShort = format == .openMetrics && kind == .counter && name.hasSuffix("_total")
    let family = isShort ? String(name.dropLast("_total".count)) : name
    text += "# HELP harbinger_\(family) \(help)\n# TYPE harbinger_\(family) \(kind.rawValue)\n"
    for sample in samples { appendSample(name + suffix, sample.labels, sample.value) }
  }

  private mutating func appendSample(
    _ name: String, _ labels: [(name: String, value: String)], _ value: Double
  ) {
    let labels = labels.map { #"\#($0.name)="\#(Self.escaped($0.value))""# }
    text += "harbinger_\(name)"
    if !labels.isEmpty { text += "{\(labels.joined(separator: ","))}" }
    text += " \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    value.replacingOccurrences(of: #"\"#, with: #"\\"#)
      .replacingOccurrences(of: "\"", with: #"\""#).replacingOccurrences(of: "\n", with: #"\n"#)
  }
}
