package import Forecasting
import Records
import Series

/// The settings that apply to a stream, stored with it, so that commands can read a state without the settings file.
package struct StreamTerms: Codable, Equatable, Sendable {
  /// The name of a zone, such as `Europe/Berlin`.
  package var timeZone: String
  package var horizonHours: Int
  /// The least number of requests that make an hour active.
  package var minRequests: Int
  package var holdHours: Int
  /// Dates that count as Sundays, as days since 1970-01-01; nil if there are none, or if an older version stored this.
  package var holidays: [Int]?
  /// The least and the greatest lead of an `upcoming` alert.
  package var leadHours: [Int]
  package var evidenceActiveHours: Int
  package var evidenceDays: Int

  package init(timeZone: String, forecast: ForecastSettings, alert: AlertSettings) {
    self.timeZone = timeZone
    horizonHours = forecast.horizonHours
    minRequests = forecast.minRequests
    holdHours = forecast.holdHours
    holidays = forecast.holidays.isEmpty ? nil : forecast.holidays.sorted()
    leadHours = [alert.leadHours.lowerBound, alert.leadHours.upperBound]
    evidenceActiveHours = alert.evidenceActiveHours
    evidenceDays = alert.evidenceDays
  }

  /// Whether all numbers are within the limits of the settings.
  package var isValid: Bool {
    let numbers = [horizonHours, minRequests, holdHours, evidenceActiveHours, evidenceDays]
    return numbers.allSatisfy { (0...1 << 40).contains($0) } && (1...8_784).contains(horizonHours)
      && holdHours <= 8_784 && leadHours.count == 2 && leadHours[0] <= leadHours[1]
      && leadHours.allSatisfy((1...8_784).contains)
  }

  /// The part that defines active hours and forecasts.
  package var forecast: ForecastSettings {
    var settings = ForecastSettings()
    settings.horizonHours = horizonHours
    settings.minRequests = minRequests
    settings.holdHours = holdHours
    settings.holidays = Set(holidays ?? [])
    return settings
  }

  /// The active hours, given those with enough requests: each of them and the `holdHours` − 1 hours after it.
  ///
  /// - Parameter hours: Ascending.
  package func applyingHold(to hours: [Int]) -> [Int] {
    var active: [Int] = []
    for hour in hours {
      let first = max(hour, active.last.map { $0 + 1 } ?? hour)
      active += first..<max(first, hour + max(1, holdHours))
    }
    return active
  }
}

extension Monitor {
  func terms(of stream: Stream, _ name: String) -> StreamTerms {
    StreamTerms(
      timeZone: settings.sources[stream.source].timeZone.name, forecast: settings.forecast,
      alert: alertSettings(of: name))
  }
}
