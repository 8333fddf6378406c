import Arithmetic
package import Forecasting
package import Host
package import Monitoring
package import Records

/// The settings, with every default filled in.
///
/// Keys, types, limits and meanings are in `SettingsKeys.swift`, from which `deploy/harbinger.yaml` is generated.
package struct ServiceSettings: Equatable, Sendable {
  package var sources: [SourceSettings]
  package var forecast = ForecastSettings()
  /// How long after its end an hour stays open for late lines.
  package var graceSeconds = 60
  /// The most streams in memory; beyond it, those active longest ago are evicted.
  package var maxStreams = 1_000
  /// The most dormant streams, of which only counts are kept.
  package var maxDormantStreams = 10_000
  package var training = TrainingSettings()
  package var alert = AlertSettings()
  /// Of those that match a stream, the first applies.
  package var alertOverrides: [AlertOverride] = []
  /// A source counts as stalled when the surprise of its streams' idleness since its last line reaches this, in bits.
  package var stalledBits = 20.0
  package var actions = ActionSettings()
  package var retention = RetentionSettings()
  /// The path of the SQLite file.
  package var statePath: String
  /// The path of the status file.
  package var statusPath: String
  /// The mode of the status file and of the metrics beside it.
  package var statusMode: UInt32 = 0o644
  /// Their group; nil for the group of the process.
  package var statusGroup: String?

  /// The defaults, with the given sources.
  ///
  /// - Parameter environment: The environment, which names the directories that systemd created; without them, the XDG
  ///   directories are used.
  package init(sources: [SourceSettings] = [], environment: [String: String] = [:]) {
    self.sources = sources
    let home = environment["HOME"] ?? "/var/lib/harbinger"
    let stateHome = environment["XDG_STATE_HOME"] ?? "\(home)/.local/state"
    // systemd separates several directories by colons; the first is used.
    func directory(_ name: String) -> String? {
      environment[name]?.split(separator: ":").first.map(String.init)
    }
    let stateDirectory = directory("STATE_DIRECTORY") ?? "\(stateHome)/harbinger"
    statePath = "\(stateDirectory)/harbinger.sqlite"
    let runtimeDirectory =
      directory("RUNTIME_DIRECTORY")
      ?? environment["XDG_RUNTIME_DIR"].map { "\($0)/harbinger" } ?? stateDirectory
    statusPath = "\(runtimeDirectory)/status.json"
  }

  /// The settings of the pipeline.
  package var monitor: MonitorSettings {
    var monitor = MonitorSettings(
      sources: sources.map {
        .init(name: $0.name, timeZone: $0.timeZone, unit: $0.unit, key: $0.key ?? "")
      })
    monitor.forecast = forecast
    monitor.training = training
    monitor.alert = alert
    monitor.alertOverrides = alertOverrides
    monitor.stalledBits = stalledBits
    monitor.graceSeconds = graceSeconds
    monitor.maxStreams = maxStreams
    monitor.maxDormantStreams = maxDormantStreams
    monitor.keptStreamHours = 24 * retention.streamDays
    monitor.keptCountHours = 24 * retention.countDays
    return monitor
  }

  /// The parser settings of a source.
  package func parser(of source: SourceSettings) -> ParserSettings {
    ParserSettings(
      format: source.logFormat, timeField: source.timeField, timeLayout: source.timeLayout,
      timeZone: source.timeZone, unmatched: source.unmatched, key: source.key,
      include: source.include, exclude: source.exclude, maxLineBytes: source.maxLineBytes,
      maxAheadSeconds: source.maxAheadSeconds, graceSeconds: graceSeconds,
      hasRecordKeys: source.kafka != nil)
  }
}

/// How long stored data is kept, in days.
package struct RetentionSettings: Equatable, Sendable {
  /// Streams of sources with a key, since their last request.
  package var streamDays = 400
  /// The request counts of each hour.
  package var countDays = 1_095
  /// The maximum; with many streams, forecasts are kept for a shorter time.
  package var forecastDays = 120
  /// Alerts of all kinds, with their outcomes.
  package var alertDays = 730
  /// Reports of training runs.
  package var reportDays = 730

  /// The defaults.
  package init() {}
}

/// One entry of `sources`: where lines come from and how they are read.
package struct SourceSettings: Equatable, Sendable {
  /// Where reading of a new file starts.
  package enum Start: String, Sendable, CaseIterable {
    case beginning, end
  }

  package var name: String
  /// Absolute paths or globs; `-` by itself is standard input.
  package var files: [String]
  /// Instead of files.
  package var journal: JournalSelection?
  /// Instead of files.
  package var kafka: KafkaTopic?
  /// Instead of files: the path of a socket that receives syslog datagrams.
  package var socket: String?
  package var socketMode: UInt32 = 0o666
  package var start = Start.beginning
  package var format = FormatDefinition.combined
  /// The expression of `regex`; for `nginx` and `apache`, the log format as in their configuration.
  package var pattern: String?
  /// The columns of `csv` and `tsv`, in order; nil if the first line of each file names them.
  package var columns: [String]?
  /// The separator of `csv`; nil for a comma.
  package var separator: String?
  package var timeField: String?
  package var timeLayout: String?
  /// The start of the times of `swf`, in seconds since the epoch, if the file's header does not contain it.
  package var timeStart: Int64?
  package var unmatched = ParserSettings.UnmatchedLines.rejected
  package var key: String?
  package var include: [ParserSettings.Condition] = []
  package var exclude: [ParserSettings.Condition] = []
  package var timeZone = TimeZoneRules.utc
  package var unit: String?
  package var maxLineBytes = 65_536
  package var maxAheadSeconds = 300

  package init(name: String, files: [String]) {
    self.name = name
    self.files = files
  }

  /// The possible origins of lines by settings key, one line for each kind of source. A valid source has exactly one.
  var origins: [(key: String, origin: (any SourceOrigin)?)] {
    [
      ("files", fileOrigin),
      ("journal", journal),
      ("kafka", kafka),
      (
        "socket",
        socket.map { .init(path: $0, mode: socketMode, keepsHeader: format.keepsSyslogHeader) }
          as SyslogSocket.Place?
      ),
    ]
  }

  private var fileOrigin: (any SourceOrigin)? {
    if files.isEmpty { return nil }
    return files == ["-"] ? StandardInput.Origin() : FilePaths(files)
  }

  /// The origin of its lines.
  package var origin: any SourceOrigin {
    origins.lazy.compactMap(\.origin).first ?? FilePaths([])
  }

  package var logFormat: LogFormat {
    get {
      LogFormat(
        format,
        FormatOptions(
          pattern: pattern, columns: columns, separator: separator, timeStart: timeStart))
    }
    set {
      format = newValue.definition
      let options = newValue.options
      (pattern, columns) = (options.pattern, options.columns)
      (separator, timeStart) = (options.separator, options.timeStart)
    }
  }
}

/// The effective value of one setting, such as `alert.threshold` and `0.5`, written as in the file.
package struct EffectiveSetting: Equatable, Sendable {
  package let path: String
  package let value: String
}

extension ServiceSettings {
  /// Every setting, in the order of `deploy/harbinger.yaml`.
  package var effective: [EffectiveSetting] {
    ServiceSettings.keys.flatMap { $0.reference(self).effective(at: "") }
  }

  /// Those of the effective settings that do not have their defaults.
  ///
  /// - Parameter environment: The one that they were read in, which says where the state lies by default.
  package func chosen(environment: [String: String]) -> [EffectiveSetting] {
    let plain = ServiceSettings(
      sources: sources.map { _ in SourceSettings(name: "", files: []) }, environment: environment)
    let defaults = Dictionary(plain.effective.map { ($0.path, $0.value) }) { $1 }
    return effective.filter { defaults[$0.path] != $0.value }
  }

  /// A hash of the settings that influence what is read, learned or sent.
  ///
  /// - Returns: 16 hexadecimal digits: FNV-1a, 64 bit, over the effective settings except `state` and the settings of
  ///   the status file, which only determine where to write and who may read it.
  package var fingerprint: String {
    var hash = FNV1a()
    let places = ["state", "status", "status_mode", "status_group"]
    for setting in effective where !places.contains(setting.path) {
      hash.combine("\(setting.path): \(setting.value)\n".utf8)
    }
    return hash.hexadecimal
  }
}
