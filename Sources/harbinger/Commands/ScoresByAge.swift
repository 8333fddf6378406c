import Arithmetic
import Forecasting
import Reporting

/// How right every forecaster was in a stream's first days, from its first forecast on.
struct ScoresByAge: Codable {
  struct Row: Codable {
    var fromDay: Int
    /// Nil: to the end.
    var toDay: Int?
    var streams: Int
    var forecaster: String
    /// In nats an hour, mean over the streams.
    var logLoss: Double
    /// Skill against the base rate: the mean over the streams, and the worst of them.
    var meanSkill: Double
    var worstSkill: Double
    var worstStream: String
  }

  private(set) var rows: [Row] = []
  private let minActiveHours: Int

  private struct Window {
    var fromDay: Int
    var toDay: Int?

    func hours(of series: Evaluation.Series) -> Range<Int> {
      let first = series[.mixture].hours.min() ?? 0
      return first + 24 * fromDay..<(toDay.map { first + 24 * $0 } ?? .max)
    }
  }

  /// A fortnight is what many logs have; its second week comes once more by itself.
  private static let windows = [(0, 14), (7, 14), (14, 30), (30, 60), (60, nil)].map {
    Window(fromDay: $0, toDay: $1)
  }

  /// - Parameters:
  ///   - evaluations: Of one log each; with its path if there are several.
  ///   - minActiveHours: Streams that were active in fewer hours do not count.
  ///   - details: With every expert, not only the baselines.
  init(
    _ evaluations: [(log: String?, evaluation: Evaluation)], minActiveHours: Int, details: Bool
  ) {
    self.minActiveHours = minActiveHours
    let streams = evaluations.flatMap { log, evaluation in
      evaluation.streams.map {
        (name: log ?? $0, series: evaluation.series(stream: $0, lead: nil))
      }
    }.filter { Set($0.series[.mixture].activeTargets).count >= minActiveHours }
    let forecasters =
      details ? Evaluation.Forecaster.all : [.mixture] + Evaluation.Forecaster.baselines
    for window in Self.windows {
      for forecaster in forecasters { append(streams, window, forecaster) }
    }
  }

  private mutating func append(
    _ streams: [(name: String, series: Evaluation.Series)], _ window: Window,
    _ forecaster: Evaluation.Forecaster
  ) {
    let scores = streams.compactMap { stream -> (name: String, logLoss: Double, skill: Double)? in
      let hours = window.hours(of: stream.series)
      let scored = stream.series[forecaster].within(hours)
      let reference = stream.series[.expert(BaseRate.self)].within(hours)
      guard reference.count > 0 else { return nil }
      return (stream.name, scored.logLoss, scored.skill(against: reference))
    }
    guard let worst = scores.min(by: { $0.skill < $1.skill }) else { return }
    let count = Double(scores.count)
    rows.append(
      Row(
        fromDay: window.fromDay, toDay: window.toDay, streams: scores.count,
        forecaster: forecaster.name, logLoss: scores.reduce(0) { $0 + $1.logLoss } / count,
        meanSkill: scores.reduce(0) { $0 + $1.skill } / count, worstSkill: worst.skill,
        worstStream: worst.name))
  }

  func lines(_ style: TerminalStyle) -> [String] {
    guard !rows.isEmpty else {
      return [
        "No stream had \(Decimals.counted(minActiveHours, "active hour")) that were forecast, so there is nothing to "
          + "judge."
      ]
    }
    return table.lines(style)
  }

  private var table: Table {
    var table = Table([
      .left("days"), .right("streams"), .left("forecaster"), .right("log-loss").leftOut(1),
      .right("mean skill"), .right("worst").leftOut(2), .left("worst stream").leftOut(3),
    ])
    for row in rows {
      table.add([
        "\(row.fromDay)–\(row.toDay.map { "\($0)" } ?? "")", "\(row.streams)", row.forecaster,
        Decimals.text(row.logLoss, 4), Decimals.text(row.meanSkill, 3),
        Decimals.text(row.worstSkill, 3), row.worstStream,
      ])
    }
    return table
  }
}
