import Forecasting
import Series
import TestSupport
import Testing

/// A stream with a habit that changes on a known day, hour by hour: 1 for a request.
private func counts(seed: UInt64, _ probability: (_ hour: Int) -> Double) -> [Int] {
  var chance = Chance(seed: seed)
  return (0..<hours).map { chance.happens(probability($0)) ? 1 : 0 }
}

private let changeDay = 120
private let hours = 24 * 200

private struct Change: Sendable, CustomTestStringConvertible {
  var name: String
  var probability: @Sendable (_ hour: Int, _ isAfter: Bool) -> Double

  var testDescription: String { name }
}

@Sendable private func nightly(_ hour: Int, at hourOfDay: Int) -> Double {
  hour % 24 == hourOfDay ? 0.95 : 0.005
}

private let changes = [
  Change(name: "moves by an hour") { hour, isAfter in nightly(hour, at: isAfter ? 4 : 3) },
  Change(name: "moves by six hours") { hour, isAfter in nightly(hour, at: isAfter ? 9 : 3) },
  Change(name: "falls silent") { hour, isAfter in isAfter ? 0 : nightly(hour, at: 3) },
  Change(name: "doubles") { hour, isAfter in
    isAfter ? max(nightly(hour, at: 3), nightly(hour, at: 15)) : nightly(hour, at: 3)
  },
]

/// The number of days after the change until a forecaster's log-loss over a week, leads 1 to 24, is at most that of the
/// month before the change, or at most 1.5 times that of the last month, which is long after the change.
private func daysToFollow(_ scored: ScoredForecasts) -> Int {
  var daily = [Double](repeating: 0, count: hours / 24 + 2)
  for index in 0..<scored.count {
    let day = (scored.hours[index] - Streams.firstHour) / 24
    daily[day] += RunningScore.logLoss(Double(scored.probabilities[index]), scored.labels[index])
  }
  func mean(_ days: Range<Int>) -> Double { daily[days].reduce(0, +) / Double(days.count) }
  let usual = max(
    mean(changeDay - 30..<changeDay), 1.5 * mean(hours / 24 - 30..<hours / 24))
  return (changeDay..<hours / 24 - 30).first { mean($0..<$0 + 7) <= usual }
    .map { $0 - changeDay } ?? 50
}

/// The mixture and each baseline over a stream, with a network that learned the time before the change only.
private func evaluation(_ counts: [Int]) throws -> Evaluation.Series {
  let known = Streams.series(Array(counts[..<(24 * changeDay)]))
  let model = try #require(Streams.job([known]).run().model)
  var evaluation = Evaluation(leads: Set(1...24))
  evaluation.record(stream: "s", Streams.judged(counts, models: Models(current: model)))
  return evaluation.series(stream: "s", lead: nil)
}

/// Goal: a changed habit is followed, even before the network has learned it. Method: a nightly request of which the
/// change is known, a network that was trained before it and stays; the mixture follows no more than three days after
/// the quickest of the calendar's tables, and sooner than the hour of the week.
@Test(arguments: changes)
private func aChangedHabitIsFollowed(change: Change) throws {
  let series = try evaluation(
    counts(seed: 5) { change.probability($0, $0 >= 24 * changeDay) })
  let mixture = daysToFollow(series[.mixture])
  let hourOfDay = daysToFollow(series[.expert(HourOfDay.self)])
  let hourOfWeek = daysToFollow(series[.expert(HourOfWeek.self)])
  #expect(mixture <= min(hourOfDay, hourOfWeek) + 3)
}

/// Goal: periods that fit no calendar are found. Method: a request every 7, 36 or 50 hours, one in twenty of them
/// missing; after three months, a day ahead, the mixture is far better than the base rate, where the tables by hour of
/// day and week are not.
@Test(arguments: [7, 36, 50])
func periodsThatFitNoCalendarAreFound(period: Int) throws {
  let all = counts(seed: 7) { $0 % period == 0 ? 0.95 : 0.002 }
  let known = Streams.series(Array(all[..<(24 * changeDay)]))
  let model = try #require(Streams.job([known]).run().model)
  var evaluation = Evaluation(
    fromHour: Streams.firstHour + 24 * changeDay, leads: Set(1...24))
  evaluation.record(stream: "s", Streams.judged(all, models: Models(current: model)))
  for lead in [1, 6, 24] {
    let series = evaluation.series(stream: "s", lead: lead)
    let reference = series[.expert(BaseRate.self)]
    #expect(series[.mixture].skill(against: reference) > 0.4)
  }
}
