import Arithmetic
import Forecasting
import Foundation
import Series
import TestSupport
import Testing

private func logit(_ p: Double) -> Double { log(p / (1 - p)) }
private func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

/// Log-loss over the second half, of a forecaster that distorts the true probability by `said`, and of its
/// recalibration.
private func losses(seed: UInt64, said: (Double) -> Double) -> (plain: Double, recalibrated: Double)
{
  var chance = Chance(seed: seed)
  var recalibration = Stacking(otherCount: 1, ridge: 10, horizon: 2)
  var plain = 0.0
  var recalibrated = 0.0
  for hour in 0..<20_000 {
    let truth = sigmoid(-3 + 3 * (chance.uniform() - 0.5))
    let probability = said(truth)
    let active = chance.happens(truth)
    if hour >= 10_000 {
      plain += RunningScore.logLoss(probability, active)
      recalibrated += RunningScore.logLoss(
        recalibration.predictOne(probability, others: [0.05], lead: 2), active)
    }
    recalibration.learnOne(probability, others: [0.05], lead: 2, active: active)
  }
  return (plain, recalibrated)
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func aForecasterThatExaggeratesIsBroughtDown(seed: UInt64) {
  let (plain, recalibrated) = losses(seed: seed) { sigmoid(2 * logit($0) + 3) }
  #expect(recalibrated < 0.95 * plain)
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func aForecasterThatIsTooLowIsBroughtUp(seed: UInt64) {
  let (plain, recalibrated) = losses(seed: seed) { sigmoid(logit($0) - 1.5) }
  #expect(recalibrated < 0.95 * plain)
}

@Test(arguments: 1...5 as ClosedRange<UInt64>)
func aCalibratedForecasterLosesNextToNothing(seed: UInt64) {
  let (plain, recalibrated) = losses(seed: seed) { $0 }
  #expect(recalibrated < 1.005 * plain)
}

@Test func certaintiesThatAreWrongLeaveAProbability() {
  var recalibration = Stacking(otherCount: 1, ridge: 10, horizon: 2)
  for hour in 0..<1_000 {
    recalibration.learnOne(hour % 2 == 0 ? 0 : 1, others: [1e-300], lead: 2, active: hour % 2 == 0)
  }
  for probability in [0, 1e-300, 0.5, 1 - 1e-16, 1] {
    let said = recalibration.predictOne(probability, others: [0.05], lead: 2)
    #expect(said > 0 && said < 1)
  }
}

/// Before it has learned anything, it returns the forecaster's probability.
@Test(arguments: [0.001, 0.2, 0.5, 0.999])
func aFreshStackingChangesNothing(probability: Double) {
  let stacking = Stacking(otherCount: 3, ridge: 30, horizon: 2)
  #expect(
    abs(stacking.predictOne(probability, others: [0.1, 0.5, 0.9], lead: 2) - probability) < 1e-12)
}

/// If one of the other forecasters is better, stacking follows it.
@Test(arguments: 1...3 as ClosedRange<UInt64>)
func aBetterOtherIsListenedTo(seed: UInt64) {
  var chance = Chance(seed: seed)
  var stacking = Stacking(otherCount: 2, ridge: 30, horizon: 2)
  var plain = 0.0
  var stacked = 0.0
  for hour in 0..<10_000 {
    let truth = chance.happens(0.1) ? 0.8 : 0.02
    let active = chance.happens(truth)
    let others = [chance.uniform(), truth]
    if hour >= 5_000 {
      plain += RunningScore.logLoss(0.1, active)
      stacked += RunningScore.logLoss(stacking.predictOne(0.1, others: others, lead: 2), active)
    }
    stacking.learnOne(0.1, others: others, lead: 2, active: active)
  }
  #expect(stacked < 0.6 * plain)
}

@Test func aStoredStackingContinuesIdentically() throws {
  var stacking = Stacking(otherCount: 2, ridge: 10, horizon: 2)
  for hour in 0..<200 {
    stacking.learnOne(0.3, others: [0.1, 0.6], lead: 2, active: hour % 4 == 0)
  }
  var writer = ByteWriter()
  stacking.write(to: &writer)
  var reader = ByteReader(writer.bytes)
  var restored = Stacking(otherCount: 2, ridge: 10, horizon: 2)
  try restored.read(from: &reader)
  #expect(restored == stacking)
}
