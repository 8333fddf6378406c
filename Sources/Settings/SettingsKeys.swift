internal import Forecasting
internal import Records

// Every key of the settings file, with its type, limits and meaning. Reading, error messages, `harbinger settings`, the
// fingerprint and the three forms of the reference all use these tables.

extension ServiceSettings {
  static var keys: [SettingKey<ServiceSettings>] {
    [
      SettingKey(
        "sources", \.sources,
        "what is read; each entry needs a name and one of files, journal, socket and kafka",
        each: SourceSettings(name: "", files: []), count: 1...1_000, keys: SourceSettings.keys,
        requirement: "a list of 1 to 1000 sections"),
      SettingKey("forecast", "what is forecast", keys: forecastKeys),
      SettingKey("training", "how the network learns", keys: trainingKeys),
      SettingKey("alert", "when an alert is raised, and what it starts", keys: alertKeys),
      SettingKey("retention", "how long what is stored is kept", keys: retentionKeys),
      SettingKey(
        "state", \.statePath, .path,
        "state file; null: $STATE_DIRECTORY/harbinger.sqlite, or ~/.local/state/harbinger/harbinger.sqlite"
      ),
      SettingKey(
        "status", \.statusPath, .path,
        "status file; null: $RUNTIME_DIRECTORY/status.json, or $XDG_RUNTIME_DIR/harbinger/status.json"
      ),
      SettingKey(
        "status_mode", \.statusMode, .fileMode,
        "who may read the status file and the metrics beside it: 0640 is the service's user and the group"
      ),
      SettingKey(
        "status_group", \.statusGroup, .optional(.groupName),
        "their group, such as adm; the service must be a member: SupplementaryGroups= of the unit"),
    ]
  }

  private static var forecastKeys: [SettingKey<ServiceSettings>] {
    [
      SettingKey(
        "horizon", \.forecast.horizonHours,
        .duration(in: .hours, 1...ForecastSettings.horizonHoursMax),
        "how far ahead, at most 168h"),
      SettingKey(
        "min_requests", \.forecast.minRequests, .integer(1...1_000_000_000),
        "an hour with at least this many requests is active"),
      SettingKey(
        "hold_hours", \.forecast.holdHours, .integer(1...168),
        "an activity lasts this many hours, counted from its first"),
      SettingKey(
        "grace", \.graceSeconds, .duration(in: .seconds, 0...3_600),
        "how long after its end an hour waits for late lines"),
      SettingKey(
        "holidays", \.forecast.holidays, .dates,
        "dates that count as Sundays, such as [2026-12-25, 2026-12-26]"),
      SettingKey(
        "max_streams", \.maxStreams, .integer(1...1_000_000),
        "streams in memory; of more, those active longest ago become dormant: still counted, not forecast"
      ),
      SettingKey(
        "max_dormant_streams", \.maxDormantStreams, .integer(0...1_000_000),
        "dormant streams; requests of streams beyond are counted as overflow",
        formerName: "max_parked_streams"),
    ]
  }

  private static var trainingKeys: [SettingKey<ServiceSettings>] {
    [
      SettingKey(
        "every", \.training.everyHours, .duration(in: .hours, 1...720),
        "time between two runs; SIGUSR1 starts one at once"),
      SettingKey(
        "penalty", \.training.penalty, .penalty,
        "weight of an active hour in the loss, or: balanced"),
      SettingKey(
        "hidden", \.training.hidden, .list(of: .integer(1...1_024), count: 1...5),
        "widths of the hidden layers"),
      SettingKey("learning_rate", \.training.learningRate, .number(1e-7...1), "of Adam"),
      SettingKey(
        "batch_size", \.training.batchSize, .integer(1...65_536),
        "rows in one step, at most; fewer where there is little data"),
      SettingKey(
        "epochs", \.training.epochs, .integer(1...1_000), "passes over the rows, at most"),
      SettingKey(
        "patience", \.training.patience, .integer(1...1_000),
        "passes without improvement on the newest, held-out hours before a run ends"),
      SettingKey(
        "dropout", \.training.dropout, .number(0...0.9),
        "share of the units that each step leaves out; up to 0.3 where there is little data"),
      SettingKey(
        "weight_decay", \.training.weightDecay, .number(0...1),
        "how strongly the weights are pulled to zero"),
      SettingKey(
        "clip_norm", \.training.clipNorm, .optional(.number(1e-6...1e6)),
        "the gradient is clipped to this norm; null: not"),
      SettingKey(
        "clip_value", \.training.clipValue, .optional(.number(1e-6...1e6)),
        "each element of the gradient is clipped to this magnitude; null: not"),
      SettingKey(
        "history", \.training.historyDays, .duration(in: .days, 7...3_650),
        "hours older than this are not learned from"),
      SettingKey(
        "max_rows", \.training.maxRows, .integer(1_000...10_000_000), "rows in one run, at most"),
      SettingKey(
        "max_seconds", \.training.maxSeconds, .integer(1...86_400),
        "of one run, about: counted in work, so that it is the same everywhere; streams and rows beyond are sampled"
      ),
      SettingKey(
        "seed", \.training.seed, .integer(0...UInt64.max),
        "of the random numbers; the same log, seed and settings give the same forecasts"),
    ]
  }
}

extension ServiceSettings {
  private static var retentionKeys: [SettingKey<ServiceSettings>] {
    [
      SettingKey(
        "streams", \.retention.streamDays, .duration(in: .days, 30...3_650),
        "a stream that key has made is forgotten when no request came for so long; it makes room for another"
      ),
      SettingKey(
        "counts", \.retention.countDays, .duration(in: .days, 30...7_300),
        "requests of each hour; at least training.history and retention.streams"),
      SettingKey(
        "forecasts", \.retention.forecastDays, .duration(in: .days, 2...3_650),
        "at most: of many streams a million hours of one stream are kept"),
      SettingKey(
        "alerts", \.retention.alertDays, .duration(in: .days, 7...3_650),
        "alerts and their outcomes"),
      SettingKey(
        "reports", \.retention.reportDays, .duration(in: .days, 7...3_650),
        "reports of training runs"),
    ]
  }
}

extension SourceSettings {
  static var keys: [SettingKey<SourceSettings>] { originKeys + formatKeys + recordKeys }

  /// Keys for where the lines come from.
  private static var originKeys: [SettingKey<SourceSettings>] {
    [
      SettingKey(
        "name", \.name, .name, "names the streams: letters, digits, '.', '_' and '-'",
        requirement: "every source to have it"),
      SettingKey(
        "files", \.files, .files,
        "a path, a pattern such as /var/log/nginx/*.log, or a list of them; '-' is standard input"),
      SettingKey(
        "journal", \.journal, .optional(.journal),
        "instead of files: entries of the systemd journal, such as { unit: nginx.service, PRIORITY: 6 }",
        remark: """
          The fields are unit, identifier and any field of the journal, each one value or a list; directory: \
          journal files elsewhere.
          """),
      SettingKey(
        "kafka", \.kafka, .optional(.kafka),
        "instead of files: the records of a topic of Kafka, such as { brokers: kafka:9092, topic: access }",
        remark: """
          Also group, the consumer group (harbinger); state_topic, the compacted topic through which members of the \
          group on several machines hand partitions over; password, the file of SASL's password or the name of a \
          credential of the unit; and librdkafka's own properties of connections, such as security.protocol: sasl_ssl.
          """),
      SettingKey(
        "socket", \.socket, .optional(.socket),
        "instead of files: a socket for syslog, such as /run/harbinger/syslog.sock, created and removed by the daemon"
      ),
      SettingKey(
        "socket_mode", \.socketMode, .fileMode,
        "who may write to the socket, as for a file: 0666 is everybody, as with /dev/log"),
      SettingKey(
        "start", \.start, .choice, "where a new file is read from: beginning or end"),
    ]
  }

  /// Keys for the format of the lines.
  private static var formatKeys: [SettingKey<SourceSettings>] {
    [
      SettingKey(
        "format", \.format, .format, "how a line is read", remark: formatRemark),
      SettingKey(
        "pattern", \.pattern, .optional(.text(limit: 8_192, "a regular expression")),
        "regex: the expression, its named groups are the fields; nginx, apache: their log_format or LogFormat"
      ),
      SettingKey(
        "columns", \.columns,
        .optional(.list(of: .text(limit: 256, "the name of a column"), count: 1...1_000)),
        "csv, tsv: names of the columns, such as [time, host]; null: the first line of each file has them"
      ),
      SettingKey(
        "separator", \.separator, .optional(.text(limit: 8, "what separates columns")),
        "csv: what separates two columns, such as ';'; null: a comma"),
      SettingKey(
        "time",
        keys: [
          SettingKey(
            "field", \.timeField, .optional(.text(limit: 256, "the name of a field")),
            "json, csv, regex: the field with the time; null: time (json, csv: timestamp, ts, … as well)"
          ),
          SettingKey(
            "layout", \.timeLayout,
            .optional(.text(limit: 256, "a layout such as '%Y-%m-%d %H:%M:%S' or 'epoch_ms'")),
            "such as '%Y-%m-%d %H:%M:%S', iso8601, tai64n, epoch, epoch_ms, epoch_any (by size); null: by each line"
          ),
          SettingKey(
            "start", \.timeStart, .optional(.integer(0...253_402_300_799)),
            "swf: the start of its times, in seconds since 1970; null: UnixStartTime of the file's header"
          ),
        ]),
      SettingKey(
        "unmatched", \.unmatched, .choice,
        "what lines are that do not match the format: rejected, or a continuation, as those of a stack trace"
      ),
    ]
  }

  private static var formatRemark: String {
    let details = [
      "epoch": " (the first column is the time)",
      "journal": " (each entry counts; the default with journal)",
    ]
    let names = FormatDefinition.all.map(\.name).filter { $0 != "combined" }
    return "Also: \(names.map { $0 + (details[$0] ?? "") }.joined(separator: ", "))."
  }

  /// Keys for which lines count, and for which stream.
  private static var recordKeys: [SettingKey<SourceSettings>] {
    [
      SettingKey(
        "key", \.key, .optional(.text(limit: 1_024, "a template such as '{host}{path}'")),
        "splits the source into streams by fields, such as '{host}{path}'; null: one stream",
        remark: "{record_key} is the key of a record of Kafka."),
      SettingKey(
        "include", \.include, .conditions,
        "count only lines that match all of these fields, such as { method: [POST, PUT] }"),
      SettingKey(
        "exclude", \.exclude, .conditions,
        "count no lines that match one of these fields, such as { path: /healthz, agent: '*bot*' }"),
      SettingKey(
        "time_zone", \.timeZone, .timeZone,
        "zone of the hours, days and weekends, such as Europe/Berlin; also of times without an offset"
      ),
      SettingKey(
        "unit", \.unit, .optional(.unit),
        "the systemd unit that serves the requests, such as nginx.service; alerts name it"),
      SettingKey(
        "max_line_bytes", \.maxLineBytes, .integer(256...16_777_216), "longer lines are rejected"),
      SettingKey(
        "max_ahead", \.maxAheadSeconds, .duration(in: .seconds, 0...604_800),
        "lines from further in the future are rejected"),
    ]
  }
}
