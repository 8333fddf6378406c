import Forecasting
import Series
import Testing

/// Goal: the reported reasons account for the forecast. Method: a trained network on a nightly stream; the reasons sum
/// to the difference of the logits, and at the nightly hour the habit speaks for a request.
@Test func reasonsSumToWhatMovedTheNetwork() throws {
  let hours = 24 * 90
  let series = Streams.nightly(hours: hours)
  let model = try #require(Streams.job([series]).run().model)
  var forecaster = StreamForecaster(
    startingAt: Streams.firstHour, calendar: Streams.calendar, settings: ForecastSettings())
  for hour in 0..<hours {
    _ = forecaster.close(
      count: series.count(at: Streams.firstHour + hour), models: Models(current: model))
  }
  for lead in [1, 4, 24] {
    let inputs = try #require(forecaster.inputs(lead: lead))
    let explanation = Explanation(inputs, usualRow: forecaster.usualRow, model: model)
    let sum = explanation.reasons.reduce(0) { $0 + $1.contribution }
    let difference = explanation.logit - explanation.usualLogit
    #expect(abs(sum - difference) < 0.01 * max(1, abs(difference)))
    #expect(abs(explanation.expertContributions.reduce(0) { $0 + $1.weight } - 1) < 1e-9)
    let made = forecaster.calibrated(explanation.mixed)
    // What the experts said is kept to two digits.
    let probability = forecaster.forecasts[lead - 1].probability
    #expect(abs(made - probability) < min(probability, 1 - probability) / 50)
  }
  // Lead 4 is 03:00, when the job comes.
  let nightly = Explanation(
    try #require(forecaster.inputs(lead: 4)), usualRow: forecaster.usualRow, model: model)
  #expect(nightly.logit > nightly.usualLogit)
  #expect(nightly.sentence.contains("more likely as"))
}

/// An alert about a closed hour is explained by what was known before that hour.
@Test func theGroundsOfAClosedHourAreOlderThanIt() throws {
  var forecaster = StreamForecaster(
    startingAt: Streams.firstHour, calendar: Streams.calendar, settings: ForecastSettings())
  for _ in 0..<300 { _ = forecaster.close(count: 0, models: Models()) }
  let before = try #require(forecaster.inputs(lead: 1))
  let closed = forecaster.close(count: 5, models: Models())
  #expect(closed.inputs == before)
}
