import Foundation
import Settings
import TestSupport
import Testing

@Test func everythingWrongIsReportedAtOnce() {
  let sentences = complaints(
    about: """
      sources:
        - name: web
          files: /var/log/a.log
          formt: json
        - name: web
          files: [/var/log/b.log, "/var/log/[b.log"]
          max_ahead: 5 minutes
        - files: 12h
          name: a b
      alert:
        threshold: lots
        threshold: 0.5
        lead: 1h..90m
      trainig:
        every: 6h
      """)
  #expect(
    sentences == [
      "h.yaml:4:5: sources[0].formt: found an unknown key, expected one of name, files, journal, "
        + "kafka, socket, socket_mode, start, format, pattern, columns, separator, time, unmatched, key, include, exclude, time_zone, unit, max_line_bytes, max_ahead "
        + "(did you mean format?)",
      "h.yaml:5:11: sources[1].name: found 'web' again, expected a name of its own "
        + "(sources[0] has this one)",
      "h.yaml:6:29: sources[1].files[1]: found the text '/var/log/[b.log', expected a path, or a "
        + "pattern such as /var/log/nginx/*.log",
      "h.yaml:7:16: sources[1].max_ahead: found '5 minutes', expected a duration from 0s to 168h, "
        + "such as 90s, 15m, 6h or 7d",
      "h.yaml:9:11: sources[2].name: found 'a b', expected a name of at most 64 letters, digits, "
        + "'.', '_' and '-'",
      "h.yaml:12:3: alert.threshold: found the key a second time, expected it once "
        + "(line 11 has it already)",
      "h.yaml:13:9: alert.lead: found '1h..90m', expected two durations in whole hours from 1h to "
        + "168h, such as 1h..6h",
      "h.yaml:14:1: trainig: found an unknown key, expected one of sources, forecast, training, "
        + "alert, retention, state, status, status_mode, status_group (did you mean training?)",
    ])
}

@Test(arguments: [
  (
    "alert: { threshold: lots }",
    "2:21: alert.threshold: found 'lots', expected a number from 0 to 1, costs or budget"
  ),
  (
    "alert: { threshold: 1.5 }",
    "2:21: alert.threshold: found '1.5', expected a number from 0 to 1, costs or budget"
  ),
  (
    "alert: { threshold: nan }",
    "2:21: alert.threshold: found 'nan', expected a number from 0 to 1, costs or budget"
  ),
  (
    "alert: { threshold: 0x1p-1 }",
    "2:21: alert.threshold: found '0x1p-1', expected a number from 0 to 1, costs or budget"
  ),
  (
    "alert: { threshold: '0.5' }",
    "2:21: alert.threshold: found the text '0.5', expected a number from 0 to 1, costs or budget"
  ),
  (
    "alert: { threshold: }",
    "2:21: alert.threshold: found nothing, expected a number from 0 to 1, costs or budget"
  ),
  (
    "alert: { threshold: [1] }",
    "2:21: alert.threshold: found a list of 1, expected a number from 0 to 1, costs or budget"
  ),
  (
    "alert: 0.5",
    "2:8: alert: found '0.5', expected a section of the keys threshold, clear, miss_cost, false_alarm_cost, lead, silence_bits, surprise_bits, evidence_active_hours, evidence_days, stalled_bits, cooldown, budget_per_day, quiet_hours, mute_until, overrides, start_unit, exec, exec_timeout, webhook, webhook_secret"
  ),
  (
    "alert: { clear: 0.6 }",
    "2:17: alert.clear: found a clear of 0.6 above the threshold of 0.5, expected a clear that is at most the threshold"
  ),
  (
    "alert: { lead: 1h..25h }",
    "2:16: alert.lead: found a lead of up to 25h beyond the horizon of 24h, expected a lead within the horizon"
  ),
  (
    "alert: { threshold: budget }",
    "2:21: alert.threshold: found a threshold by a budget, and no budget, expected a number of alerts"
  ),
  (
    "alert: { quiet_hours: [22:00-7:00] }",
    "2:24: alert.quiet_hours[0]: found '22:00-7:00', expected a part of the day such as 22:00-07:00"
  ),
  (
    "alert: { quiet_hours: [22:00-24:00] }",
    "2:24: alert.quiet_hours[0]: found '22:00-24:00', expected a part of the day such as 22:00-07:00"
  ),
  (
    "alert: { mute_until: tomorrow }",
    "2:22: alert.mute_until: found 'tomorrow', expected a time in UTC such as 2026-12-24T18:00Z"
  ),
  (
    "alert: { overrides: [{ threshold: 0.8 }] }",
    "2:22: alert.overrides[0].stream: found nothing, expected every override to have it"
  ),
  (
    "alert: { overrides: [{ stream: a, clear: 0.6 }] }",
    "2:42: alert.overrides[0].clear: found a clear of 0.6 above the threshold of 0.5, expected a clear that is at most the threshold"
  ),
  (
    "alert: { start_unit: wake@%i }",
    "2:22: alert.start_unit: found 'wake@%i', expected a systemd unit such as wake@%i.service"
  ),
  (
    "alert: { webhook: ftp://a }",
    "2:19: alert.webhook: found 'ftp://a', expected an address such as https://example.org/hook"
  ),
  (
    "alert: { lead: 6h..1h }",
    "2:16: alert.lead: found '6h..1h', expected two durations in whole hours from 1h to 168h, such as 1h..6h"
  ),
  (
    "training: { seed: -1 }",
    "2:19: training.seed: found '-1', expected a whole number from 0 to 18446744073709551615"
  ),
  (
    "training: { penalty: ballanced }",
    "2:22: training.penalty: found 'ballanced', expected a number from 0.01 to 10000, or balanced"
  ),
  (
    "training: { every: 90m }",
    "2:20: training.every: found '90m', expected a duration from 1h to 720h in whole hours, such as 90s, 15m, 6h or 7d"
  ),
  (
    "training: { every: 999999999999d }",
    "2:20: training.every: found '999999999999d', expected a duration from 1h to 720h in whole hours, such as 90s, 15m, 6h or 7d"
  ),
  (
    "training: { hidden: [100, many] }",
    "2:27: training.hidden[1]: found 'many', expected a whole number from 1 to 1024"
  ),
  (
    "training: { hidden: [] }",
    "2:21: training.hidden: found an empty list, expected a list of 1 to 5 values"
  ),
  (
    "forecast: { holidays: [2026-02-30] }",
    "2:24: forecast.holidays[0]: found '2026-02-30', expected a date such as 2026-12-25"
  ),
  ("state: ~/h.sqlite", "2:8: state: found '~/h.sqlite', expected a path"),
  ("state: \"a\\0b\"", "2:8: state: found the text 'a\\x00b', expected a path"),
  (
    "\"al\\eert\": 1",
    "2:1: al\\x1bert: found an unknown key, expected one of sources, forecast, training, alert, retention, state, status, status_mode, status_group (did you mean alert?)"
  ),
  ("? [a, b]\n: 1", "2:3: found a list of 2, expected the name of a key"),
]) func mistakeIsOneSentence(yaml: String, sentence: String) {
  #expect(complaints(about: oneSource + yaml) == ["h.yaml:\(sentence)"])
}

@Test(arguments: [
  ("start: middle", "12: sources[0].start: found 'middle', expected one of beginning, end"),
  (
    "format: clf",
    "13: sources[0].format: found 'clf', expected one of vhost_combined, combined, common, aws_alb, aws_elb, haproxy, squid, cri, docker, json, journal, syslog5424, w3c, swf, csv, tsv, syslog, logfmt, epoch, nginx, apache, regex"
  ),
  ("format: regex", "5: sources[0].pattern: found nothing, expected it with the format regex"),
  (
    "pattern: a",
    "14: sources[0].pattern: found a value, expected none with the format combined, which settles it"
  ),
  (
    "format: tsv\n    separator: ';'",
    "16: sources[0].separator: found a value, expected none with the format tsv, which settles it"
  ),
  (
    "format: csv\n    columns: [host]",
    "5: sources[0].time.field: found 'time', expected one of the columns host"
  ),
  (
    "format: regex\n    pattern: '(a'",
    "14: sources[0].pattern: found '(a', expected a regular expression (at byte 2: missing closing parenthesis)"
  ),
  (
    "format: regex\n    pattern: (a)",
    "5: sources[0].time.field: found 'time', expected a pattern with named groups, such as (?<time>…)"
  ),
  (
    "key: '{host'",
    "10: sources[0].key: found '{host', expected field names in braces, such as {host}{path}"
  ),
  (
    "include: { hots: a }",
    "22: sources[0].include.hots: found 'hots', expected one of host, ident, user, time, request, method, path, query, protocol, status, bytes, referer, agent"
  ),
  (
    "exclude: { path: { a: b } }",
    "22: sources[0].exclude.path: found a section, expected a list of 1 to 1000 values"
  ),
  (
    "time_zone: Berlin",
    "16: sources[0].time_zone: found 'Berlin', expected a time zone that this machine knows, such as Europe/Berlin"
  ),
  (
    "unit: nginx",
    "11: sources[0].unit: found 'nginx', expected a systemd unit such as nginx.service"
  ),
]) func mistakeInASourceIsOneSentence(yaml: String, sentence: String) {
  let file = "sources:\n  - name: a\n    files: /a\n    \(yaml)"
  let line = sentence.hasPrefix("5:") ? 2 : 3 + yaml.split(separator: "\n").count
  #expect(complaints(about: file) == ["h.yaml:\(line):\(sentence)"])
}

@Test(arguments: [
  ("socket: /s", "1:41: sources[0].socket: found a value, expected none beside files"),
  ("journal: {}", "1:42: sources[0].journal: found a value, expected none beside files"),
  ("files: null, socket: s.sock", nil),
  ("files: null, journal: { unit: a.service, _UID: [0, 33], directory: /j }", nil),
  (
    "files: null, journal: { uid: 0 }",
    "1:46: sources[0].journal: found 'uid', expected unit, identifier, directory or a field of the journal, such as _UID"
  ),
  (
    "files: null, journal: nginx",
    "1:44: sources[0].journal: found 'nginx', expected fields and their values, such as { unit: nginx.service }"
  ),
  (
    "files: ['-', /a]",
    "1:29: sources[0].files: found '-' among others, expected '-' by itself, or files"
  ),
  (
    "files: null, socket: /s, socket_mode: 0999",
    "1:60: sources[0].socket_mode: found '0999', expected a mode such as 0660"
  ),
  (
    "files: null, socket: \"/\(String(repeating: "s", count: 107))\"",
    "1:43: sources[0].socket: found a path of 108 bytes, expected one of at most 107, as the kernel wants for a socket"
  ),
]) func originsExcludeEachOther(yaml: String, sentence: String?) {
  let files = yaml.hasPrefix("files") ? "" : "files: /a, "
  let found = complaints(about: "sources: [{ name: a, \(files)\(yaml) }]")
  #expect(found == (sentence.map { ["h.yaml:\($0)"] } ?? []))
}

@Test func whatCanBeReadOnceIsReadByOne() {
  #expect(
    complaints(
      about: """
        sources:
          - { name: a, files: '-' }
          - { name: b, files: '-' }
          - { name: c, socket: /s }
          - { name: d, socket: /s }
        """) == [
        "h.yaml:3:23: sources[1].files: found what another source has, expected one of its own, as "
          + "it can be read only once",
        "h.yaml:5:24: sources[3].socket: found what another source has, expected one of its own, "
          + "as it can be read only once",
      ])
}

@Test func layoutIsJudgedByTheParser() throws {
  let sentence = try #require(
    complaints(about: "sources: [{ name: a, files: /a, format: json, time: { layout: '%Q' } }]")
      .first)
  #expect(sentence.hasPrefix("h.yaml:1:63: sources[0].time.layout: found '%Q', expected "))
}

@Test(arguments: [
  ("", "sources: found nothing, expected a list of 1 to 1000 sections"),
  ("sources: []", "1:10: sources: found an empty list, expected a list of 1 to 1000 sections"),
  (
    "sources: [{ name: a }]",
    "1:11: sources[0].files: found nothing, expected every source to have it, or journal or kafka or socket"
  ),
  (
    "- a",
    "1:1: found a list of 1, expected a section of the keys sources, forecast, training, alert, retention, state, status, status_mode, status_group"
  ),
  (
    "alert: {\n",
    "2:1: found what is not YAML (did not find expected node content while parsing a flow node), expected YAML"
  ),
  (
    "alert: a: b",
    "1:9: found what is not YAML (mapping values are not allowed in this context), expected YAML"
  ),
  (
    "alert:\n\tthreshold: 1",
    "2:1: found what is not YAML (found character that cannot start any token while scanning for the next token), expected YAML"
  ),
  (
    "a: 1\n---\na: 2",
    "2:1: found what is not YAML (but found another document expected a single document in the stream), expected YAML"
  ),
  (
    "alert: &a { threshold: 0.5 }",
    "1:8: found an anchor, expected none: what is meant is written out"
  ),
  ("alert: *a", "1:8: found what is not YAML (found undefined alias), expected YAML"),
  ("# \u{7}", "1:3: found what is not YAML (control characters are not allowed), expected YAML"),
]) func fileThatIsNoSettingsIsOneSentence(yaml: String, sentence: String) {
  #expect(complaints(about: yaml).first?.hasSuffix(sentence) == true, "\(complaints(about: yaml))")
}

@Test func bytesThatAreNotUTF8AreRefused() {
  #expect(
    complaints(about: Array("a: 1\nb: ".utf8) + [0xff])
      == ["h.yaml:2:1: found bytes that are not UTF-8, expected a text in UTF-8"])
}

@Test func hugeFileIsRefused() {
  #expect(
    complaints(about: [UInt8](repeating: 10, count: 262_145))
      == ["h.yaml: found a longer file, expected at most 262144 bytes"])
}

@Test func aliasBombIsRefused() {
  var bomb = "? &a0 [x, x, x, x, x, x, x, x, x]\n: 1\n"
  for level in 1...40 {
    let alias = "*a\(level - 1)"
    bomb += "? &a\(level) [\([String](repeating: alias, count: 9).joined(separator: ", "))]\n: 1\n"
  }
  #expect(
    complaints(about: bomb) == [
      "h.yaml: found many aliases, expected none: what is meant is written out"
    ])
}

@Test func deepNestingIsRefused() {
  let deep = String(repeating: "[", count: 100_000)
  #expect(complaints(about: deep).count == 1)
}

@Test func anyNumberOfRepeatedKeysIsReported() {
  let sentences = complaints(about: oneSource + String(repeating: "alert: {}\n", count: 30))
  #expect(sentences == ["h.yaml:22:1: found what is not YAML (many repeated keys), expected YAML"])
}

@Test func quotedKeyIsRepeatedToo() {
  #expect(
    complaints(about: oneSource + "'alert': {}\n\"alert\": {}") == [
      "h.yaml:3:1: alert: found the key a second time, expected it once (line 2 has it already)"
    ])
}

@Test(arguments: [
  ("/nowhere/h.yaml", "found no such file, expected a readable settings file"),
  ("/", "found something that is no regular file, expected a readable settings file"),
  ("/dev/zero", "found something that is no regular file, expected a readable settings file"),
]) func fileThatCannotBeReadIsOneSentence(path: String, sentence: String) {
  #expect(throws: BadSettings.self) { try reader.read(path: path) }
  do throws(BadSettings) {
    _ = try reader.read(path: path)
  } catch {
    #expect(error.description == "\(path): \(sentence)")
  }
}

/// Goal: no file causes anything worse than an error message. Method: bytes of a good file are replaced, doubled and
/// removed by a seeded generator.
@Test func damagedFilesAreReadOrRefused() throws {
  var random = Chance(seed: 7)
  let good = Array(
    """
    sources:
      - name: web
        files: [/var/log/a.log, '/var/log/b?.log']
        include: { path: ["/a*", /b], method: POST }
        time: { layout: "%Y" }
    alert: { lead: 1h..6h, threshold: 0.5 }
    training: { hidden: [10, 10], penalty: 3 }
    """.utf8)
  let strange = Array("\n\t \"'&*!|>%@`{}[],:?-#\u{e9}\0\u{85}9azZ".utf8)
  for _ in 0..<5_000 {
    var bytes = good
    for _ in 0...random.next() % 4 {
      let index = Int(random.next() % UInt64(bytes.count))
      switch random.next() % 3 {
      case 0: bytes[index] = strange[Int(random.next() % UInt64(strange.count))]
      case 1: bytes.insert(strange[Int(random.next() % UInt64(strange.count))], at: index)
      default: bytes.removeSubrange(index..<min(bytes.count - 1, index + Int(random.next() % 9)))
      }
    }
    for sentence in complaints(about: bytes) {
      #expect(sentence.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }
  }
}
