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
  ///
  /// Where there are many streams, it is packed between two hours' ends.
  package struct Stream: Sendable {
    /// Its index in the settings' sources.
    package let source: Int
    package internal(set) var series: HourlySeries
    /// Seconds since the epoch.
    package internal(set) var latestRequest: Int64
    /// The open hour of the stored bytes; nil if the next commit must store the stream.
    var savedHour: Int?
    private var memory: Memory

    package struct Learned: Sendable {
      package var forecaster: StreamForecaster
      package var policy = AlertPolicy()
    }

    /// Indirect, because it is large, and a table of streams is half empty.
    private indirect enum Memory: Sendable {
      case learned(Learned)
      case packed(PackedStream)
      /// For as long as it changes.
      case taken
    }

    init(
      source: Int, series: HourlySeries, forecaster: StreamForecaster,
      policy: AlertPolicy = AlertPolicy(), latestRequest: Int64, savedHour: Int? = nil
    ) {
      self.source = source
      self.series = series
      self.latestRequest = latestRequest
      self.savedHour = savedHour
      memory = .learned(Learned(forecaster: forecaster, policy: policy))
    }

    init(source: Int, series: HourlySeries, packed: PackedStream, latestRequest: Int64) {
      self.source = source
      self.series = series
      self.latestRequest = latestRequest
      savedHour = series.openHour
      memory = .packed(packed)
    }

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
      let count = series.close()
      // Skipped hours are not stored, so a restart could not reproduce this hour.
      if isSkipped { savedHour = nil }
      return change { learned in
        let closed = learned.forecaster.close(count: count, models: models)
        let expected = closed.active || !isSkipped ? closed.expected : nil
        let features = learned.forecaster.features
        let decision = learned.policy.decide(
          stream: name, hour: hour, minuteOfDay: features.calendar.minuteOfDay(endOf: hour),
          active: closed.active, expected: expected,
          forecasts: learned.forecaster.forecasts.map(\.probability),
          hasEvidence: features.hasEvidence(
            activeHours: settings.evidenceActiveHours, days: settings.evidenceDays),
          settings: settings)
        return Closing(hour: closed, expected: expected, decision: decision)
      }
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

// MARK: - What was learned

extension Monitor.Stream {
  /// Unpacked for the caller if it is packed. What cannot be unpacked is as if nothing had been learned.
  package var learned: Learned {
    switch memory {
    case .learned(let learned): learned
    case .packed(let packed): packed.learned ?? packed.nothingLearned(of: self)
    case .taken: preconditionFailure("what changes is not read")
    }
  }

  package var forecaster: StreamForecaster { learned.forecaster }
  package var policy: AlertPolicy { learned.policy }

  package var digest: StreamDigest { packed?.digest ?? StreamDigest(learned) }

  /// Nil if it is not packed.
  var packed: PackedStream? { if case .packed(let packed) = memory { packed } else { nil } }

  /// Changes what was learned; it is not packed afterwards.
  mutating func change<Result>(_ change: (inout Learned) -> Result) -> Result {
    var learned = self.learned
    // Otherwise all of it would be copied.
    memory = .taken
    defer { memory = .learned(learned) }
    return change(&learned)
  }

  /// - Returns: False if what was packed cannot be unpacked; then the stream has learned nothing.
  mutating func unpack() -> Bool {
    guard let packed else { return true }
    let learned = packed.learned
    memory = .learned(learned ?? packed.nothingLearned(of: self))
    return learned != nil
  }

  mutating func pack(_ packing: StreamPacking) {
    if packed == nil { memory = .packed(PackedStream(self, packing)) }
  }

  /// - Parameter bytes: In which it was stored, compressed.
  mutating func pack(as bytes: [UInt8], _ packing: StreamPacking) {
    memory = .packed(PackedStream(self, bytes: bytes, packing))
  }

  /// Applies the end of a training run.
  mutating func apply(_ change: NetworkChange) {
    guard change.isFull else { return }
    if var packed {
      packed.apply(change)
      memory = .packed(packed)
    } else {
      self.change { $0.forecaster.finishFullRun(isAdopted: change.isAdopted) }
    }
  }
}
