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
  }

  private(set) var rows: [Row] = []

  private static let windows: [(fromDay: Int, toDay: Int?)] = [
    (0, 7), (7, 14), (14, 30), (30, 60), (60, 90), (90, nil),
  ]

  init(_ evaluation: Evaluation) {
    let streams = evaluation.streams.map { evaluation.series(stream: $0, lead: nil) }
    for window in Self.windows {
      append(streams, window)
    }
  }

  private mutating func append(
    _ streams: [Evaluation.Series], _ window: (fromDay: Int, toDay: Int?)
  ) {
    let ranges = streams.map { series in
      let first = series[.mixture].hours.min() ?? 0
      return first + 24 * window.fromDay..<(window.toDay.map { first + 24 * $0 } ?? .max)
    }
    let references = zip(streams, ranges).map { $0[.expert(BaseRate.self)].within($1) }
    for forecaster in Evaluation.Forecaster.all {
      let scores = zip(zip(streams, ranges), references).filter { $1.count > 0 }.map {
        part, reference in
        let scored = part.0[forecaster].within(part.1)
        return (logLoss: scored.logLoss, skill: scored.skill(against: reference))
      }
      guard let worst = scores.map(\.skill).min() else { continue }
      let count = Double(scores.count)
      rows.append(
        Row(
          fromDay: window.fromDay, toDay: window.toDay, streams: scores.count,
          forecaster: forecaster.name, logLoss: scores.reduce(0) { $0 + $1.logLoss } / count,
          meanSkill: scores.reduce(0) { $0 + $1.skill } / count, worstSkill: worst))
    }
  }

  var table: Table {
    var table = Table([
      .left("days"), .right("streams"), .left("forecaster"), .right("log-loss"),
      .right("mean skill"), .right("worst"),
    ])
    for row in rows {
      table.add([
        "\(row.fromDay)–\(row.toDay.map { "\($0)" } ?? "")", "\(row.streams)", row.forecaster,
        Decimals.text(row.logLoss, 4), Decimals.text(row.meanSkill, 3),
        Decimals.text(row.worstSkill, 3),
      ])
    }
    return table
  }
}
