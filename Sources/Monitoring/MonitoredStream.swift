import Arithmetic
package import Forecasting
import Records
package import Series

extension Monitor {
  /// One stream: its counts, its forecaster and its alert policy.
  ///
  /// What is learned of a stream takes many bytes and changes with every hour. It is stored when anything but the end
  /// of an hour has changed it, and otherwise once a day. After a restart the hours since are closed again with the
  /// same counts and networks, and so with the same result.
  package struct Stream: Sendable {
    /// Its index in the settings' sources.
    package let source: Int
    package internal(set) var series: HourlySeries
    package internal(set) var forecaster: StreamForecaster
    package internal(set) var policy = AlertPolicy()
    /// Seconds since the epoch.
    package internal(set) var latestRequest: Int64
    /// The open hour of the stored bytes; nil if the next commit must store the stream.
    var savedHour: Int?

    /// A restart closes at most this many hours again: that takes no longer than learning a stream again from a few
    /// weeks of counts.
    static let unsavedHoursMax = 48

    /// Whether the stream was reset after a long silence and has had no request since.
    var isReset: Bool { series.observedActiveHours == 0 }

    mutating func add(_ tally: RecordBatch.Tally) {
      if tally.hour < series.openHour { savedHour = nil }
      series.add(tally.count, at: tally.hour)
      latestRequest = max(latestRequest, tally.latest)
    }

    /// The result of closing an hour.
    struct Closing {
      var hour: StreamForecaster.ClosedHour
      /// The probability that was forecast for the hour; nil if there was no forecast, or if the hour was idle and not
      /// observed.
      var expected: Double?
      var decision: AlertPolicy.Decision
    }

    /// Closes the open hour, makes the forecasts from its end, and decides on alerts.
    ///
    /// - Parameter isSkipped: The hour was not observed: that it is idle is no evidence.
    mutating func close(
      as name: String, models: Models, isSkipped: Bool, settings: AlertSettings
    ) -> Closing {
      let hour = series.openHour
      let closed = forecaster.close(count: series.close(), models: models)
      let expected = closed.active || !isSkipped ? closed.expected : nil
      // Skipped hours are not stored, so a restart could not reproduce this hour.
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

    /// Whether the stream must be stored now. Streams take turns over the hours of a day, so that commits are about
    /// equally long.
    func isDueToBeSaved(as name: String) -> Bool {
      guard let savedHour else { return true }
      guard savedHour != series.openHour else { return false }
      let turn = Self.turn(of: name, in: 24)
      return floorDivide(savedHour + turn, 24) != floorDivide(series.openHour + turn, 24)
    }

    /// The offset of a stream's turn, in 0 ..< `hours`; evenly spread over names.
    static func turn(of name: String, in hours: Int) -> Int {
      Int(FNV1a(name.utf8).value % UInt64(hours))
    }
  }
}
