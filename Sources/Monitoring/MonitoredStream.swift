import Arithmetic
package import Forecasting
import Records
package import Series

extension Monitor {
  /// One stream and all that is known of it.
  ///
  /// What was learned of a stream is long and changes with every hour. It is stored when it changes by anything
  /// but the end of an hour, and otherwise once a day; the hours since are closed again after a restart, with the
  /// same counts and networks, and so with the same result.
  package struct Stream: Sendable {
    /// Its place among the settings' sources.
    package let source: Int
    package internal(set) var series: HourlySeries
    package internal(set) var forecaster: StreamForecaster
    package internal(set) var policy = AlertPolicy()
    /// Seconds since the epoch.
    package internal(set) var latestRequest: Int64
    /// The open hour of the stored bytes; nil: they must be stored with the next commit.
    var savedHour: Int?

    /// Closing this many hours again takes no longer than learning a stream anew from a few weeks of counts.
    static let unsavedHoursMax = 48

    /// Whether it was to begin anew after a long silence, and no request came since: it is as good as not known.
    var isForgotten: Bool { series.observedActiveHours == 0 }

    mutating func take(_ tally: RecordBatch.Tally) {
      if tally.hour < series.openHour { savedHour = nil }
      series.add(tally.count, at: tally.hour)
      latestRequest = max(latestRequest, tally.latest)
    }

    /// What the end of an hour brings.
    struct Closing {
      var hour: StreamForecaster.ClosedHour
      /// The probability that the hour was given; nil if there was none, or if the hour's idleness means nothing.
      var expected: Double?
      var decision: AlertPolicy.Decision
    }

    /// Closes the open hour, forecasts from its end, and decides on alerts.
    ///
    /// - Parameter isSkipped: The hour was not observed: if it is idle, that means nothing.
    mutating func close(
      as name: String, models: Models, isSkipped: Bool, settings: AlertSettings
    ) -> Closing {
      let hour = series.openHour
      let closed = forecaster.close(count: series.close(), models: models)
      let expected = closed.active || !isSkipped ? closed.expected : nil
      // Which hours were skipped is not stored.
      if isSkipped { savedHour = nil }
      let decision = policy.decide(
        stream: name, hour: hour,
        minuteOfDay: forecaster.features.calendar.minuteOfDay(endOf: hour), active: closed.active,
        expected: expected, forecasts: forecaster.forecasts.map(\.probability),
        hasEvidence: forecaster.features.hasEvidence(
          activeHours: settings.evidenceActiveHours, days: settings.evidenceDays),
        settings: settings)
      return Closing(hour: closed, expected: expected, decision: decision)
    }

    /// Streams take turns over the hours of a day, so that no commit is much longer than another.
    func isDueToBeSaved(as name: String) -> Bool {
      guard let savedHour else { return true }
      guard savedHour != series.openHour else { return false }
      let turn = Self.turn(of: name, in: 24)
      return floorDivide(savedHour + turn, 24) != floorDivide(series.openHour + turn, 24)
    }

    /// By how many hours a stream's turn is earlier than that of others, in 0 ..< `hours`.
    static func turn(of name: String, in hours: Int) -> Int {
      Int(FNV1a(name.utf8).value % UInt64(hours))
    }
  }
}
