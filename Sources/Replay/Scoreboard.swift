import Alerts
import Arithmetic
import Forecasting
import Monitoring
package import Reporting

/// The scores of a replay's forecasts and alerts by stream, as printed by `replay`.
package struct Scoreboard: Codable {
  /// The scores of one stream, over the target hours that are scored.
  package struct Row: Codable {
    package var stream: String
    /// The number of hours that were forecast and are closed.
    package var hours: Int
    package var activeHours: Int
    /// In nats per forecast, over all leads.
    package var logLoss: Double
    package var brierScore: Double
    /// Nil if there is no active hour.
    package var averagePrecision: Double?
    /// Skill in log-loss against each reference.
    var skillAgainstBaseRate: Double
    var skillAgainstHourOfDay: Double
    var skillAgainstHourOfWeek: Double
    var skillAgainstGapHistogram: Double
    /// The number of `upcoming` alerts with a known outcome.
    package var alerts: Int
    var rightAlerts: Int
    var silenceAlerts: Int
    var unexpectedAlerts: Int
  }

  package var rows: [Row]

  package init(_ replay: borrowing LogReplay, fromHour: Int) {
    let evaluation = replay.evaluation
    let alerts = replay.alerts.filter { $0.hour >= fromHour && $0.suppressed == nil }
    let outcomes = replay.outcomes
    rows = evaluation.scores.sorted { $0.key < $1.key }.map { stream, scores in
      let own = alerts.filter { $0.stream == stream }
      let precision = scores.mixture.averagePrecision
      return Row(
        stream: stream, hours: scores.hourCount, activeHours: scores.activeHourCount,
        logLoss: scores.mixture.logLoss, brierScore: scores.mixture.brierScore,
        averagePrecision: precision.isNaN ? nil : precision,
        skillAgainstBaseRate: scores.skill(against: BaseRate.self),
        skillAgainstHourOfDay: scores.skill(against: HourOfDay.self),
        skillAgainstHourOfWeek: scores.skill(against: HourOfWeek.self),
        skillAgainstGapHistogram: scores.skill(against: GapProbability.self),
        alerts: own.count { $0.kind == .upcoming && outcomes[$0.id] != nil },
        rightAlerts: own.count { $0.kind == .upcoming && outcomes[$0.id] == .hit },
        silenceAlerts: own.count { $0.kind == .silence },
        unexpectedAlerts: own.count { $0.kind == .unexpected })
    }
  }

  /// The tables as text.
  package func lines(_ style: TerminalStyle) -> [String] {
    guard !rows.isEmpty else {
      return ["No hour was forecast and then over, so there is nothing to judge."]
    }
    return scores.lines(style)
      + ScoreWords.legend(
        [
          ScoreWords.losses, ScoreWords.precision,
          "base rate, hour of day, hour of week, gaps: the skill against these simple forecasters, "
            + ScoreWords.skill,
        ], style) + [""] + alerts.lines(style)
  }

  private var scores: Table {
    var table = Table([
      .left("stream"), .right("active hours"), .right("log-loss"), .right("Brier").leftOut(4),
      .right("avg.prec").leftOut(2), .right("base rate"), .right("hour of day").leftOut(1),
      .right("hour of week"), .right("gaps").leftOut(3),
    ])
    for row in rows {
      table.add([
        row.stream, "\(row.activeHours) of \(row.hours)", Decimals.text(row.logLoss, 4),
        Decimals.text(row.brierScore, 4), row.averagePrecision.map { Decimals.text($0, 3) } ?? "–",
        Decimals.text(row.skillAgainstBaseRate, 3), Decimals.text(row.skillAgainstHourOfDay, 3),
        Decimals.text(row.skillAgainstHourOfWeek, 3),
        Decimals.text(row.skillAgainstGapHistogram, 3),
      ])
    }
    return table
  }

  private var alerts: Table {
    var table = Table([
      .left("alerts"), .right("right to the hour"), .right("silence"),
      .right("unexpected"),
    ])
    for row in rows {
      table.add([
        row.stream, "\(row.rightAlerts) of \(row.alerts)", "\(row.silenceAlerts)",
        "\(row.unexpectedAlerts)",
      ])
    }
    return table
  }
}
