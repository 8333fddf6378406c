import Forecasting
import Foundation
import Host
import Monitoring
import Records
import Settings
import TestSupport
import Testing

@Test func whatIsLeftOutKeepsItsDefault() throws {
  let settings = try read(oneSource)
  let source = SourceSettings(name: "web", files: ["/var/log/a.log"])
  #expect(settings == ServiceSettings(sources: [source], environment: reader.environment))
}

@Test func everyKeyIsRead() throws {
  let settings = try read(everything)
  var source = SourceSettings(name: "api", files: ["/var/log/a.log", "/srv/b-*.log"])
  source.start = .end
  source.format = .regex
  source.pattern = #"^(?<when>\S+) (?<path>\S+)"#
  source.timeField = "when"
  source.timeLayout = "%Y-%m-%dT%H:%M:%S"
  source.key = "{path}"
  source.include = [.init(field: "path", patterns: ["/api/*", "/upload"])]
  source.exclude = [.init(field: "path", patterns: ["*\u{1b}[31m*"])]
  source.timeZone = TimeZoneRules(fixedOffsetSeconds: 3_600, name: "Europe/Berlin")
  source.unit = "api@1.service"
  source.maxLineBytes = 4_096
  source.maxAheadSeconds = 90
  var expected = ServiceSettings(sources: [source])
  expected.forecast.horizonHours = 48
  expected.forecast.minRequests = 2
  expected.forecast.holdHours = 3
  expected.graceSeconds = 0
  expected.forecast.holidays = [0, 20_453]
  expected.maxStreams = 7
  expected.maxDormantStreams = 70
  expected.training.everyHours = 24
  expected.training.penalty = .balanced
  expected.training.hidden = [64]
  expected.training.learningRate = 0.001
  expected.training.batchSize = 32
  expected.training.epochs = 9
  expected.training.patience = 3
  expected.training.dropout = 0.25
  expected.training.weightDecay = 0.00001
  expected.training.clipNorm = nil
  expected.training.clipValue = 0.5
  expected.training.historyDays = 90
  expected.training.maxRows = 5_000
  expected.training.seed = .max
  expected.alert.threshold = 0.9
  expected.alert.clear = 0.8
  expected.alert.leadHours = 2...48
  expected.alert.silenceBits = 12.5
  expected.alert.surpriseBits = 6
  expected.alert.missCost = 20
  expected.alert.falseAlarmCost = 0.5
  expected.alert.cooldownHours = 2...48
  expected.alert.budgetPerDay = 0.5
  expected.alert.quietHours = [
    .init(startMinute: 22 * 60, endMinute: 7 * 60),
    .init(startMinute: 12 * 60 + 30, endMinute: 13 * 60),
  ]
  expected.alert.muteUntil = 86_400 + 18 * 3_600
  expected.stalledBits = 30
  expected.actions.startUnit = "wake@%i.service"
  expected.actions.exec = ["/usr/bin/notify", "a b", "$HOME"]
  expected.actions.execTimeoutSeconds = 300
  expected.actions.webhook = "https://example.org/hook?a=b"
  expected.actions.webhookSecret = "webhook-secret"
  var override = AlertOverride()
  override.stream = "api:/v?/*"
  override.threshold = .costs
  override.missCost = 3
  override.quietHours = []
  expected.alertOverrides = [override]
  expected.statePath = "/srv/state.sqlite"
  expected.statusPath = "/etc/status.json"
  expected.statusMode = 0o640
  expected.statusGroup = "adm"
  #expect(settings == expected)
}

@Test func effectiveSettingsReadBackAsTheSame() throws {
  let settings = try read(everything)
  var yaml = ""
  var open: [String] = []
  for setting in settings.effective {
    let parts = setting.path.replacing("[0]", with: ".- ").split(separator: ".").map(String.init)
    for (depth, part) in parts.dropLast().enumerated()
    where depth >= open.count || open[depth] != part {
      open = Array(open.prefix(depth)) + [part]
      yaml += String(repeating: "  ", count: depth) + (part == "- " ? "-\n" : "\(part):\n")
    }
    open = Array(open.prefix(parts.count - 1))
    yaml += String(repeating: "  ", count: parts.count - 1) + "\(parts.last!): \(setting.value)\n"
  }
  #expect(try read(yaml) == settings)
}

/// A source that comes or goes is one change, whatever number the others have then.
@Test func changesAreNamedBySource() throws {
  let before = try read("sources: [{ name: a, files: /a.log }, { name: b, files: /b.log }]")
  let after = try read(
    "sources: [{ name: b, files: /b.log, key: '{path}' }, { name: c, files: /c.log }]\nalert: { threshold: 0.6 }"
  )
  #expect(
    after.differences(from: before) == [
      "source a: removed", "source c: added", "alert.threshold: 0.5 → 0.6",
      "source b key: null → \"{path}\"",
    ])
  #expect(after.differences(from: after) == [])
}

@Test func relativePathsStartAtTheSettingsFile() throws {
  let settings = try read(
    "sources: [{ name: a, files: logs/*.log }]\nstate: s.sqlite", file: "/opt/h/h.yaml")
  #expect(settings.sources[0].files == ["/opt/h/logs/*.log"])
  #expect(settings.statePath == "/opt/h/s.sqlite")
}

@Test(arguments: [
  (
    environment: ["STATE_DIRECTORY": "/var/lib/h:/x", "RUNTIME_DIRECTORY": "/run/h", "HOME": "/"],
    state: "/var/lib/h/harbinger.sqlite", status: "/run/h/status.json"
  ),
  (
    environment: ["HOME": "/home/a", "XDG_RUNTIME_DIR": "/run/user/1"],
    state: "/home/a/.local/state/harbinger/harbinger.sqlite",
    status: "/run/user/1/harbinger/status.json"
  ),
  (
    environment: ["XDG_STATE_HOME": "/s"], state: "/s/harbinger/harbinger.sqlite",
    status: "/s/harbinger/status.json"
  ),
]) func stateAndStatusLieWhereTheEnvironmentSays(
  environment: [String: String], state: String, status: String
) {
  let settings = ServiceSettings(environment: environment)
  #expect(settings.statePath == state)
  #expect(settings.statusPath == status)
}

@Test func thePipelineGetsWhatTheFileSays() throws {
  let settings = try read(everything)
  let monitor = settings.monitor
  #expect(monitor.sources.map(\.name) == ["api"])
  #expect(monitor.sources[0].timeZone.name == "Europe/Berlin")
  #expect(monitor.sources[0].unit == "api@1.service")
  #expect(monitor.sources[0].key == settings.sources[0].key && monitor.sources[0].key != "")
  #expect(monitor.forecast == settings.forecast)
  #expect(monitor.training == settings.training)
  #expect(monitor.alert == settings.alert)
  #expect(monitor.graceSeconds == 0)
  #expect(monitor.maxStreams == 7)
  #expect(monitor.maxDormantStreams == 70)
}

/// Keys of an earlier version's settings are still read.
@Test func aFormerNameOfAKeyIsRead() throws {
  let former = everything.replacing("max_dormant_streams", with: "max_parked_streams")
  #expect(former != everything)
  #expect(try read(former) == read(everything))
}

@Test func theParserGetsWhatTheFileSays() throws {
  let settings = try read(everything)
  let parser = settings.parser(of: settings.sources[0])
  #expect(
    parser
      == ParserSettings(
        format: .regex(#"^(?<when>\S+) (?<path>\S+)"#), timeField: "when",
        timeLayout: "%Y-%m-%dT%H:%M:%S",
        timeZone: TimeZoneRules(fixedOffsetSeconds: 3_600, name: "Europe/Berlin"), key: "{path}",
        include: [.init(field: "path", patterns: ["/api/*", "/upload"])],
        exclude: [.init(field: "path", patterns: ["*\u{1b}[31m*"])], maxLineBytes: 4_096,
        maxAheadSeconds: 90, graceSeconds: 0))
}

@Test func journalIsSelectedByItsFields() throws {
  let settings = try read(
    "sources: [{ name: a, journal: { unit: [b.service, c.service], identifier: d, _UID: 33 } }]")
  #expect(
    settings.sources[0].journal
      == JournalSelection(matches: [
        .init(field: "_SYSTEMD_UNIT", values: ["b.service", "c.service"]),
        .init(field: "SYSLOG_IDENTIFIER", values: ["d"]), .init(field: "_UID", values: ["33"]),
      ]))
  #expect(settings.sources[0].logFormat == .journal)
  #expect(
    settings.effective.contains {
      $0.path == "sources[0].journal"
        && $0.value
          == "{ _SYSTEMD_UNIT: [b.service, c.service], SYSLOG_IDENTIFIER: d, _UID: 33 }"
    })
}

@Test(arguments: [
  "journal: { directory: /j, unit: b.service }, format: json",
  "kafka: { brokers: [b:9092, c:9092], topic: t, group: g, password: /p, security.protocol: ssl }",
  "socket: /run/s, socket_mode: 0600",
  "files: '-'",
]) func originReadsBackAsTheSame(yaml: String) throws {
  let settings = try read("sources: [{ name: a, \(yaml) }]")
  let shown = settings.effective.filter {
    $0.path.hasPrefix("sources") && !$0.path.contains("time.")
  }
  let again = shown.map { "\($0.path.replacing("sources[0].", with: "")): \($0.value)" }
  #expect(try read("sources: [{ \(again.joined(separator: ", ")) }]") == settings)
}

@Test(arguments: [
  ("format: csv", LogFormat.delimited(separator: ",", columns: nil)),
  (
    "format: csv, columns: [time, a], separator: ';'",
    .delimited(separator: ";", columns: ["time", "a"])
  ),
  ("format: tsv, columns: [time]", .delimited(separator: "\t", columns: ["time"])),
  ("format: swf, time: { start: 781275672 }", .workload(start: 781_275_672)),
  ("format: journal", .journal),
]) func formatsTakeWhatTheyNeed(yaml: String, format: LogFormat) throws {
  let settings = try read("sources: [{ name: a, files: /a, \(yaml) }]")
  #expect(settings.parser(of: settings.sources[0]).format == format)
}

@Test func fingerprintOfTheSameSettingsIsTheSame() throws {
  #expect(try read(oneSource).fingerprint == read("# a comment\n" + oneSource).fingerprint)
}

@Test(arguments: [
  "alert: { threshold: 0.51 }", "training: { seed: 2 }", "training: { penalty: balanced }",
  "forecast: { grace: 61s }", "forecast: { holidays: [2026-12-25] }",
]) func fingerprintChangesWithASetting(yaml: String) throws {
  #expect(try read(oneSource + yaml).fingerprint != read(oneSource).fingerprint)
}

@Test func fingerprintIgnoresWhereWeWrite() throws {
  let moved = try read(oneSource + "state: /elsewhere\nstatus: /elsewhere/too")
  #expect(try moved.fingerprint == read(oneSource).fingerprint)
}

private let everything = #"""
  sources:
    - name: api
      files: [/var/log/a.log, "/srv/b-*.log"]
      start: end
      format: regex
      pattern: '^(?<when>\S+) (?<path>\S+)'
      time: { field: when, layout: "%Y-%m-%dT%H:%M:%S" }
      key: "{path}"
      include: { path: [/api/*, /upload] }
      exclude: { path: "*\e[31m*" }
      time_zone: Europe/Berlin
      unit: api@1.service
      max_line_bytes: 4096
      max_ahead: 90s
  forecast:
    horizon: 2d
    min_requests: 2
    hold_hours: 3
    grace: 0s
    holidays: [2025-12-31, 1970-01-01]
    max_streams: 7
    max_dormant_streams: 70
  training:
    every: 1d
    penalty: balanced
    hidden: [64]
    learning_rate: 1e-3
    batch_size: 32
    epochs: 9
    patience: 3
    dropout: 0.25
    weight_decay: 1e-5
    clip_norm: null
    clip_value: .5
    history: 90d
    max_rows: 5000
    seed: 18446744073709551615
  alert:
    threshold: 0.9
    clear: 0.8
    lead: 2h..2d
    silence_bits: 12.5
    surprise_bits: 6
    miss_cost: 20
    stalled_bits: 30
    start_unit: wake@%i.service
    exec: [/usr/bin/notify, a b, $HOME]
    exec_timeout: 5m
    webhook: https://example.org/hook?a=b
    webhook_secret: webhook-secret
    false_alarm_cost: .5
    cooldown: 2h..2d
    budget_per_day: 0.5
    quiet_hours: [22:00-07:00, "12:30-13:00"]
    mute_until: 1970-01-02T18:00Z
    overrides: [{ stream: 'api:/v?/*', threshold: costs, miss_cost: 3, quiet_hours: [] }]
  state: /srv/state.sqlite
  status: status.json
  status_mode: 0640
  status_group: adm
  """#
