import Forecasting
import Series
import TestSupport
import Testing

/// An expert of one's own: how often an hour is active, by whether it was active a day before.
private struct DayBefore: Expert {
  static let name = "day before"
  static let prior = 0.1
  /// By lead: the forgetting numbers of active hours and of hours, for an idle and for an active day before.
  private var byLead: [[Double]]

  init(horizon: Int) {
    byLead = Array(repeating: [0.1, 1, 0.1, 1], count: horizon)
  }

  private func place(_ rolling: RollingFeatures, lead: Int) -> Int? {
    guard lead <= 24, rolling.hourCount > 24 else { return nil }
    return rolling.wasActive(rolling.origin + lead - 24) ? 2 : 0
  }

  func predictOne(_ inputs: ExpertInputs) -> Double? {
    guard let place = place(inputs.rolling, lead: inputs.lead) else { return nil }
    let sums = byLead[inputs.lead - 1]
    return sums[place] / sums[place + 1]
  }

  mutating func learnOne(_ forecast: JudgedForecast) {
    guard let said = forecast.experts[Self.self] else { return }
    let sums = byLead[forecast.lead - 1]
    // What was said is kept to two digits.
    let place = abs(said - sums[2] / sums[3]) < abs(said - sums[0] / sums[1]) ? 2 : 0
    byLead[forecast.lead - 1][place] += forecast.active ? 1 : 0
    byLead[forecast.lead - 1][place + 1] += 1
  }

  func write(to writer: inout ByteWriter) {
    for sums in byLead { writer.write(sums) }
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    for lead in byLead.indices { byLead[lead] = try reader.readSums(count: 4) }
  }
}

/// Goal: an expert is one type and one line in a list. Method: a list with one more; it is weighted, judged by its
/// name, and stored and restored with the others.
@Test func anExpertIsAddedByTheList() throws {
  let list = ExpertList(ExpertList.standard.types + [DayBefore.self])
  let settings = ForecastSettings()
  var forecaster = StreamForecaster(
    startingAt: Streams.firstHour, calendar: Streams.calendar, settings: settings, experts: list)
  let before = forecaster.weights(lead: 1)[list.count - 1]
  var evaluation = Evaluation(fromHour: Streams.firstHour + 24 * 30, leads: [1], experts: list)
  let series = Streams.nightly(hours: 24 * 90)
  for hour in 0..<24 * 90 {
    let count = series.count(at: Streams.firstHour + hour)
    let closed = forecaster.close(count: count, models: Models())
    evaluation.record(stream: "s", closed.judged)
  }
  let scores = evaluation.series(stream: "s", lead: nil)
  #expect(scores[.expert(DayBefore.self)].skill(against: scores[.expert(BaseRate.self)]) > 0.3)
  #expect(forecaster.weights(lead: 1)[list.count - 1] != before)
  var writer = ByteWriter()
  forecaster.write(to: &writer)
  var reader = ByteReader(writer.bytes)
  let restored = try StreamForecaster(
    from: &reader, calendar: Streams.calendar, settings: settings, experts: list)
  #expect(restored == forecaster)
}

/// Before there is a network, nothing is claimed to come from one.
@Test func anAbsentExpertSaysNothing() throws {
  let judged = try #require(Streams.judged([1, 0, 1]).last)
  for network in [LogisticRegression.self, CurrentNetwork.self, PreviousNetwork.self]
    as [any Expert.Type]
  {
    #expect(judged.experts[network] == nil)
  }
  #expect(judged.experts[BaseRate.self] != nil)
}

@Test func namesOfExpertsAreDistinct() {
  let names = ExpertList.standard.names
  #expect(Set(names).count == names.count)
}
