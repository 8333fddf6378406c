import Arithmetic
package import Forecasting
package import Reporting

/// The result of an evaluation: Harbinger and every simple forecaster, best first, with a conclusion in words.
package struct Verdict {
  /// One forecaster.
  package struct Row {
    package var forecaster: Evaluation.Forecaster
    package var scored: ScoreSums
    /// Harbinger's skill in log-loss against this forecaster; nil for Harbinger.
    package var skill: Double?

    /// The name for display; the mixture is shown as Harbinger.
    package var shownName: String { forecaster == .mixture ? "harbinger" : forecaster.name }
  }

  /// The best first.
  package let rows: [Row]
  /// The number of hours that were scored.
  package let hourCount: Int
  package let activeHourCount: Int

  /// With fewer days or active hours, the result is not reliable.
  package static let daysMin = 14
  /// See `daysMin`.
  package static let activeHoursMin = 20
  /// With fewer weeks, a confidence interval would be misleading.
  package static let intervalWeeksMin = 8
  private static let usual =
    "A month with \(activeHoursMin) active hours or more is usually enough."

  package init(_ evaluation: Evaluation) {
    let own = evaluation.total(of: .mixture)
    hourCount = evaluation.hourCount
    activeHourCount = evaluation.scores.values.reduce(0) { $0 + $1.activeHourCount }
    guard own.count > 0 else {
      rows = []
      return
    }
    let rows =
      [Row(forecaster: .mixture, scored: own, skill: nil)]
      + Evaluation.Forecaster.baselines.map {
        let scored = evaluation.total(of: $0)
        return Row(forecaster: $0, scored: scored, skill: own.skill(against: scored))
      }
    let losses = rows.map(\.scored.logLoss)
    self.rows = rows.indices.sorted { (losses[$0], $0) < (losses[$1], $1) }.map { rows[$0] }
  }

  /// Whether enough hours were scored for a reliable result.
  package var isLongEnough: Bool {
    hourCount >= 24 * Self.daysMin && activeHourCount >= Self.activeHoursMin
  }

  /// The scored time in days, or in hours if it is short.
  private var time: String {
    hourCount < 48
      ? Decimals.counted(hourCount, "hour") : Decimals.counted(hourCount / 24, "day")
  }

  private var length: String {
    "\(time) with \(Decimals.counted(activeHourCount, "active hour"))"
  }

  /// The best simple forecaster.
  private var rival: Row? { rows.first { $0.skill != nil } }

  /// The conclusion in words; better means a smaller log-loss.
  package var sentences: [String] {
    guard let rival, let skill = rival.skill else {
      return ["No hour was forecast and then over, so there is nothing to judge. \(Self.usual)"]
    }
    guard activeHourCount > 0 else {
      return [
        "No request came in the \(time) that were scored, so there is nothing to judge."
      ]
    }
    let difference = skill > 0 ? skill : -skill / (1 - skill)
    let percent = Int((100 * difference).rounded())
    let name = rival.forecaster.name
    let comparison =
      percent == 0
      ? "On \(length) Harbinger was as good as the best simple forecaster, \(name)."
      : skill > 0
        ? "On \(length) Harbinger was \(percent) % better than the best simple forecaster, \(name)."
        : "On \(length) \(name) was \(percent) % better than Harbinger."
    guard isLongEnough else {
      return [comparison, "That is too short to judge by. \(Self.usual)"]
    }
    return [comparison]
  }

  /// The table with its legend.
  package func tableLines(_ style: TerminalStyle) -> [String] {
    table.lines(style)
      + ScoreWords.legend(
        [ScoreWords.losses, ScoreWords.precision, "skill against it: " + ScoreWords.skill], style)
  }

  private var table: Table {
    var table = Table([
      .left("forecaster"), .right("log-loss"), .right("Brier").leftOut(2),
      .right("avg.prec").leftOut(1), .right("skill against it"),
    ])
    for row in rows {
      table.add([
        row.shownName,
        Decimals.text(row.scored.logLoss, 4), Decimals.text(row.scored.brierScore, 4),
        row.scored.activeCount == 0 ? "–" : Decimals.text(row.scored.averagePrecision, 3),
        row.skill.map { Decimals.text($0, 3) } ?? "–",
      ])
    }
    return table
  }
}
