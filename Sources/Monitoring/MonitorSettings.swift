package import Forecasting
package import Records
import Series

/// The settings of the pipeline; the executable reads them from the settings file.
package struct MonitorSettings: Equatable, Sendable {
  /// The settings of one source.
  package struct Source: Equatable, Sendable {
    package var name: String
    /// The zone of the calendar features.
    package var timeZone: TimeZoneRules
    /// The systemd unit whose requests these are, if one was named.
    package var unit: String?
    /// What splits the source into streams; empty for a source that is one stream, nil if it is not known.
    package var key: String?

    package init(
      name: String, timeZone: TimeZoneRules = .utc, unit: String? = nil, key: String? = nil
    ) {
      self.name = name
      self.timeZone = timeZone
      self.unit = unit
      self.key = key
    }

    /// Whether it is one stream, of its own name.
    var isOneStream: Bool { key?.isEmpty ?? true }
  }

  package var sources: [Source]
  package var forecast = ForecastSettings()
  package var training = TrainingSettings()
  package var alert = AlertSettings()
  /// Of those that match a stream, the first applies.
  package var alertOverrides: [AlertOverride] = []
  /// A source counts as stalled when the surprise of its streams' idleness since its last line reaches this, in bits.
  package var stalledBits = 20.0
  /// How long after its end an hour stays open for late lines.
  package var graceSeconds = 60
  /// The most streams in memory; beyond it, those active longest ago are evicted to the state.
  package var maxStreams = 1_000
  /// As long as there are no more streams than this, none is evicted for being idle: they stay visible, and cost
  /// little.
  package var residentsMin = 100
  /// The most streams that are evicted, and the least that may be forgotten, when an hour is closed: many may have started
  /// together, and all that was learned of an evicted one is in the commit.
  package var leavingMax = 1_000
  /// If there are more streams than this, what was learned of them is packed between two hours' ends. That takes longer
  /// than the hour's end itself, and without it 10,000 streams fit into the memory that the service may have.
  package var unpackedStreams = 10_000
  /// The most streams in the state only. Requests of streams beyond both limits are counted as overflow.
  package var maxDormantStreams = 10_000
  /// A stream of a source with a key is forgotten when its newest request is older than this.
  package var keptStreamHours = 24 * 400
  /// Older counts are deleted, at most four weeks later.
  package var keptCountHours = 24 * 1_095
  /// The initial `SilenceAllowance`, in hours of one stream. Thirty seconds of work, so that no watchdog expires: a
  /// year for 11 streams, four days for a thousand.
  package var silenceHoursAllowed = 100_000
  /// The most hours of one stream that a start learns again from counts, shared by all streams that need it, but at
  /// least two weeks of each. Half a minute's work.
  package var relearnedHours = 1_000_000

  package init(sources: [Source]) {
    self.sources = sources
  }
}

extension MonitorSettings {
  /// - Parameter key: Empty for a source whose lines are one stream.
  package func streamName(source: Int, key: String) -> String {
    key.isEmpty ? sources[source].name : "\(sources[source].name):\(key)"
  }

  /// The index of a stream's source; nil if the source is not in the settings.
  func source(of stream: String) -> Int? {
    sources.firstIndex { stream == $0.name || stream.hasPrefix("\($0.name):") }
  }

  func calendar(source: Int) -> HourCalendar {
    HourCalendar(timeZone: sources[source].timeZone, holidays: forecast.holidays)
  }

  func newForecaster(source: Int, firstHour: Int) -> StreamForecaster {
    StreamForecaster(
      startingAt: firstHour, calendar: calendar(source: source), settings: forecast)
  }
}
