internal import Forecasting

// The keys of the section `alert`, and of its overrides, which set some of them for some streams.

/// A key that an override may set, too: it has the same name, type and meaning in both sections.
private struct OverridableKey {
  let general: SettingKey<ServiceSettings>
  let override: SettingKey<AlertOverride>

  private static var section: WritableKeyPath<ServiceSettings, AlertSettings> { \.alert }

  init<Value: Sendable>(
    _ name: String, _ member: AlertOverride.Member<Value>, _ type: SettingType<Value>,
    _ meaning: String
  ) {
    general = SettingKey(name, Self.section.appending(path: member), type, meaning)
    override = SettingKey(
      name, \AlertOverride.[dynamicMember: member], .optional(type), meaning)
  }

  /// A key that may be `null` in the section as well.
  init<Value: Sendable>(
    _ name: String, _ member: AlertOverride.Member<Value?>, orNull type: SettingType<Value>,
    _ meaning: String
  ) {
    let type = SettingType.optional(type)
    general = SettingKey(name, Self.section.appending(path: member), type, meaning)
    override = SettingKey(name, \AlertOverride.[dynamicMember: member], type, meaning)
  }

  /// Keys for when an alert is raised.
  static var conditions: [OverridableKey] {
    [
      OverridableKey(
        "threshold", \.threshold, .threshold,
        "upcoming: raised when the probability of an hour rises through this; or: costs, budget"),
      OverridableKey(
        "clear", \.clear, .number(0...1),
        "upcoming: raised again only after the probability fell below this; costs, budget: 0.6 of the threshold"
      ),
      OverridableKey(
        "miss_cost", \.missCost, .number(1e-6...1e9),
        "threshold: costs is false_alarm_cost / (false_alarm_cost + miss_cost), in any unit"),
      OverridableKey(
        "false_alarm_cost", \.falseAlarmCost, .number(1e-6...1e9),
        "cost of an alert that no request follows"),
      OverridableKey(
        "lead", \.leadHours, .hourRange(1...168), "upcoming: how far ahead"),
      OverridableKey(
        "silence_bits", \.silenceBits, .number(1...1_000),
        "silence: raised when the silence since the last request is this surprising"),
      OverridableKey(
        "surprise_bits", \.surpriseBits, .number(1...1_000),
        "unexpected: raised when the arrival was this surprising; 8 bits are once in 256"),
    ]
  }

  /// Keys for how many alerts are delivered.
  static var limits: [OverridableKey] {
    [
      OverridableKey(
        "cooldown", \.cooldownHours, .hourRange(1...720),
        "wait before the next alert of a kind: doubled each time, until a hit or a quiet as long as the longest"
      ),
      OverridableKey(
        "budget_per_day", \.budgetPerDay, orNull: .number(0.01...1_000),
        "alerts of a stream a day, at most; threshold: budget is the lowest that would have kept to it"
      ),
      OverridableKey(
        "quiet_hours", \.quietHours, .list(of: .quietHours, count: 0...24),
        "such as [22:00-07:00], in the source's time zone: alerts are recorded and never delivered"),
      OverridableKey(
        "mute_until", \.muteUntil, orNull: .instant,
        "alerts are recorded and never delivered until a time such as 2026-12-24T18:00Z"),
    ]
  }
}

extension ServiceSettings {
  static var alertKeys: [SettingKey<ServiceSettings>] {
    OverridableKey.conditions.map(\.general) + evidenceKeys + OverridableKey.limits.map(\.general)
      + [
        SettingKey(
          "overrides", \.alertOverrides,
          "other values for some streams, such as - { stream: 'web:/api/*', threshold: 0.8 }; the first match applies",
          each: AlertOverride(), count: 0...1_000, keys: AlertOverride.keys)
      ] + actionKeys
  }

  private static var evidenceKeys: [SettingKey<ServiceSettings>] {
    [
      SettingKey(
        "evidence_active_hours", \.alert.evidenceActiveHours, .integer(1...10_000),
        "alerts of a stream are recorded and not delivered before it was active in so many hours"),
      SettingKey(
        "evidence_days", \.alert.evidenceDays, .integer(1...365), "and on so many days"),
      SettingKey(
        "stalled_bits", \.stalledBits, .number(1...1_000_000),
        "stalled source: raised when no line comes and its streams' idleness is this surprising"),
    ]
  }

  private static var actionKeys: [SettingKey<ServiceSettings>] {
    [
      SettingKey(
        "start_unit", \.actions.startUnit, .optional(.unitTemplate),
        "unit started before a request, such as wake@%i.service; %i is the stream, escaped as systemd-escape does"
      ),
      SettingKey(
        "exec", \.actions.exec,
        .list(of: .text(limit: 4_096, "a program or an argument"), count: 0...64),
        "a program and its arguments, run without a shell for each alert; HARBINGER_… variables describe the alert"
      ),
      SettingKey(
        "exec_timeout", \.actions.execTimeoutSeconds, .duration(in: .seconds, 1...86_400),
        "the program is ended after this time"),
      SettingKey(
        "webhook", \.actions.webhook, .optional(.url),
        "gets each alert as a POST of JSON, such as https://example.org/hook; see webhook.conf for the unit"
      ),
      SettingKey(
        "webhook_secret", \.actions.webhookSecret,
        .optional(.text(limit: 4_096, "a file's path, or the name of a credential")),
        "key of the signature, whsec_ and base 64: a file's path, or the name of a credential of the unit"
      ),
    ]
  }
}

extension AlertOverride {
  static var keys: [SettingKey<AlertOverride>] {
    [
      SettingKey(
        "stream", \.stream, .text(limit: 1_024, "a stream's name, or a pattern such as 'web:*'"),
        "the stream's name, or a pattern such as 'web:*'", requirement: "every override to have it")
    ] + (OverridableKey.conditions + OverridableKey.limits).map(\.override)
  }
}
