import Foundation
import Glibc
import Reporting
import TestSupport
import Testing

/// `harbinger forecast`, with a running daemon and with the state of a stopped one.
@Suite(.serialized) struct ForecastCommandTests {
  private let bed: DaemonBed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)
  private static let hostile = "/backup\u{1b}[31m\u{202e}x"
  private let stream = "web:" + hostile

  init() throws {
    bed = try DaemonBed()
    try bed.writeSettings(
      """
      training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
      forecast: { grace: 0s }
      alert: { threshold: 0.3, clear: 0.1 }
      """, key: "'{path}'", timeZone: "Asia/Kolkata")
    try bed.append(daily.lines.map { $0.replacing("/backup", with: Self.hostile) })
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program.run(["forecast"] + arguments, in: bed.folder)
  }

  private func objects(_ text: String) throws -> [[String: Any]] {
    try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] ?? []
  }

  /// Goal: status file and state give the same hours as the daemon's alerts; people see them in local time, and a
  /// stranger's name escaped.
  @Test func runningDaemonAndItsStateTellTheSame() throws {
    let daemon = try bed.start()
    try daemon.wait(for: "an alert") { daemon.errors.contains("is likely at") }
    daemon.send(SIGUSR2)
    try daemon.wait(for: "a status with forecasts") {
      let streams = try bed.status()?["streams"] as? [[String: Any]]
      return (streams?.first?["next"] as? [Any])?.count == 24
    }
    let live = try run("--config", bed.settingsPath, "--json")
    #expect(live.status == 0, "\(live.errors)")
    let shown = try run("--config", bed.settingsPath, "--stream", stream)
    // The name as it is shown is a name, too.
    let escaped = #"web:/backup\x1b[31m\u{202e}x"#
    let copied = try run("--config", bed.settingsPath, "--stream", escaped)
    #expect(copied.status == 0 && copied.output == shown.output)
    let status = try Program.run(
      ["status", "--config", bed.settingsPath, "--stream", escaped], in: bed.folder)
    #expect(status.status == 0 && status.output.contains("stream \(escaped): "))
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)

    let streams = try #require(try bed.status()?["streams"] as? [[String: Any]])
    let next = try #require(streams.first?["next"] as? [[String: Any]])
    let told = try #require(try objects(live.output).first)
    #expect(told["stream"] as? String == stream && told["time_zone"] as? String == "Asia/Kolkata")
    #expect(told["threshold"] as? Double == 0.3 && told["is_stale"] as? Bool == false)
    let hours = try #require(told["hours"] as? [[String: Any]])
    #expect(hours.map { $0["hour"] as? String } == next.map { $0["hour"] as? String })
    #expect(hours.map { $0["probability"] as? Double } == next.map { $0["probability"] as? Double })
    #expect(hours.contains { $0["is_likely"] as? Bool == true })
    #expect(hours.allSatisfy { ($0["local_time"] as? String)?.hasSuffix(":30 IST") == true })

    // No settings are needed for it.
    let stored = try #require(try objects(run("--state", bed.statePath, "--json").output).first)
    for key in ["stream", "time_zone", "made_at", "threshold"] {
      #expect("\(stored[key] ?? "")" == "\(told[key] ?? "")")
    }
    let storedHours = try #require(stored["hours"] as? [[String: Any]])
    #expect(storedHours.count == hours.count)
    for (stored, told) in zip(storedHours, hours) {
      for key in ["hour", "local_time", "is_likely"] {
        #expect("\(stored[key] ?? "")" == "\(told[key] ?? "")")
      }
      // Stored to four digits.
      let probability = try #require(told["probability"] as? Double)
      #expect(abs((stored["probability"] as? Double ?? .nan) - probability) < 1e-3 * probability)
    }
    #expect((stored["evidence"] as? NSDictionary) == (told["evidence"] as? NSDictionary))

    let lines = shown.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix(#"web:/backup\x1b[31m"#) == true)
    #expect(lines.first?.hasSuffix(" IST") == true)
    #expect(lines.contains { $0.hasPrefix("An alert is due where the threshold of 30 %") })
    #expect(!shown.output.contains("\u{1b}") && !shown.output.contains("\u{202e}"))
    #expect(!shown.output.contains("STALE"))
    // The tests run without a locale.
    #expect(shown.output.utf8.allSatisfy { $0 < 0x80 })

    // After a reboot the status file does not exist; the state answers then.
    try FileManager.default.removeItem(atPath: bed.statusPath)
    let rest = try run("--config", bed.settingsPath, "--hours", "3", "--json")
    let nearest = try objects(rest.output).first?["hours"] as? [Any]
    #expect(nearest?.count == 3)
  }

  @Test func forecastOfAnOldLogSaysSo() throws {
    let lines = DailyLog(days: 10, hoursFromNow: -200).lines
    try bed.folder.write(lines.joined(separator: "\n") + "\n", to: "old.log")
    let replay = try Program.run(
      ["replay", "--state", bed.statePath, "--format", "combined", "old.log"], in: bed.folder)
    #expect(replay.status == 0, "\(replay.errors)")
    let said = try run("--state", bed.statePath)
    #expect(said.output.contains("STALE: it was made at "))
    #expect(
      try objects(run("--state", bed.statePath, "--json").output)[0]["is_stale"] as? Bool == true)
  }

  @Test func whatIsNotThereIsOneSentence() throws {
    let absent = try run("--state", "/no/such.sqlite")
    #expect(absent.status == 66 && absent.errors.contains("/no/such.sqlite is not there"))
    let replay = try Program.run(
      ["replay", "--state", bed.statePath, "--format", "combined", bed.logPath], in: bed.folder)
    #expect(replay.status == 0, "\(replay.errors)")
    let unknown = try run("--state", bed.statePath, "--stream", "nobody\u{1b}[1m")
    #expect(unknown.status == 66 && unknown.output == "")
    #expect(unknown.errors == "found no stream 'nobody\\x1b[1m', expected one of: log\n")
    let hours = try run("--state", bed.statePath, "--hours", "0")
    #expect(hours.status == 64 && hours.errors.contains("--hours: found 0, expected"))
  }
}
