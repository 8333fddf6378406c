import Forecasting
import Series
import TestSupport
import Testing

/// A network with correct probabilities raises a false alarm no more often than the threshold allows. A network that
/// still forecasts the habits from before a change raises one within days.
@Test func driftIsSeenAndNothingElse() {
  let threshold = DriftTest.threshold(streamCount: 1)
  var alarms = 0
  for seed in 1...100 as ClosedRange<UInt64> {
    var chance = Chance(seed: seed)
    var test = DriftTest()
    var hasAlarmed = false
    for _ in 0..<24 * 30 {
      let rate = chance.happens(0.1) ? 0.6 : 0.02
      test.learnOne(
        baselines: [0.08, 0.08, 0.3], network: rate, active: chance.happens(rate))
      hasAlarmed = hasAlarmed || test.evidence >= threshold
    }
    alarms += hasAlarmed ? 1 : 0
  }
  // One in 8,760 hours: some 8 in 100 months would be the most that the theory allows.
  #expect(alarms <= 8)

  var chance = Chance(seed: 9)
  var test = DriftTest()
  var hours = 0
  while test.evidence < threshold, hours < 24 * 60 {
    test.learnOne(baselines: [0.2, 0.25], network: 0.02, active: chance.happens(0.25))
    hours += 1
  }
  #expect(hours < 24 * 7)
}

/// A training run because of drift is a full run, even soon after the last full run.
@Test func aDriftRunIsAFullOne() {
  let series = Streams.nightly(hours: 24 * 90)
  let first = Streams.job([series]).run()
  let models = Models(current: first.model)
  var job = Streams.job(
    [series], number: 2, lastFullEndHour: series.openHour - 24, models: models)
  #expect(!job.isFull)
  job.reason = .drift
  #expect(job.isFull)
}
