import Forecasting
import Series
import TestSupport
import Testing

@Test func theSameJobGivesTheSameBytes() throws {
  let job = Streams.job([Streams.nightly(hours: 24 * 60), Streams.nightly(hours: 24 * 30, seed: 2)])
  let one = job.run()
  let other = job.run()
  #expect(one.report == other.report)
  #expect(try #require(one.model).bytes() == #require(other.model).bytes())
}

@Test func anotherSeedGivesAnotherNetwork() throws {
  var settings = Streams.training
  settings.seed = 99
  let series = Streams.nightly(hours: 24 * 60)
  let one = try #require(Streams.job([series]).run().model)
  let other = try #require(Streams.job([series], settings: settings).run().model)
  #expect(one.bytes() != other.bytes())
}

/// Goal: the network learns what can be learned. Method: trained on 120 nights, it forecasts the 30 after
/// them better than their base rate, by itself.
@Test func aNightlyJobIsLearned() throws {
  let all = Streams.nightly(hours: 24 * 150)
  let end = Streams.firstHour + 24 * 120
  let model = try #require(Streams.job([all], endHour: end).run().model)
  let counts = (0..<24 * 150).map { all.count(at: Streams.firstHour + $0) }
  var network = ScoredForecasts()
  var logistic = ScoredForecasts()
  var baseRate = ScoredForecasts()
  for judged in Streams.judged(counts, models: Models(current: model))
  where judged.target >= end + 24 {
    let (active, hour) = (judged.active, judged.target)
    network.append(try #require(judged.experts[CurrentNetwork.self]), active: active, hour: hour)
    logistic.append(
      try #require(judged.experts[LogisticRegression.self]), active: active, hour: hour)
    baseRate.append(try #require(judged.experts[BaseRate.self]), active: active, hour: hour)
  }
  #expect(network.skill(against: baseRate) > 0.4)
  #expect(logistic.skill(against: baseRate) > 0.4)
}

/// Goal: a run does not depend on hours after its end. Method: the same job over series that differ only there, closed
/// or still open, gives the same network and the same report.
@Test func hoursAfterTheEndDoNotMoveTheNetwork() throws {
  let end = Streams.firstHour + 24 * 60
  var open = Streams.nightly(hours: 24 * 60)
  let quiet = Streams.job([open]).run()
  for hour in 0..<48 { open.add(3, at: end + hour) }
  var closed = open
  for _ in 0..<48 { _ = closed.close() }
  for changed in [open, closed] {
    let outcome = Streams.job([changed], endHour: end).run()
    #expect(outcome.report == quiet.report)
    #expect(try #require(outcome.model).bytes() == #require(quiet.model).bytes())
  }
}

@Test func anIncrementalRunStartsFromTheModelInUse() throws {
  let series = Streams.nightly(hours: 24 * 90)
  let full = Streams.job([series], endHour: Streams.firstHour + 24 * 88).run()
  #expect(full.report.isFull)
  let model = try #require(full.model)
  let next = Streams.job(
    [series], number: 2, lastFullEndHour: full.report.endHour, models: Models(current: model)
  ).run()
  #expect(!next.report.isFull)
  let before = try #require(next.report.logLossBefore)
  let after = try #require(next.report.logLossAfter)
  #expect(next.report.isAdopted == (next.model != nil))
  #expect(after < 1.2 * before)
}

@Test func aNetworkThatDoesWorseIsNotAdopted() throws {
  let series = Streams.nightly(hours: 24 * 90)
  let model = try #require(Streams.job([series]).run().model)
  var settings = Streams.training
  settings.learningRate = 1
  settings.clipNorm = nil
  let outcome = Streams.job([series], number: 2, models: Models(current: model), settings: settings)
    .run()
  #expect(outcome.report.verdict != .adopted)
  #expect(outcome.model == nil)
}

// MARK: - Little or strange data

private let littleData: [(name: String, counts: [[Int]])] = [
  ("no stream", []),
  ("no hour", [[]]),
  ("a day", [[Int](repeating: 1, count: 24)]),
  ("all idle", [[Int](repeating: 0, count: 2_000)]),
  ("one active hour in a year", [[1] + [Int](repeating: 0, count: 8_760)]),
  ("one active hour, just now", [[Int](repeating: 0, count: 2_000) + [1]]),
]

@Test(arguments: littleData)
func tooLittleToLearnFromIsReported(name: String, counts: [[Int]]) {
  let outcome = Streams.job(counts.map(Streams.series)).run()
  #expect(outcome.report.verdict == .tooLittleData)
  #expect(outcome.model == nil)
}

private let strangeData: [(name: String, counts: [Int])] = [
  ("always active", (0..<1_500).map { _ in 1 }),
  ("as many requests as a number holds", (0..<1_500).map { $0 % 5 == 0 ? Int.max / 64 : 0 }),
  ("alternating", (0..<1_500).map { $0 % 2 }),
  ("ever busier", (0..<1_500).map { $0 > 700 ? $0 * $0 : 0 }),
  ("active only at first", (0..<3_000).map { $0 < 400 ? 1 : 0 }),
]

@Test(arguments: strangeData, [TrainingSettings.Penalty.weight(10), .weight(1e6), .balanced])
func strangeDataGiveNoNaN(data: (name: String, counts: [Int]), penalty: TrainingSettings.Penalty) {
  var settings = Streams.training
  settings.penalty = penalty
  let outcome = Streams.job([Streams.series(data.counts)], settings: settings).run()
  for epoch in outcome.report.epochs {
    #expect(epoch.heldOutLogLoss.isFinite && epoch.trainLoss.isFinite, "\(data.name)")
  }
  guard let model = outcome.model else { return }
  for judged in Streams.judged(Array(data.counts.suffix(200)), models: Models(current: model)) {
    #expect(judged.probability > 0 && judged.probability < 1)
    #expect(judged.experts.filled.allSatisfy { $0 >= 0 && $0 <= 1 })
  }
}

/// A daemon that was down for longer than training looks back, or that trains more rarely.
@Test(arguments: [0, 1, 24, 24 * 8, 24 * 59])
func aRunLongAfterTheLastOneLearnsFromItsHistory(hoursSince: Int) throws {
  let series = Streams.nightly(hours: 24 * 60)
  var settings = Streams.training
  settings.historyDays = 14
  let model = try #require(Streams.job([series]).run().model)
  for models in [Models(), Models(current: model)] {
    let outcome = Streams.job(
      [series], number: 2, lastFullEndHour: series.openHour - hoursSince, models: models,
      settings: settings
    ).run()
    #expect(outcome.report.rowCount > 0)
  }
}

@Test func aStreamYoungerThanTheRunIsLeftOut() {
  var future = HourlySeries(firstHour: Streams.firstHour + 24 * 100)
  future.add(3, at: future.firstHour)
  let old = Streams.nightly(hours: 24 * 60)
  let outcome = Streams.job([old, future], endHour: old.openHour).run()
  #expect(outcome.report.rowCount == Streams.job([old]).run().report.rowCount)
}

/// Goal: no run depends on later hours. Method: two streams that differ only after the end of the run.
@Test func whatComesAfterARunMovesNothingOfIt() {
  let known = 24 * 60
  var chance = Chance(seed: 9)
  let counts = (0..<known + 24 * 20).map { $0 % 24 == 3 && chance.happens(0.9) ? 1 : 0 }
  let other = counts[..<known] + counts[known...].map { 1 - $0 }
  let end = Streams.firstHour + known
  var model: Model?
  for lastFull in [nil, end - 24] {
    let models = Models(current: model)
    let jobs = [counts, Array(other)].map {
      Streams.job([Streams.series($0)], endHour: end, lastFullEndHour: lastFull, models: models)
    }
    let outcomes = jobs.map { $0.run() }
    #expect(jobs[0].isFull == (lastFull == nil))
    #expect(outcomes[0].report == outcomes[1].report)
    #expect(outcomes[0].model == outcomes[1].model)
    model = outcomes[0].model
    if lastFull == nil { #expect(model != nil) }
  }
}
