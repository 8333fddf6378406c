import Foundation
import Glibc
import Interchange
import Reporting
import Settings
import TestSupport
import Testing

/// `harbinger status` for monitoring systems, on status files made for the test.
@Suite struct StatusCommandTests {
  @Test func describedStatusIsValid() throws {
    #expect(try JSONSchema.status.violations(of: asRead(Self.status())) == [])
  }

  @Test func schemaSeesWhatIsMissingWrongOrUnknown() throws {
    var status = Self.status()
    status["pid"] = nil
    status["uptime_seconds"] = -1
    status["surprise"] = true
    #expect(
      try JSONSchema.status.violations(of: asRead(status)) == [
        "$: no pid", "$.surprise is not described", "$.uptime_seconds: -1.0",
      ])
  }

  @Test func wellServiceIsOkWithItsFigures() throws {
    let (code, text) = try run("--check", Self.status())
    #expect(code == 0)
    #expect(text.hasPrefix("HARBINGER OK - 3 streams, 2 training runs"))
    #expect(text.contains(" | age="))
    #expect(text.contains("lines=40c"))
  }

  @Test func troubleIsCritical() throws {
    let (code, text) = try run("--check", Self.status(problems: ["disk | full\nnow"]))
    #expect(code == 2)
    #expect(text.hasPrefix(#"HARBINGER CRITICAL - disk / full\nnow"#))
  }

  @Test func statusOfADaemonThatIsGoneIsCritical() throws {
    let (code, text) = try run("--check", Self.status(writtenSecondsAgo: 3 * 3600))
    #expect(code == 2)
    #expect(text.contains("180 minutes ago"))

    // Its status file stays where no service manager removes it.
    var status = Self.status()
    status["pid"] = Int(pid_t.max)
    let killed = try run("--check", status)
    #expect(killed.code == 2 && killed.text.contains("process \(pid_t.max) is gone"))
  }

  @Test func sourceThatIsMostlyRejectedIsAWarning() throws {
    let recent = "22 of the last 40 lines are rejected"
    let (code, text) = try run("--check", Self.status(sourceProblems: [recent]))
    #expect(code == 1)
    #expect(text.contains("backup: \(recent)"))
    // A problem of so long ago is over.
    #expect(try run("--check", Self.status(rejected: 21)).code == 0)
  }

  @Test func stalledSourceIsAWarning() throws {
    let (code, text) = try run("--check", Self.status(stalled: true))
    #expect(code == 1)
    #expect(text.contains("backup: no lines for 26 hours although requests were expected"))
    let metrics = try run("--metrics", Self.status(stalled: true)).text
    #expect(metrics.contains(#"harbinger_source_stalled{source="backup"} 1.0"#))
  }

  @Test func degradedModelIsAWarning() throws {
    let (code, text) = try run("--check", Self.status(degraded: true))
    #expect(code == 1)
    #expect(text.contains("the network forecasts worse than the baselines"))
    let metrics = try run("--metrics", Self.status(degraded: true)).text
    #expect(metrics.contains("harbinger_model_degraded 1.0"))
  }

  @Test func failedActionIsAWarning() throws {
    let (code, text) = try run("--check", Self.status(failures: ["exec": "it ended with 3"]))
    #expect(code == 1)
    #expect(text.contains("exec failed: it ended with 3"))
  }

  @Test(arguments: ["", "{}", "no JSON"])
  func unreadableStatusIsUnknown(text: String) throws {
    #expect(try run("--check", bytes: Data(text.utf8)).code == 3)
  }

  @Test func absentStatusIsUnknown() throws {
    let output = try SystemdTestbed.run([
      SystemdTestbed.binary, "status", "--check", "--file", "/no/such/file",
    ])
    #expect(output.status == 3)
    #expect(output.text.hasPrefix("HARBINGER UNKNOWN - /no/such/file is not there"))
  }

  @Test func metricsTellEachSourceAndStream() throws {
    let (code, text) = try run("--metrics", Self.status(rejected: 3))
    #expect(code == 0)
    for line in [
      #"harbinger_source_lines_total{source="backup"} 40.0"#,
      #"harbinger_source_rejected_lines_total{source="backup",reason="invalid time"} 3.0"#,
      #"harbinger_stream_active_probability_ratio{stream="backup",lead_hours="1"} 0.25"#,
      "# TYPE harbinger_training_runs_total counter",
      #"harbinger_stream_warning_recall_ratio{stream="backup"} 0.5"#,
      "harbinger_streams 3.0", "# TYPE harbinger_next_hour_probability histogram",
      #"harbinger_next_hour_probability_bucket{le="0.1"} 2.0"#,
      #"harbinger_next_hour_probability_bucket{le="+Inf"} 3.0"#,
      "harbinger_next_hour_probability_sum 0.4", "harbinger_next_hour_probability_count 3.0",
    ] { #expect(text.split(separator: "\n").contains(Substring(line))) }
  }

  @Test func thresholdsAreATableWithTheCheapestMarked() throws {
    let (code, text) = try run("--thresholds", Self.status(), columns: 120)
    #expect(code == 0)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 4 && lines[1].hasSuffix("least cost") && lines[3].hasSuffix("in use"))
    #expect(lines[1].contains("0.80") && lines[1].contains("5.0"))
  }

  @Test func whileOldLinesAreReadTheStatusSaysHowFar() throws {
    var status = Self.status()
    var sources = try #require(status["sources"] as? [[String: Any]])
    sources[0]["catch_up"] = [
      "total_bytes": 120_000_000, "read_bytes": 75_600_000, "seconds_left": 240,
    ]
    status["sources"] = sources
    let lines = try run("--config=/no/such", status).text.split(separator: "\n")
    #expect(
      lines.contains("  63 % of 120 MB of old lines are read, about 4 min to go"), "\(lines)")
    // A log that is written faster than it is read may be behind by minutes.
    #expect(!lines.contains { $0.contains("of today") })
    status["catch_up"] = [
      "closed_up_to": "2025-07-18T06:00:00Z", "total_hours": 8_000, "closed_hours": 4_088,
    ]
    #expect(try JSONSchema.status.violations(of: asRead(status)) == [])
    try #expect(
      run("--check", status).text.contains("; catching up with old lines: hours are learned from"))
    try #expect(run("--metrics", status).text.contains("\nharbinger_behind_seconds 14083200.0\n"))
    let behind = try run("--config=/no/such", status).text.split(separator: "\n")
    #expect(
      behind.dropFirst().prefix(2) == [
        "CATCHING UP with old lines: hours are learned from up to Fri 2025-07-18 06:00 UTC, 3912 hours to go.",
        "  Until then nothing that is shown here is of today.",
      ], "\(behind)")
  }

  /// Goal: counts read as sentences, with none and with one too.
  @Test(arguments: [
    (
      alerts: 5, wrong: 1, starts: 8, warned: 4,
      said: "4 of 5 warnings were right; 4 of 8 starts were announced"
    ),
    (
      alerts: 1, wrong: 0, starts: 2, warned: 1,
      said: "1 of 1 warning was right; 1 of 2 starts was announced"
    ),
    (alerts: 0, wrong: 0, starts: 2, warned: 0, said: "no warning; 0 of 2 starts were announced"),
    (alerts: 3, wrong: 3, starts: 0, warned: 0, said: "0 of 3 warnings were right"),
  ])
  func whatWasRightIsASentence(
    alerts: Int, wrong: Int, starts: Int, warned: Int, said: String
  ) throws {
    var status = Self.status()
    var streams = try #require(status["streams"] as? [[String: Any]])
    var upcoming = try #require(streams[0]["upcoming"] as? [String: Any])
    upcoming["alerts"] = alerts
    upcoming["false_alarms"] = wrong
    upcoming["hits"] = alerts - wrong
    upcoming["episodes"] = starts
    upcoming["warned"] = warned
    streams[0]["upcoming"] = upcoming
    status["streams"] = streams
    let text = try run("--config=/no/such", status, columns: 200).text
    #expect(
      text.contains("\n  in 13 weeks \(said); 2 warnings suppressed (threshold 50 %)\n"), "\(text)")
  }

  /// Goal: times with weekday, in the zone of the stream, and no line wider than a terminal.
  @Test func timesHaveWeekdayAndZone() throws {
    var status = Self.status(stream: String(repeating: "long ", count: 30))
    var streams = try #require(status["streams"] as? [[String: Any]])
    streams[0]["time_zone"] = "Asia/Kolkata"
    status["streams"] = streams
    let text = try run("--config=/no/such", status, columns: 80).text
    #expect(text.contains("newest record Sun 2026-11-22 19:00 UTC"), "\(text)")
    #expect(text.contains("last request Mon 2026-11-23 00:30 IST"))
    #expect(text.contains("most likely: Mon 2026-11-23 00:30 IST (25 %)"))
    #expect(text.contains("training: 2 runs, 1 with a better network"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  /// A metric that is renamed would leave an alert that never fires and a panel that stays empty.
  @Test(arguments: ["grafana-dashboard.json", "prometheus-alerts.yaml"])
  func shippedExpressionsUseMetricsThatAreWritten(file: String) throws {
    let url = Checkout.root.appending(path: "deploy/examples/\(file)")
    let text = try String(contentsOf: url, encoding: .utf8)
    let used = Set(text.matches(of: /\bharbinger_\w+/).map { String($0.output) })
    let metrics = try run("--metrics", Self.status(rejected: 3)).text
    let written = metrics.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
      .map { String($0.split(separator: " ")[2]) }
    #expect(used.count > 5 && used.subtracting(written) == [])
    if file.hasSuffix("json") { _ = try JSONSerialization.jsonObject(with: Data(text.utf8)) }
  }

  @Test(.enabled(if: SystemdTestbed.has("promtool"), "needs promtool, of the package prometheus"))
  func prometheusFindsNothingToSayAgainstTheMetrics() throws {
    let metrics = try run("--metrics", Self.status(stream: "a\"\\b\nc", rejected: 3)).text
    let folder = try TemporaryFolder()
    try folder.write(metrics, to: "metrics")
    let check = try SystemdTestbed.run([
      "/bin/sh", "-c", "promtool check metrics <'\(folder.path("metrics"))' 2>&1",
    ])
    #expect(check.status == 0 && check.text == "")
    let rules = Checkout.root.appending(path: "deploy/examples/prometheus-alerts.yaml").path
    let ruled = try SystemdTestbed.run(["/usr/bin/env", "promtool", "check", "rules", rules])
    #expect(ruled.status == 0, "\(ruled.text)")
  }

  @Test func hostileNameStaysInItsLabel() throws {
    let (_, text) = try run("--metrics", Self.status(stream: "a\"} 1\nforged 0\\"))
    #expect(text.contains(#"{stream="a\"} 1\nforged 0\\",lead_hours="1"}"#))
    #expect(!text.contains("\nforged"))
  }

  // MARK: - A status

  private func asRead(_ status: [String: Any]) throws -> Any {
    try JSONSerialization.jsonObject(with: JSONSerialization.data(withJSONObject: status))
  }

  private func run(
    _ flag: String, _ status: [String: Any], columns: Int? = nil
  ) throws -> (code: Int32, text: String) {
    try run(flag, bytes: try JSONSerialization.data(withJSONObject: status), columns: columns)
  }

  private func run(
    _ flag: String, bytes: Data, columns: Int? = nil
  ) throws -> (code: Int32, text: String) {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try bytes.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let output = try SystemdTestbed.run(
      ["/usr/bin/env"] + (columns.map { ["COLUMNS=\($0)"] } ?? [])
        + [SystemdTestbed.binary, "status", flag, "--file", file.path])
    return (output.status, output.text)
  }

  private static func status(
    stream: String = "backup", rejected: Int = 0, problems: [String] = [],
    sourceProblems: [String] = [], writtenSecondsAgo: Double = 0, stalled: Bool = false,
    degraded: Bool = false,
    failures: [String: String] = [:]
  ) -> [String: Any] {
    let time = "2026-11-22T19:00:37Z"
    let rejections: [String: Any] =
      rejected == 0 ? [:] : ["invalid time": ["count": rejected, "latest": "x"]]
    let source: [String: Any] = [
      "name": "backup", "file": "/var/log/access.log", "present_files": 1, "lag_bytes": 0,
      "lines": 40, "counted": 40 - rejected, "filtered": 0, "overflow": 0, "rejected": rejections,
      "newest_record": time, "silent_hours": stalled ? 26 : 0,
      "silence_bits": stalled ? 25.5 : 0.0, "is_stalled": stalled, "problems": sourceProblems,
    ]
    let forecast: [String: Any] = ["hour": time, "probability": 0.25, "score": 0.5]
    let score: [String: Any] = [
      "lead_hours": 1, "log_loss": 0.1, "brier_score": 0.01, "active_share": 0.04,
      "skill": ["base rate": 0.3],
    ]
    let warnings: [String: Any] = [
      "threshold": 0.5, "alerts": 5, "hits": 4, "false_alarms": 1, "suppressed": 2, "episodes": 8,
      "warned": 4, "precision": 0.8, "recall": 0.5, "cost": 5.0,
    ]
    let watched: [String: Any] = [
      "name": stream, "last_request": time, "current_hour": "2026-11-23T19:00:00Z",
      "current_hour_requests": 0, "next": [forecast], "scores": [score],
      "weights": ["network": 1.0], "upcoming": warnings, "thresholds": [warnings, warnings],
    ]
    let totals: [String: Any] = [
      "streams": 3, "likely_streams": 1,
      "next_hour": [["at_most": 0.1, "streams": 2], ["at_most": 1, "streams": 1]],
      "next_hour_sum": 0.4, "alerts": 5, "hits": 4, "false_alarms": 1, "episodes": 8, "warned": 4,
    ]
    return [
      "schema": 1, "version": "1.0", "pid": getpid(),
      "written": Date(timeIntervalSinceNow: -writtenSecondsAgo).formatted(.iso8601),
      "uptime_seconds": 60, "sources": [source], "streams": [watched],
      "totals": totals, "dormant_streams": 0, "skipped_hours": 0,
      "training": [
        "runs": 2, "adopted": 1, "is_running": false, "is_degraded": degraded, "recent_skill": 0.2,
      ] as [String: Any],
      "actions": [
        "done": 1, "failed": 2, "dropped": 0, "waiting": 0, "running": 0, "failures": failures,
      ] as [String: Any],
      "state_path": "/var/lib/harbinger/harbinger.sqlite", "state_bytes": 4096,
      "resident_bytes": 30_000_000, "problems": problems,
    ]
  }
}
