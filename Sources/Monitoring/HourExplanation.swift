package import Forecasting
import Series

/// Why a forecast gave an hour of a stream its probability.
package struct HourExplanation: Sendable {
  package var explanation: Explanation
  package var leadHours: Int
  package var probability: Double
  /// The hour is over: the features were computed again from the counts before its origin, and the forecast was made
  /// with today's networks and weights.
  package var isRecalled: Bool
}

extension Monitor {
  /// Ten years: the most hours from which the features of a past hour are computed again.
  private static let recalledHoursMax = 24 * 366 * 10

  /// - Parameters:
  ///   - hour: A closed hour, or one within the horizon of the newest closed hour.
  ///   - lead: The lead of the forecast to explain, for a closed hour. Ignored for a future hour, whose lead follows
  ///     from the newest closed hour.
  /// - Returns: Nil for an unknown stream, an impossible lead, an hour beyond the horizon, or an origin before the
  ///   stream's first hour.
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
    // A damaged state may claim any first hour; the limit keeps this within seconds.
    let first = max(stream.series.firstHour, origin - Self.recalledHoursMax)
    var past = settings.newForecaster(source: stream.source, firstHour: first)
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
