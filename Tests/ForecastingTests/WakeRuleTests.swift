import Forecasting
import Testing

@Suite struct WakeRuleTests {
  /// Every 24 hours from hour 0 on, of which the last `countedDays` count.
  private static func nightly(
    days: Int, countedDays: Int, probability: (_ isActive: Bool) -> Double = { _ in 0.5 }
  ) -> WakeHistory {
    let counted = 24 * (days - countedDays) + 1..<24 * days + 1
    return WakeHistory(
      activeHours: (0...days).map { 24 * $0 },
      probabilities: Dictionary(
        uniqueKeysWithValues: counted.map { ($0, probability($0.isMultiple(of: 24))) }))
  }

  @Test func keptAliveLongEnoughItWastesTheHoursBetween() {
    let history = Self.nightly(days: 30, countedDays: 10)
    #expect(history.hourCount == 240 && history.activeCount == 10)
    #expect(
      history.cost(.keepAlive(hours: 3)) == WakeCost(coldStarts: 10, wastedHours: 10 * 3))
    #expect(
      history.cost(.keepAlive(hours: 24)) == WakeCost(coldStarts: 0, wastedHours: 10 * 23))
  }

  /// 24 less 10 % is 21 whole hours: awake for the three before the next request.
  @Test func histogramWakesShortlyBeforeTheUsualTime() {
    let history = Self.nightly(days: 30, countedDays: 10)
    #expect(history.cost(.idleHistogram) == WakeCost(coldStarts: 0, wastedHours: 10 * 3))
  }

  @Test func histogramOfFewIdleTimesKeepsAliveForADay() {
    let history = Self.nightly(days: 5, countedDays: 5)
    #expect(history.cost(.idleHistogram) == history.cost(.keepAlive(hours: 24)))
  }

  @Test func forecastsThatKnowCostNothing() {
    let history = Self.nightly(days: 30, countedDays: 10) { $0 ? 0.9 : 0.1 }
    #expect(history.cost(.forecast(threshold: 0.5, idleHours: 0)) == WakeCost())
    #expect(
      history.cost(.forecast(threshold: 0.95, idleHours: 0))
        == WakeCost(coldStarts: 10, wastedHours: 0))
  }

  /// Active in hours 1 and 2: with two idle hours allowed it is awake in 3 and 4, then asleep.
  @Test func unitSleepsAfterItsIdleHours() {
    let history = WakeHistory(
      activeHours: [1, 2],
      probabilities: Dictionary(uniqueKeysWithValues: (0..<24).map { ($0, $0 == 1 ? 0.9 : 0) }))
    #expect(
      history.cost(.forecast(threshold: 0.5, idleHours: 0))
        == WakeCost(coldStarts: 1, wastedHours: 0))
    #expect(
      history.cost(.forecast(threshold: 0.5, idleHours: 2))
        == WakeCost(coldStarts: 0, wastedHours: 2))
  }

  /// Hours without a forecast are not counted.
  @Test func hoursWithoutAForecastDoNotCount() {
    let history = WakeHistory(activeHours: [1, 3], probabilities: [1: 0.9, 4: 0.9])
    #expect(history.hourCount == 2 && history.activeCount == 1)
    #expect(
      history.cost(.forecast(threshold: 0.5, idleHours: 0))
        == WakeCost(coldStarts: 0, wastedHours: 1))
  }

  @Test func forecastsAreComparedAtNoMoreWaste() {
    var probabilities: [Int: Double] = [:]
    for hour in 0..<240 { probabilities[hour] = hour % 24 == 0 ? 0.6 : Double(hour % 24) / 48 }
    let streams = [
      WakeHistory(activeHours: (0..<10).map { 24 * $0 }, probabilities: probabilities)
    ]
    let comparison = WakeComparison(streams, idleHours: 0)
    #expect(comparison.rows.count == WakeComparison.keepAliveHours.count + 1)
    for row in comparison.rows {
      #expect(row.forecastCost.wastedHours <= row.cost.wastedHours)
      #expect(row.forecastCost.coldStarts <= row.cost.coldStarts)
      #expect(
        row.forecastCost == streams[0].cost(.forecast(threshold: row.threshold, idleHours: 0)))
    }
    let wasted = comparison.curve.map(\.cost.wastedHours)
    #expect(wasted == wasted.sorted(by: >))
  }

  @Test func nothingIsMadeOfNothing() {
    let comparison = WakeComparison(
      [WakeHistory(activeHours: [], probabilities: [:])], idleHours: 1)
    #expect(comparison.hourCount == 0 && comparison.rows.allSatisfy { $0.cost == WakeCost() })
  }
}
