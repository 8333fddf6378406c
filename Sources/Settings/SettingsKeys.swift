internal import Forecasting
internal import Records

// Every key of the settings file, with its type and limits. DecodingContext, complaining, showing and the
// fingerprint all follow these tables; a key that is not here does not exist.

extension ServiceSettings {
  static var keys: [SettingKey<ServiceSettings>] {
    [
      SettingKey(
        "sources", \.sources, each: SourceSettings(name: "", files: []), count: 1...1_000,
        keys: SourceSettings.keys),
      SettingKey(
        "forecast",
        keys: [
          SettingKey("horizon", \.forecast.horizonHours, .duration(in: .hours, 1...168)),
          SettingKey("min_requests", \.forecast.minRequests, .integer(1...1_000_000_000)),
          SettingKey("hold_hours", \.forecast.holdHours, .integer(1...168)),
          SettingKey("grace", \.graceSeconds, .duration(in: .seconds, 0...3_600)),
          SettingKey("holidays", \.forecast.holidays, .dates),
          SettingKey("max_streams", \.maxStreams, .integer(1...1_000_000)),
          SettingKey("max_parked_streams", \.maxParkedStreams, .integer(0...1_000_000)),
        ]),
      SettingKey("training", keys: trainingKeys),
      SettingKey("alert", keys: alertKeys),
      SettingKey("state", \.statePath, .path),
      SettingKey("status", \.statusPath, .path),
    ]
  }

  private static var alertKeys: [SettingKey<ServiceSettings>] {
    [
      SettingKey("threshold", \.alert.threshold, .threshold),
      SettingKey("clear", \.alert.clear, .number(0...1)),
      SettingKey("miss_cost", \.alert.missCost, .number(1e-6...1e9)),
      SettingKey("false_alarm_cost", \.alert.falseAlarmCost, .number(1e-6...1e9)),
      SettingKey("lead", \.alert.leadHours, .hourRange(1...168)),
      SettingKey("silence_bits", \.alert.silenceBits, .number(1...1_000)),
      SettingKey("surprise_bits", \.alert.surpriseBits, .number(1...1_000)),
      SettingKey("evidence_active_hours", \.alert.evidenceActiveHours, .integer(1...10_000)),
      SettingKey("evidence_days", \.alert.evidenceDays, .integer(1...365)),
      SettingKey("stalled_bits", \.stalledBits, .number(1...1_000_000)),
      SettingKey("cooldown", \.alert.cooldownHours, .hourRange(1...720)),
      SettingKey("budget_per_day", \.alert.budgetPerDay, .optional(.number(0.01...1_000))),
      SettingKey("quiet_hours", \.alert.quietHours, .list(of: .quietHours, count: 0...24)),
      SettingKey("mute_until", \.alert.muteUntil, .optional(.instant)),
      SettingKey(
        "overrides", \.alertOverrides, each: AlertOverride(), count: 0...1_000,
        keys: AlertOverride.keys),
      SettingKey("start_unit", \.actions.startUnit, .optional(.unitTemplate)),
      SettingKey(
        "exec", \.actions.exec,
        .list(of: .text(limit: 4_096, "a program or an argument"), count: 0...64)),
      SettingKey(
        "exec_timeout", \.actions.execTimeoutSeconds, .duration(in: .seconds, 1...86_400)),
      SettingKey("webhook", \.actions.webhook, .optional(.url)),
      SettingKey(
        "webhook_secret", \.actions.webhookSecret,
        .optional(.text(limit: 4_096, "a file's path, or the name of a credential"))),
    ]
  }

  private static var trainingKeys: [SettingKey<ServiceSettings>] {
    [
      SettingKey("every", \.training.everyHours, .duration(in: .hours, 1...720)),
      SettingKey("penalty", \.training.penalty, .penalty),
      SettingKey(
        "hidden", \.training.hidden, .list(of: .integer(1...1_024), count: 1...5)),
      SettingKey("learning_rate", \.training.learningRate, .number(1e-7...1)),
      SettingKey("batch_size", \.training.batchSize, .integer(1...65_536)),
      SettingKey("epochs", \.training.epochs, .integer(1...1_000)),
      SettingKey("patience", \.training.patience, .integer(1...1_000)),
      SettingKey("dropout", \.training.dropout, .number(0...0.9)),
      SettingKey("weight_decay", \.training.weightDecay, .number(0...1)),
      SettingKey("clip_norm", \.training.clipNorm, .optional(.number(1e-6...1e6))),
      SettingKey("clip_value", \.training.clipValue, .optional(.number(1e-6...1e6))),
      SettingKey("history", \.training.historyDays, .duration(in: .days, 7...3_650)),
      SettingKey("max_rows", \.training.maxRows, .integer(1_000...10_000_000)),
      SettingKey("seed", \.training.seed, .integer(0...UInt64.max)),
    ]
  }
}

extension SourceSettings {
  static var keys: [SettingKey<SourceSettings>] {
    [
      SettingKey("name", \.name, .name),
      SettingKey("files", \.files, .files),
      SettingKey("journal", \.journal, .optional(.journal)),
      SettingKey("socket", \.socket, .optional(.socket)),
      SettingKey("socket_mode", \.socketMode, .fileMode),
      SettingKey("start", \.start, .choice),
      SettingKey("format", \.format, .format),
      SettingKey("pattern", \.pattern, .optional(.text(limit: 8_192, "a regular expression"))),
      SettingKey(
        "columns", \.columns,
        .optional(.list(of: .text(limit: 256, "the name of a column"), count: 1...1_000))),
      SettingKey("separator", \.separator, .optional(.text(limit: 8, "what separates columns"))),
      SettingKey(
        "time",
        keys: [
          SettingKey("field", \.timeField, .optional(.text(limit: 256, "the name of a field"))),
          SettingKey(
            "layout", \.timeLayout,
            .optional(.text(limit: 256, "a layout such as '%Y-%m-%d %H:%M:%S' or 'epoch_ms'"))),
          SettingKey("start", \.timeStart, .optional(.integer(0...253_402_300_799))),
        ]),
      SettingKey(
        "key", \.key, .optional(.text(limit: 1_024, "a template such as '{host}{path}'"))),
      SettingKey("include", \.include, .conditions),
      SettingKey("exclude", \.exclude, .conditions),
      SettingKey("time_zone", \.timeZone, .timeZone),
      SettingKey("unit", \.unit, .optional(.unit)),
      SettingKey("max_line_bytes", \.maxLineBytes, .integer(256...16_777_216)),
      SettingKey("max_ahead", \.maxAheadSeconds, .duration(in: .seconds, 0...604_800)),
    ]
  }
}

extension AlertOverride {
  static var keys: [SettingKey<AlertOverride>] {
    [
      SettingKey(
        "stream", \.stream, .text(limit: 1_024, "a stream's name, or a pattern such as 'web:*'")),
      SettingKey("threshold", \.threshold, .optional(.threshold)),
      SettingKey("clear", \.clear, .optional(.number(0...1))),
      SettingKey("miss_cost", \.missCost, .optional(.number(1e-6...1e9))),
      SettingKey("false_alarm_cost", \.falseAlarmCost, .optional(.number(1e-6...1e9))),
      SettingKey("lead", \.leadHours, .optional(.hourRange(1...168))),
      SettingKey("silence_bits", \.silenceBits, .optional(.number(1...1_000))),
      SettingKey("surprise_bits", \.surpriseBits, .optional(.number(1...1_000))),
      SettingKey("cooldown", \.cooldownHours, .optional(.hourRange(1...720))),
      SettingKey("budget_per_day", \.budgetPerDay, .optional(.number(0.01...1_000))),
      SettingKey("quiet_hours", \.quietHours, .optional(.list(of: .quietHours, count: 0...24))),
      SettingKey("mute_until", \.muteUntil, .optional(.instant)),
    ]
  }
}
