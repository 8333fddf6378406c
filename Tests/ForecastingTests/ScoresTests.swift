import Arithmetic
import Forecasting
import Foundation
import NeuralNet
import TestSupport
import Testing

// The expected numbers are scikit-learn's (1.9.1), from the probabilities rounded to single precision:
//
//   p = np.float32([.9,.8,.8,.8,.6,.5,.3,.3,.2,.1,.1,.05]).astype(float); y = [1,1,0,1,0,1,0,0,1,0,0,0]
//   log_loss(y, p), brier_score_loss(y, p), average_precision_score(y, p)
//
// and, for `many`, i = np.arange(60); p = ((i*37) % 60 + .5) / 60;
// y = ((i*i) % 7 < 3) * ((i*37) % 60 > 20). Bins: np.lexsort((i, p)) cut at 60 * b // 15; the error is
// sum(n * abs(mean p - mean y)) / 60, reliability and resolution are the sums of squares against mean y
// and of mean y against the whole mean.

private let few: ScoredForecasts = {
  var scored = ScoredForecasts()
  let probabilities = [0.9, 0.8, 0.8, 0.8, 0.6, 0.5, 0.3, 0.3, 0.2, 0.1, 0.1, 0.05]
  let labels = [1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0]
  for (hour, (probability, label)) in zip(probabilities, labels).enumerated() {
    scored.append(probability, active: label == 1, hour: hour)
  }
  return scored
}()

private let many: ScoredForecasts = {
  var scored = ScoredForecasts()
  for index in 0..<60 {
    let rank = index * 37 % 60
    scored.append(
      (Double(rank) + 0.5) / 60, active: index * index % 7 < 3 && rank > 20, hour: index)
  }
  return scored
}()

private func close(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) < 1e-9 }

@Test func logLossIsScikitLearns() {
  #expect(close(few.logLoss, 0.5296104756934514))
  #expect(close(many.logLoss, 0.5251906505548535))
}

@Test func brierScoreIsScikitLearns() {
  #expect(close(few.brierScore, 0.18187500442688675))
  #expect(close(many.brierScore, 0.16108796259086525))
}

@Test func averagePrecisionIsScikitLearnsAlsoWithTies() {
  #expect(close(few.averagePrecision, 0.7444444444444444))
  #expect(close(many.averagePrecision, 0.7447052849844703))
}

@Test func averagePrecisionOfEqualForecastsIsTheBaseRate() {
  var scored = ScoredForecasts()
  for hour in 0..<10 { scored.append(0.3, active: hour % 5 == 0, hour: hour) }
  #expect(close(scored.averagePrecision, 0.2))
}

@Test func averagePrecisionOfNothingIsNoNumber() {
  var scored = ScoredForecasts()
  scored.append(0.4, active: false, hour: 0)
  #expect(scored.averagePrecision.isNaN)
}

@Test func expectedCalibrationErrorIsOverBinsOfEqualMass() {
  #expect(close(many.expectedCalibrationError, 0.16666666634070376))
  #expect(many.bins().map(\.count) == Array(repeating: 4, count: 15))
}

@Test func aCalibratedForecasterHasNoCalibrationError() {
  var scored = ScoredForecasts()
  for hour in 0..<1_500 { scored.append(0.25, active: hour % 4 == 0, hour: hour) }
  #expect(scored.expectedCalibrationError < 1e-9)
}

/// Of the bins 0.45 and 0.95 one is a fifth too high, the other a twentieth too low, with four forecasts and twenty.
@Test func calibrationErrorOfHighForecastsLeavesOutTheLowOnes() throws {
  var scored = ScoredForecasts()
  for hour in 0..<100 { scored.append(0.3, active: true, hour: hour) }
  #expect(scored.highCalibrationError == nil)
  for hour in 0..<4 { scored.append(0.45, active: hour == 0, hour: hour) }
  for hour in 0..<20 { scored.append(0.95, active: true, hour: hour) }
  let error = try #require(scored.highCalibrationError)
  #expect(abs(error - (4 * 0.2 + 20 * 0.05) / 24) < 1e-6)
}

@Test func brierPartsAreMurphys() {
  let parts = many.brierParts
  #expect(close(parts.reliability, 0.0368518516590336))
  #expect(close(parts.resolution, 0.12388888888888885))
}

/// Brier score = reliability − resolution + uncertainty, where a bin holds one probability only.
@Test func brierPartsAddUpToTheScore() {
  var scored = ScoredForecasts()
  for bin in 0..<15 {
    for member in 0..<20 {
      scored.append(
        (Double(bin) + 0.5) / 15, active: (member * 7 + bin) % 20 < bin, hour: 20 * bin + member)
    }
  }
  let base = Double(scored.activeCount) / Double(scored.count)
  let parts = scored.brierParts
  #expect(abs(parts.reliability - parts.resolution + base * (1 - base) - scored.brierScore) < 1e-6)
}

@Test func skillIsTheShareOfTheReferencesLossThatIsSaved() {
  var reference = ScoredForecasts()
  for (hour, active) in few.labels.enumerated() {
    reference.append(0.4, active: active, hour: hour)
  }
  #expect(close(few.skill(against: reference), 0.2208968786176846))
  #expect(few.skill(against: few) == 0)
}

@Test func scoresOfNothingAreZero() {
  let nothing = ScoredForecasts()
  #expect(nothing.logLoss == 0 && nothing.brierScore == 0)
  #expect(nothing.expectedCalibrationError == 0)
  #expect(nothing.skill(against: nothing) == 0)
}

@Test func aCertainForecasterWhoIsWrongCostsFourteenNats() {
  var scored = ScoredForecasts()
  scored.append(0, active: true, hour: 0)
  // −ln 1e-6, as near as single precision comes.
  #expect(abs(scored.logLoss - 13.8155) < 1e-3)
}

@Test func skillIntervalHoldsTheSkillAndFollowsTheSeed() {
  var chance = Chance(seed: 4)
  var own = ScoredForecasts()
  var reference = ScoredForecasts()
  for hour in 0..<168 * 40 {
    let truth = chance.happens(0.2) ? 0.8 : 0.05
    let active = chance.happens(truth)
    own.append(truth, active: active, hour: hour)
    reference.append(0.2, active: active, hour: hour)
  }
  func interval(_ seed: UInt64) -> ClosedRange<Double> {
    var generator = Xoshiro(seed: seed)
    return own.skillInterval(against: reference, using: &generator)
  }
  let skill = own.skill(against: reference)
  #expect(interval(1).contains(skill))
  #expect(interval(1) == interval(1))
  #expect(interval(1).upperBound - interval(1).lowerBound < 0.1)
}

@Test func evaluationKeepsWhatWasAskedFor() {
  var evaluation = Evaluation(fromHour: 10, leads: [1, 6])
  let list = ExpertList.standard
  let experts = ExpertPredictions(list, list.types.map { _ in 0.5 }[...])
  for hour in 0..<20 {
    for lead in [1, 2, 6] {
      evaluation.record(
        stream: hour % 2 == 0 ? "a" : "b",
        [
          JudgedForecast(
            target: hour, lead: lead, active: hour % 4 == 0, probability: 0.3,
            experts: experts)
        ])
    }
  }
  #expect(evaluation.streams == ["a", "b"])
  #expect(evaluation.series(stream: "a", lead: 1)[.mixture].hours == [10, 12, 14, 16, 18])
  #expect(evaluation.series(stream: nil, lead: nil)[.mixture].count == 20)
  #expect(evaluation.series(stream: "a", lead: 2)[.mixture].count == 0)
  #expect(evaluation.series(stream: "b", lead: 6)[.expert(BaseRate.self)].logLoss > 0.69)
}

/// Goal: the scores of a long replay, which keeps no forecasts, are those of the forecasts. Method: random forecasts of
/// two streams, kept and not kept.
@Test(arguments: 1...5 as ClosedRange<UInt64>) func sumsGiveTheScoresOfTheForecasts(seed: UInt64) {
  var chance = Chance(seed: seed)
  let list = ExpertList.standard
  var keeping = Evaluation(fromHour: 50, leads: [1, 2, 24])
  var summing = Evaluation(fromHour: 50, leads: [1, 2, 24], keepsForecasts: false)
  for hour in 0..<300 {
    for stream in ["a", "b"] {
      let active = chance.happens(0.2)
      let judged = (1...24).map { lead in
        JudgedForecast(
          target: hour, lead: lead, active: active,
          probability: Double(chance.integer(in: 0...20)) / 20,
          experts: ExpertPredictions(
            list, list.types.map { _ in Double(chance.integer(in: 0...9)) / 9 }[...]))
      }
      keeping.record(stream: stream, judged)
      summing.record(stream: stream, judged)
    }
  }
  let all = keeping.series(stream: nil, lead: nil)
  #expect(summing.hourCount == 250 && summing.streams == ["a", "b"])
  #expect(summing.series(stream: nil, lead: nil)[.mixture].count == 0)
  for forecaster in [.mixture] + Evaluation.Forecaster.baselines {
    let (sums, scored) = (summing.total(of: forecaster), all[forecaster])
    #expect(sums == keeping.total(of: forecaster))
    #expect(sums.count == scored.count && sums.activeCount == scored.activeCount)
    #expect(abs(sums.logLoss - scored.logLoss) < 1e-9)
    #expect(abs(sums.brierScore - scored.brierScore) < 1e-9)
    #expect(abs(sums.averagePrecision - averagePrecision(scored)) < 1e-9)
  }
  for stream in ["a", "b"] {
    guard let sums = summing.scores[stream] else {
      Issue.record("\(stream) was not scored")
      continue
    }
    let (series, nearest) = (
      keeping.series(stream: stream, lead: nil),
      keeping.series(stream: stream, lead: 1)[.mixture]
    )
    #expect(
      abs(sums.mixture.averagePrecision - averagePrecision(series[.mixture])) < 0.002)
    #expect(sums.hourCount == nearest.count && sums.activeHourCount == nearest.activeCount)
    for baseline in list.baselines {
      let skill = series[.mixture].skill(against: series[.expert(baseline)])
      #expect(abs(sums.skill(against: baseline) - skill) < 1e-6)
    }
  }
}

/// By its definition, one active hour at a time.
private func averagePrecision(_ scored: ScoredForecasts) -> Double {
  let active = scored.labels.indices.filter { scored.labels[$0] }
  let precisions = active.map { index in
    let least = scored.probabilities[index]
    let ahead = scored.labels.indices.filter { scored.probabilities[$0] >= least }
    return Double(ahead.count { scored.labels[$0] }) / Double(ahead.count)
  }
  return precisions.reduce(0, +) / Double(active.count)
}
