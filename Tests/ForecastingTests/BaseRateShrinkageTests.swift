import Forecasting
import Foundation
import TestSupport
import Testing

/// Goal: a young stream's forecasts are no worse than its base rate, and become better when its habits show.
@Suite struct BaseRateShrinkageTests {
  private static func skill(_ counts: [Int], days: Range<Int>) -> Double {
    var evaluation = Evaluation(
      fromHour: Streams.firstHour + 24 * days.lowerBound, leads: [1, 6, 24])
    evaluation.record(
      stream: "s", Streams.judged(Array(counts.prefix(24 * days.upperBound))))
    let series = evaluation.series(stream: "s", lead: nil)
    return series[.mixture].skill(against: series[.expert(BaseRate.self)])
  }

  /// Nothing can be learned from requests at random times, whatever their rate; that most streams that hardly speak fall
  /// silent, as the pretrained network knows, is not true of them.
  @Test(arguments: [0.01, 0.03, 0.1, 0.3], [1, 2, 3] as [UInt64])
  func chanceIsNotTakenForAHabit(rate: Double, seed: UInt64) {
    var chance = Chance(seed: seed)
    let counts = [1] + (1..<24 * 30).map { _ in chance.happens(rate) ? 1 : 0 }
    #expect(Self.skill(counts, days: 0..<14) > -0.02)
    #expect(Self.skill(counts, days: 14..<30) > -0.02)
  }

  /// A few requests, a long silence, and then a few unexpected ones.
  @Test func silenceOfAStreamThatHardlySpokeSaysLittle() throws {
    var counts = [Int](repeating: 0, count: 24 * 30)
    for hour in [0, 2, 21, 26, 483, 486, 503] { counts[hour] = 1 }
    #expect(Self.skill(counts, days: 14..<30) > -0.02)
    var forecaster = StreamForecaster(
      startingAt: Streams.firstHour, calendar: Streams.calendar, settings: ForecastSettings())
    for count in counts.prefix(480) { _ = forecaster.close(count: count, models: Models()) }
    // Four active hours of 480.
    for forecast in forecaster.forecasts { #expect(forecast.probability > 0.6 * 4 / 490) }
  }

  @Test func nightlyJobIsKnownAfterAWeek() {
    let counts = (0..<24 * 14).map { $0 % 24 == 3 ? 1 : 0 }
    #expect(Self.skill(counts, days: 7..<14) > 0.9)
  }

  /// Twice is enough for a job that comes once a week: from the third week on it is ahead of the share of weeks.
  @Test func weeklyJobIsKnownAfterAFortnight() {
    var chance = Chance(seed: 3)
    let counts = (0..<24 * 42).map { hour in
      [50, 51].contains(hour % 168) || hour == 0 || chance.happens(0.01) ? 1 : 0
    }
    var evaluation = Evaluation(fromHour: Streams.firstHour + 24 * 14, leads: [1, 6, 24])
    evaluation.record(stream: "s", Streams.judged(counts))
    let series = evaluation.series(stream: "s", lead: nil)
    #expect(series[.mixture].skill(against: series[.expert(HourOfWeek.self)]) > 0.02)
  }

  /// After some hundred active hours the mixture is on its own: what is said is what it mixed, as far as that is not high
  /// and calibrated besides.
  @Test func knownStreamIsNotHeldBack() {
    let counts = (0..<24 * 60).map { [8, 9, 10, 11, 14, 15].contains($0 % 24) ? 1 : 0 }
    for judged in Streams.judged(counts).suffix(24 * 24) where judged.mixed < 0.4 {
      #expect(abs(judged.probability - judged.mixed) < 1e-3)
    }
  }

  /// The reported parts of a forecast sum to it.
  @Test func contributionsSumToTheForecast() throws {
    var forecaster = StreamForecaster(
      startingAt: Streams.firstHour, calendar: Streams.calendar, settings: ForecastSettings())
    for hour in 0..<24 * 6 {
      _ = forecaster.close(count: hour % 24 == 3 ? 1 : 0, models: Models())
    }
    for lead in [1, 6, 24] {
      let sum = forecaster.contributions(lead: lead).reduce(0) { $0 + $1.weight * $1.probability }
      let said = forecaster.forecasts[lead - 1].probability
      #expect(said >= sum - 1e-3)
      // Hours that the mixture gives less than its support allows are the only difference.
      #expect(said - sum < 0.05)
    }
  }
}
