package import Forecasting
package import Records

/// Everything the pipeline needs to know; read from the settings file by the executable.
package struct MonitorSettings: Equatable, Sendable {
  /// What the pipeline knows of one source.
  package struct Source: Equatable, Sendable {
    package var name: String
    /// Calendar features are of this zone.
    package var timeZone: TimeZoneRules
    /// The systemd unit whose requests these are, if one was named.
    package var unit: String?

    package init(name: String, timeZone: TimeZoneRules = .utc, unit: String? = nil) {
      self.name = name
      self.timeZone = timeZone
      self.unit = unit
    }
  }

  package var sources: [Source]
  package var forecast = ForecastSettings()
  package var training = TrainingSettings()
  package var alert = AlertSettings()
  /// The first that matches a stream applies to it.
  package var alertOverrides: [AlertOverride] = []
  /// A source has stalled when the idleness of its streams since its last line is this surprising.
  package var stalledBits = 20.0
  /// How long after its end an hour stays open for late lines.
  package var graceSeconds = 60
  /// Of more streams than this, those active longest ago are kept in the state only.
  package var maxStreams = 1_000
  /// Of no more than these none is evicted for having been idle for long: they are shown, and cost little.
  package var residentsMin = 100
  /// The requests of streams beyond both are counted as overflow.
  package var maxDormantStreams = 10_000
  /// A stream that a key has made is forgotten when the newest of its requests is older than this.
  package var keptStreamHours = 24 * 400
  /// Older counts are forgotten, a few weeks later at most.
  package var keptCountHours = 24 * 1_095
  /// Hours of one stream without a line that are gone through before lines must have paid for them. Thirty seconds of
  /// work, so that no watchdog expires: a year for 11 streams, four days for a thousand.
  package var silenceHoursAllowed = 100_000
  /// Hours of one stream that a start learns anew from counts, where there is nothing better: half a minute's work. Of
  /// many streams two weeks at least.
  package var relearnedHours = 1_000_000

  package init(sources: [Source]) {
    self.sources = sources
  }
}
