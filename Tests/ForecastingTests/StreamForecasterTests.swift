import Arithmetic
import Forecasting
import Foundation
import Series
import TestSupport
import Testing

private func nightlyCounts(_ hours: Int, seed: UInt64) -> [Int] {
  let series = Streams.nightly(hours: hours, seed: seed)
  return (0..<hours).map { series.count(at: Streams.firstHour + $0) }
}

/// Forecasts and scores up to an hour do not depend on later hours.
@Test func thePastStaysWhenTheFutureChanges() {
  let past = nightlyCounts(900, seed: 1)
  let one = Streams.judged(past + nightlyCounts(100, seed: 2))
  let other = Streams.judged(past + [Int](repeating: 7, count: 100))
  let cut = Streams.firstHour + 900
  let known = one.filter { $0.target < cut }
  #expect(known == other.filter { $0.target < cut })
  #expect(known.count == 24 * 900 - 24 * 25 / 2)
}

/// Whether `kept` is `said` as it is stored until its hour: to two digits of it, or of its difference to 1.
private func isKept(_ said: Double?, as kept: Double?) -> Bool {
  guard let said, let kept else { return (said == nil) == (kept == nil) }
  return abs(kept - said) < min(said, 1 - said) / 60
}

/// A probability for an hour was fixed at its origin: only the outcome is added later.
@Test func whatIsJudgedIsWhatWasSaid() {
  var forecaster = StreamForecaster(
    startingAt: Streams.firstHour, calendar: Streams.calendar, settings: ForecastSettings())
  var said: [Int: [Int: Double]] = [:]
  for count in nightlyCounts(300, seed: 3) {
    let closed = forecaster.close(count: count, models: Models())
    for judged in closed.judged {
      #expect(isKept(said[judged.target]?[judged.lead], as: judged.probability))
      #expect(judged.active == (count > 0))
    }
    #expect(isKept(said[closed.hour]?[1], as: closed.expected))
    for forecast in forecaster.forecasts {
      said[forecaster.origin + forecast.lead, default: [:]][forecast.lead] = forecast.probability
    }
  }
}

private let strangeCounts: [(name: String, counts: [Int])] = [
  ("never", [Int](repeating: 0, count: 3_000)),
  ("always", [Int](repeating: 1, count: 3_000)),
  ("once in four months", [1] + [Int](repeating: 0, count: 3_000)),
  ("by turns", (0..<3_000).map { $0 % 2 }),
]

@Test(arguments: strangeCounts)
func everyForecastIsAProbability(name: String, counts: [Int]) {
  for judged in Streams.judged(counts) {
    #expect(judged.probability > 0 && judged.probability < 1, "\(name)")
  }
}

/// On any stream and at every lead, within the mixture's bound of every expert.
@Test(arguments: 1...3 as ClosedRange<UInt64>)
func theMixtureKeepsItsBound(seed: UInt64) {
  var evaluation = Evaluation(leads: [1, 2, 6, 24])
  evaluation.record(stream: "s", Streams.judged(nightlyCounts(24 * 200, seed: seed)))
  let priors = ExpertList.standard.priors
  for lead in evaluation.leads {
    let series = evaluation.series(stream: "s", lead: lead)
    let hours = Double(series[.mixture].count)
    // The share is at its largest where half of the hours are active.
    let sharing = -hours * log1p(-Mixture.share(baseRate: 0.5))
    for (expert, prior) in zip(ExpertList.standard.types, priors) {
      let entering = Double(lead) * log(priors.reduce(0, +) / prior)
      let own = hours * series[.mixture].logLoss
      // Scores are kept in single precision.
      #expect(own <= hours * series[.expert(expert)].logLoss + entering + sharing + 0.1)
    }
  }
}

@Test func aNightlyJobIsForecastWithoutANetwork() {
  var evaluation = Evaluation(fromHour: Streams.firstHour + 24 * 60, leads: [1, 6, 24])
  evaluation.record(stream: "s", Streams.judged(nightlyCounts(24 * 200, seed: 4)))
  let series = evaluation.series(stream: "s", lead: nil)
  #expect(series[.mixture].skill(against: series[.expert(BaseRate.self)]) > 0.3)
}

@Test func holdHoursStretchAnActivity() {
  var settings = ForecastSettings()
  settings.holdHours = 3
  var forecaster = StreamForecaster(
    startingAt: 0, calendar: Streams.calendar, settings: settings)
  let active = [0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0].map {
    forecaster.close(count: $0, models: Models()).active
  }
  let expected = [0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0].map { $0 == 1 }
  #expect(active == expected)
}

@Test func minRequestsDecideWhatIsActive() {
  var settings = ForecastSettings()
  settings.minRequests = 3
  var forecaster = StreamForecaster(
    startingAt: 0, calendar: Streams.calendar, settings: settings)
  let active = [0, 1, 2, 3, 4].map { forecaster.close(count: $0, models: Models()).active }
  #expect(active == [false, false, false, true, true])
}

/// Stopped and started again at any hour, with or without a network.
@Test(arguments: 1...6 as ClosedRange<UInt64>)
func aStoredForecasterContinuesIdentically(seed: UInt64) throws {
  let model = Streams.job([Streams.nightly(hours: 24 * 30)]).run().model
  let models = seed % 2 == 0 ? Models(current: model, previous: model) : Models()
  var chance = Chance(seed: seed)
  let settings = ForecastSettings()
  var unbroken = StreamForecaster(
    startingAt: Streams.firstHour, calendar: Streams.calendar, settings: settings)
  var restarted = unbroken
  for count in nightlyCounts(400, seed: seed) {
    #expect(
      unbroken.close(count: count, models: models) == restarted.close(count: count, models: models))
    if chance.happens(0.05) {
      var writer = ByteWriter()
      restarted.write(to: &writer)
      var reader = ByteReader(writer.bytes)
      restarted = try StreamForecaster(
        from: &reader, calendar: Streams.calendar, settings: settings)
      #expect(reader.isAtEnd)
      #expect(restarted == unbroken)
    }
  }
}

@Test func aNewNetworkTakesAPartOfTheWeight() throws {
  var forecaster = StreamForecaster(
    startingAt: 0, calendar: Streams.calendar, settings: ForecastSettings())
  for hour in 0..<100 { _ = forecaster.close(count: hour % 5 == 0 ? 1 : 0, models: Models()) }
  forecaster.adoptNetwork()
  for lead in 1...24 {
    let weights = forecaster.weights(lead: lead)
    for network in [CurrentNetwork.self, PreviousNetwork.self] as [any Expert.Type] {
      #expect(try weights[#require(ExpertList.standard.index(of: network))] > 0)
    }
    #expect(abs(weights.reduce(0, +) - 1) < 1e-3)
  }
}

/// An expert's prediction is stored in two bytes, as precisely near 1 as near 0; a missing one stays missing.
@Test func predictionsAreKeptToTwoDigits() {
  for probability in [1e-6, 2.5e-5, 0.0123, 0.3333, 0.5, 0.75, 0.99, 0.999_98] {
    let kept = CompactProbability(probability).value ?? .nan
    let smaller = min(probability, 1 - probability)
    #expect(abs(kept - probability) < smaller / 60)
  }
  #expect(CompactProbability(0).value == 0)
  #expect(CompactProbability(1).value == 1)
  #expect(CompactProbability(2).value == 1)
  #expect(CompactProbability(-1).value == nil)
  #expect(CompactProbability(.nan).value == nil)
}

/// Any two bytes of a state file are read as a probability, as a missing one, or as damage.
@Test func everyTwoBytesAreAProbabilityOrDamage() {
  for bits in 0...UInt16.max {
    guard let kept = CompactProbability(bits: bits) else { continue }
    if let value = kept.value { #expect((0...1).contains(value)) }
  }
}

/// Goal: for each hour those forecasts are judged that were made for it since hours were last skipped. Method: the test
/// keeps a plain list as well, and encodes and decodes the forecaster now and then.
@Test(arguments: [1, 2, 7, 24])
func pendingForecastsAreThoseOfAPlainList(horizon: Int) throws {
  struct Made {
    var target: Int
    var lead: Int
    var probability: Double
  }
  let list = ExpertList([BaseRate.self, HourOfDay.self])
  var chance = Chance(seed: UInt64(horizon))
  var pending = PendingForecasts(horizon: horizon, experts: list)
  var made: [Made] = []
  var wasSkipped = false
  for hour in 1_000..<1_300 {
    let judged = pending.judge(hour: hour, active: true)
    let expected = made.filter { $0.target == hour }.sorted { $0.lead < $1.lead }
    #expect(judged.map(\.lead) == expected.map(\.lead))
    #expect(judged.map(\.probability) == expected.map(\.probability))
    #expect(judged.map { $0.experts[HourOfDay.self] } == expected.map(\.probability))
    #expect(judged.allSatisfy { $0.experts[BaseRate.self] == nil && $0.target == hour })
    if chance.happens(0.05) {
      wasSkipped = true
      continue
    }
    if wasSkipped { made = [] }
    wasSkipped = false
    let said = (0..<horizon).map { _ in CompactProbability(chance.uniform()).value ?? 0 }
    pending.store(
      origin: hour, probabilities: said, mixed: said, experts: said.flatMap { [-1, $0] })
    made += said.enumerated().map { Made(target: hour + $0 + 1, lead: $0 + 1, probability: $1) }
    guard chance.happens(0.1) else { continue }
    var writer = ByteWriter()
    pending.write(to: &writer)
    var reader = ByteReader(writer.bytes)
    let copy = try PendingForecasts(from: &reader, horizon: horizon, experts: list)
    #expect(copy == pending)
    pending = copy
  }
}

/// What stacking has learned of forecasters that make no more predictions is dropped, and its memory freed.
@Test func stackingOfSilentForecastersIsForgotten() {
  let baselines: [any Expert.Type] = [
    BaseRate.self, HourOfDay.self, HourOfWeek.self, GapProbability.self, IntermittentDemand.self,
    DailyHabit.self, WorkdayHabit.self, CurrentNetwork.self,
  ]
  let list = ExpertList(baselines)
  func judged(network: Double) -> JudgedForecast {
    let said = [0.1, 0.2, 0.1, 0.3, 0.1, 0.2, 0.1, network]
    return JudgedForecast(
      target: 0, lead: 1, active: true, probability: 0.1,
      experts: ExpertPredictions(list, said[...]))
  }
  var stacked = StackedBaselines(horizon: 24)
  for _ in 0..<50 { stacked.learnOne(judged(network: ExpertPredictions.absent)) }
  #expect(stacked != StackedBaselines(horizon: 24))
  stacked.learnOne(judged(network: 0.4))
  #expect(stacked == StackedBaselines(horizon: 24))
}
