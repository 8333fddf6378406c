package import Forecasting
import Records
import Series

/// What the settings say of a stream: stored beside it, to be read without the settings.
package struct StreamTerms: Codable, Equatable, Sendable {
  /// The name of a zone, such as `Europe/Berlin`.
  package var timeZone: String
  package var horizonHours: Int
  /// From so many requests on an hour is active.
  package var minRequests: Int
  package var holdHours: Int
  /// Dates that count as Sundays, as days since 1970-01-01; nil: there are none, or an older version wrote this.
  package var holidays: [Int]?
  /// How far ahead `upcoming` may warn, from and to.
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

  /// They are numbers that the settings allow.
  package var isPossible: Bool {
    let numbers = [horizonHours, minRequests, holdHours, evidenceActiveHours, evidenceDays]
    return numbers.allSatisfy { (0...1 << 40).contains($0) } && (1...8_784).contains(horizonHours)
      && holdHours <= 8_784 && leadHours.count == 2 && leadHours[0] <= leadHours[1]
      && leadHours.allSatisfy((1...8_784).contains)
  }

  /// What decides which hours are active and what is forecast of them.
  package var forecast: ForecastSettings {
    var settings = ForecastSettings()
    settings.horizonHours = horizonHours
    settings.minRequests = minRequests
    settings.holdHours = holdHours
    settings.holidays = Set(holidays ?? [])
    return settings
  }

  /// The hours that are active if these have enough requests: each of them, and the ones after it for which an
  /// activity lasts.
  ///
  /// - Parameter hours: Ascending.
  package func held(_ hours: [Int]) -> [Int] {
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
      timeZone: stream.forecaster.features.calendar.timeZone.name, forecast: settings.forecast,
      alert: alertSettings(of: name))
  }
}
