import Forecasting
import Replay
import Testing

@Suite struct VerdictTests {
  /// Forecasts of the next hour: active at nine every day. Harbinger and the hour-of-day baseline forecast the given
  /// probabilities, all others one half.
  private static func verdict(
    days: Int, harbinger: Double, hourOfDay: Double, isEverActive: Bool = true
  ) -> Verdict {
    let list = ExpertList.standard
    var evaluation = Evaluation(leads: [1])
    for hour in 0..<24 * days {
      let isNine = hour % 24 == 9
      let said = list.types.map { type in
        type == HourOfDay.self ? (isNine ? hourOfDay : 1 - hourOfDay) : 0.5
      }
      evaluation.record(
        stream: "s",
        [
          JudgedForecast(
            target: hour, lead: 1, active: isNine && isEverActive,
            probability: isNine ? harbinger : 1 - harbinger,
            experts: ExpertPredictions(list, said[...]))
        ])
    }
    return Verdict(evaluation)
  }

  @Test func bestStandsFirstAndIsNamed() {
    let better = Self.verdict(days: 30, harbinger: 0.9, hourOfDay: 0.8)
    #expect(better.rows.map(\.forecaster).prefix(2) == [.mixture, .expert(HourOfDay.self)])
    #expect(better.rows.count == Evaluation.Forecaster.baselines.count + 1)
    #expect(
      better.sentences == [
        "On 30 days with 30 active hours Harbinger was 53 % better than the best simple forecaster, hour of day."
      ])
    let losses = better.rows.map(\.scored.logLoss)
    #expect(losses == losses.sorted())
  }

  @Test func whoeverWasBetterIsNamed() {
    let worse = Self.verdict(days: 30, harbinger: 0.9, hourOfDay: 0.91)
    #expect(worse.rows.first?.forecaster == .expert(HourOfDay.self))
    #expect(
      worse.sentences == [
        "On 30 days with 30 active hours hour of day was 10 % better than Harbinger."
      ])
    #expect(
      Self.verdict(days: 30, harbinger: 0.9, hourOfDay: 0.9).sentences == [
        "On 30 days with 30 active hours Harbinger was as good as the best simple forecaster, hour of day."
      ])
  }

  /// If the log is too short, the verdict says how many days and active hours it needs and has.
  @Test func littleIsNoVerdict() {
    let short = Self.verdict(days: 4, harbinger: 0.9, hourOfDay: 0.91)
    #expect(!short.isLongEnough)
    #expect(
      short.sentences == [
        "On 4 days with 4 active hours hour of day was 10 % better than Harbinger.",
        "That is too short to judge by. A month with 20 active hours or more is usually enough.",
      ])
    #expect(
      Self.verdict(days: 1, harbinger: 0.9, hourOfDay: 0.8).sentences[0].hasPrefix(
        "On 24 hours with 1 active hour "))
  }

  @Test func withoutRequestsOrScoresThereIsNoVerdict() {
    let idle = Self.verdict(days: 30, harbinger: 0.9, hourOfDay: 0.8, isEverActive: false)
    #expect(
      idle.sentences == [
        "No request came in the 30 days that were scored, so there is nothing to judge."
      ])
    let empty = Verdict(Evaluation(leads: [1]))
    #expect(empty.rows.isEmpty)
    #expect(
      empty.sentences == [
        "No hour was forecast and then over, so there is nothing to judge. A month with 20 active hours or more is "
          + "usually enough."
      ])
  }
}
