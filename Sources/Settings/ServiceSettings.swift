import Arithmetic
package import Forecasting
package import Host
package import Monitoring
package import Records

/// What the settings file says, with every default filled in.
///
/// The keys, their types, limits and meanings stand in `SettingsKeys.swift`; `deploy/harbinger.yaml` is made of
/// them.
package struct ServiceSettings: Equatable, Sendable {
  package var sources: [SourceSettings]
  package var forecast = ForecastSettings()
  /// How long after its end an hour stays open for late lines.
  package var graceSeconds = 60
  /// Of more streams than this, those active longest ago leave memory.
  package var maxStreams = 1_000
  /// Of so many more the counts are kept.
  package var maxDormantStreams = 10_000
  package var training = TrainingSettings()
  package var alert = AlertSettings()
  /// The first that matches a stream applies to it.
  package var alertOverrides: [AlertOverride] = []
  /// A source has stalled when the idleness of its streams since its last line is this surprising.
  package var stalledBits = 20.0
  package var actions = ActionSettings()
  package var retention = RetentionSettings()
  /// Where the SQLite file lies.
  package var statePath: String
  /// Where the status is published.
  package var statusPath: String
  /// Who may read it and the metrics beside it.
  package var statusMode: UInt32 = 0o644
  /// Their group; nil: that of the process.
  package var statusGroup: String?

  /// The defaults, around no source at all.
  ///
  /// - Parameter environment: Tells the directories that systemd made for us; outside systemd the
  ///   state goes where XDG puts it.
  package init(sources: [SourceSettings] = [], environment: [String: String] = [:]) {
    self.sources = sources
    let home = environment["HOME"] ?? "/var/lib/harbinger"
    let stateHome = environment["XDG_STATE_HOME"] ?? "\(home)/.local/state"
    // systemd separates several directories by a colon; ours is the first.
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

  /// What the pipeline needs of it.
  package var monitor: MonitorSettings {
    var monitor = MonitorSettings(
      sources: sources.map { .init(name: $0.name, timeZone: $0.timeZone, unit: $0.unit) })
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

  /// How the lines of one of the sources are read.
  package func parser(of source: SourceSettings) -> ParserSettings {
    ParserSettings(
      format: source.logFormat, timeField: source.timeField, timeLayout: source.timeLayout,
      timeZone: source.timeZone, key: source.key, include: source.include,
      exclude: source.exclude, maxLineBytes: source.maxLineBytes,
      maxAheadSeconds: source.maxAheadSeconds, graceSeconds: graceSeconds)
  }
}

/// How long what is stored is kept, in days.
package struct RetentionSettings: Equatable, Sendable {
  /// Without a request: a stream that a key has made.
  package var streamDays = 400
  /// Requests of each hour.
  package var countDays = 1_095
  /// At most: of many streams fewer are kept.
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
  /// Where a file that was never seen before is read from.
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
  /// Instead of files: where syslog's datagrams are received.
  package var socket: String?
  package var socketMode: UInt32 = 0o666
  package var start = Start.beginning
  package var format = FormatDefinition.combined
  /// The expression of `regex`; for `nginx` and `apache`, the format as their configuration has it.
  package var pattern: String?
  /// Of `csv` and `tsv`, in order; nil: the first line of each file names them.
  package var columns: [String]?
  /// Of `csv`; nil: a comma.
  package var separator: String?
  package var timeField: String?
  package var timeLayout: String?
  /// What the times of `swf` count from, in seconds since the epoch, where the file's header does not say.
  package var timeStart: Int64?
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

  /// Where lines may come from, by the key that says it: one line for each kind of source. Of a source that can be
  /// read, one is set.
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

  /// Where its lines come from.
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

/// One setting as it stands: `alert.threshold` and `0.5`, written as it would be in the file.
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

  /// Changes if, and only if, a setting does that has a part in what is read, learned or sent.
  ///
  /// - Returns: 16 hexadecimal digits: FNV-1a, 64 bit, over the effective settings but `state`, `status`
  ///   and those of the status, which only say where to write and who may read it.
  package var fingerprint: String {
    var hash = FNV1a()
    let places = ["state", "status", "status_mode", "status_group"]
    for setting in effective where !places.contains(setting.path) {
      hash.combine("\(setting.path): \(setting.value)\n".utf8)
    }
    return hash.hexadecimal
  }
}
