package import Forecasting
import Series

/// Why an hour of a stream was, or is, given its probability.
package struct HourExplanation: Sendable {
  package var explanation: Explanation
  package var leadHours: Int
  package var probability: Double
  /// The hour is over: what was known at the origin was gathered again from the counts, and was judged with the
  /// networks and weights of today.
  package var isRecalled: Bool
}

extension Monitor {
  /// An hour that is over is explained from so many before it: ten years.
  private static let recalledHoursMax = 24 * 366 * 10

  /// - Parameters:
  ///   - hour: Within the horizon of the newest closed hour, or closed.
  ///   - lead: Of the forecast of a closed hour; one to come has one lead only.
  /// - Returns: Nil for an unknown stream, and for hours that are out of reach.
  package func explanation(of name: String, hour: Int, lead: Int = 1) -> HourExplanation? {
    guard let stream = streams[name], (1...settings.forecast.horizonHours).contains(lead) else {
      return nil
    }
    let present = stream.forecaster
    if hour > present.origin {
      let lead = hour - present.origin
      guard let inputs = present.inputs(lead: lead) else { return nil }
      return HourExplanation(
        explanation: Explanation(inputs, usualRow: present.usualRow, model: models.current),
        leadHours: lead, probability: present.forecasts[lead - 1].probability, isRecalled: false)
    }
    let origin = hour - lead
    guard origin >= stream.series.firstHour else { return nil }
    // Whatever a state says of when it began, some seconds are enough.
    let first = max(stream.series.firstHour, origin - Self.recalledHoursMax)
    var past = newForecaster(source: stream.source, firstHour: first)
    for earlier in first..<origin {
      past.skip(count: stream.series.count(at: earlier))
    }
    _ = past.close(count: stream.series.count(at: origin), models: models)
    guard var inputs = past.inputs(lead: lead) else { return nil }
    inputs.weights = present.weights(lead: lead)
    let explanation = Explanation(inputs, usualRow: past.usualRow, model: models.current)
    return HourExplanation(
      explanation: explanation, leadHours: lead,
      probability: present.calibrated(explanation.mixed), isRecalled: true)
  }
}
