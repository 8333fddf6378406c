import Foundation
import Glibc
import Reporting
import TestSupport
import Testing

/// More streams than the status shows, or than the settings allow.
@Suite struct ManyStreamsTests {
  /// Refused streams are reported as a problem to people and programs; the others continue.
  @Test func streamsBeyondTheLimitAreReported() throws {
    let bed = try DaemonBed()
    try bed.writeSettings(
      "forecast: { max_streams: 2, max_dormant_streams: 1 }\ntraining: { every: 7d }",
      key: "'{path}'")
    let line = try #require(DailyLog(days: 1, hoursFromNow: 4).lines.first)
    try bed.append((0..<5).map { line.replacing("/backup", with: "/\($0)") })
    let daemon = try bed.start()
    let words = "more streams than max_streams and max_dormant_streams (2 and 1): 2 requests"
    try daemon.wait(for: "the problem") {
      (try bed.status()?["problems"] as? [String])?.contains { $0.hasPrefix(words) } == true
    }
    #expect(
      daemon.errors.components(separatedBy: "Requests of new streams are not counted").count == 2)
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    let check = try Program.run(
      ["status", "--check", "--config", bed.settingsPath], in: bed.folder)
    #expect(check.status != 0 && check.output.contains("more streams than max_streams"))
  }

  /// Goal: the status stays short, and every stream can be queried. Method: 130 streams, of which one is active at the
  /// same hour of every day; the daemon's status has a hundred, that one among them, and totals of all; the commands
  /// find the others in the state.
  @Test func statusShowsAHundredAndFindsTheOthers() throws {
    let bed = try DaemonBed()
    try bed.writeSettings("training: { every: 7d }\nforecast: { grace: 0s }", key: "'{path}'")
    let daily = DailyLog(days: 10, hoursFromNow: 4)
    let first = try #require(daily.lines.first)
    let once = (0..<129).map { first.replacing("/backup", with: "/once\($0)") }
    try bed.append(once + daily.lines)
    let daemon = try bed.start()
    try daemon.wait(for: "a status with all streams") {
      let totals = try bed.status()?["totals"] as? [String: Any]
      return totals?["streams"] as? Int == 130
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)

    let status = try #require(try bed.status())
    let violations = try JSONSchema.status.violations(of: status)
    #expect(violations == [])
    let names = try #require(status["streams"] as? [[String: Any]]).compactMap {
      $0["name"] as? String
    }
    #expect(names.count == 100 && names == names.sorted() && names.contains("web:/backup"))
    let hidden = try #require((0..<129).map { "web:/once\($0)" }.first { !names.contains($0) })

    let place = ["--config", bed.settingsPath]
    let shown = try Program.run(["status"] + place, in: bed.folder)
    #expect(shown.output.contains("\n30 more streams: "))
    let one = try Program.run(["status", "--stream", hidden] + place, in: bed.folder)
    #expect(one.status == 0 && one.output.contains("\nstream \(hidden): last request "))
    #expect(!one.output.contains("stream web:/backup:"))
    let all = try Program.run(["status", "--all", "--json"] + place, in: bed.folder)
    let every = try JSONSerialization.jsonObject(with: Data(all.output.utf8)) as? [String: Any]
    #expect((every?["streams"] as? [Any])?.count == 130)
    let forecast = try Program.run(["forecast", "--stream", hidden] + place, in: bed.folder)
    #expect(forecast.status == 0 && forecast.output.hasPrefix(hidden))
    let unknown = try Program.run(["status", "--stream", "web:/no"] + place, in: bed.folder)
    #expect(unknown.status != 0 && unknown.errors.contains("found no stream 'web:/no'"))
  }
}
