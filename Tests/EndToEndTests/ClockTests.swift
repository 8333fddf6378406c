import Alerts
import Forecasting
import Foundation
import Glibc
import Monitoring
import Reporting
import Storage
import TestSupport
import Testing

/// Jumps of the clock, and what the operator sees of them.
@Suite(.serialized) struct ClockTests {
  private let bed: DaemonBed
  private let clock: SetClock

  init() throws {
    bed = try DaemonBed()
    clock = try SetClock(in: bed.folder)
    try bed.writeSettings(
      """
      training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
      forecast: { grace: 0s }
      alert: { threshold: 0.3, clear: 0.1 }
      """)
  }

  private func wait(forCount count: Int, _ daemon: RunningProgram) throws {
    try daemon.wait(for: "\(count) lines to be counted") {
      try StateFile(readingAt: bed.statePath).counts().values.reduce(0, +) == count
    }
  }

  /// The hours that were closed, in order.
  private func origins() throws -> [Int] {
    try StateFile(readingAt: bed.statePath).forecasts().map(\.hour)
  }

  private func presentHour() -> Int { Int(Date().timeIntervalSince1970 / 3600) }

  private func isUnbroken(_ hours: [Int]) -> Bool {
    zip(hours, hours.dropFirst()).allSatisfy { $1 == $0 + 1 }
  }

  /// Goal: if the clock is set an hour forward and back again, that is reported, and nothing is counted, closed or
  /// reported twice.
  @Test func anHourForwardAndBackIsReportedAndNothingIsTwice() throws {
    let daily = DailyLog(days: 40, hoursFromNow: 4)
    try bed.append(daily.lines)
    let daemon = try bed.start(environment: clock.environment)
    try wait(forCount: 40, daemon)
    try daemon.wait(for: "the alert") { daemon.errors.contains("is likely at") }

    try clock.set(forwardSeconds: 3600)
    try daemon.wait(for: "the clock to be noticed") {
      daemon.errors.contains("notice: The clock was set (HARBINGER_SET_SECONDS=3600)")
    }
    // By the clock that was set forward the present hour is over.
    let early = presentHour()
    try daemon.wait(for: "the hour to be closed") {
      try origins().last.map { $0 >= early } ?? false
    }
    try bed.append(Array(repeating: DailyLog.line(hoursAgo: -1), count: 5))
    try wait(forCount: 45, daemon)

    try clock.set()
    try daemon.wait(for: "the clock to be noticed again") {
      daemon.errors.contains("notice: The clock was set (HARBINGER_SET_SECONDS=-3600)")
    }
    try bed.append(DailyLog.now(count: 5))
    try wait(forCount: 50, daemon)

    try clock.set(forwardSeconds: 3 * 3600)
    try daemon.wait(for: "the next hours to be closed") {
      try origins().last.map { $0 >= early + 2 } ?? false
    }
    daemon.send(SIGUSR2)
    try daemon.wait(for: "a well status") {
      let status = try bed.status()
      return try (status?["problems"] as? [String]) == []
        && JSONSchema.status.violations(of: status ?? [:]) == []
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    #expect(try isUnbroken(origins()))
    let delivered = daemon.errors.matches(of: /HARBINGER_ALERT_ID=(\w+)/).map(\.1)
    #expect(!delivered.isEmpty && Set(delivered).count == delivered.count)
  }

  /// Goal: after a clock that was ten years ahead, only what was learned in those years is lost.
  @Test func aClockYearsAheadIsGotOver() throws {
    let lines = (1...240).reversed().map { DailyLog.line(hoursAgo: $0) }
    try bed.append(lines)
    let daemon = try bed.start(environment: clock.environment)
    try wait(forCount: 240, daemon)
    let decade: Int64 = 3650 * 86_400
    try clock.set(forwardSeconds: decade)
    // So long a silence is skipped: the stream waits for its next request.
    try daemon.wait(for: "the hours of then") {
      daemon.send(SIGUSR2)
      return (try bed.status()?["skipped_hours"] as? Int ?? 0) > 80_000
    }
    try clock.set()
    try daemon.wait(for: "the clock to be noticed") {
      daemon.errors.contains("The clock was set (HARBINGER_SET_SECONDS=-\(decade))")
    }
    try bed.append(DailyLog.now(count: 3))
    try wait(forCount: 243, daemon)
    daemon.send(SIGUSR2)
    let soon = Date().addingTimeInterval(2 * 86_400).formatted(.iso8601)
    try daemon.wait(for: "forecasts of these days") {
      let streams = try bed.status()?["streams"] as? [[String: Any]]
      let next = (streams?.first?["next"] as? [[String: Any]])?.last
      return (next?["hour"] as? String).map { $0 < soon } ?? false
    }
  }

  /// Goal: after a day's sleep of the machine the sleep is reported, but no silence and no stalled source. Method: a
  /// log with a request in each of 480 hours, so that a day without any is more than surprising.
  @Test func aDaySleptThroughIsReportedAndIsNoSilence() throws {
    try bed.append((1...480).reversed().map { DailyLog.line(hoursAgo: $0) })
    let daemon = try bed.start(environment: clock.environment)
    try wait(forCount: 480, daemon)
    try clock.set(asleepSeconds: 86_400)
    try daemon.wait(for: "the sleep to be noticed") {
      daemon.errors.contains("info: The machine was asleep (HARBINGER_ASLEEP_SECONDS=86400)")
    }
    let last = presentHour() + 23
    try daemon.wait(for: "its hours to be closed") {
      try origins().last.map { $0 >= last } ?? false
    }
    daemon.send(SIGUSR2)
    try daemon.wait(for: "a status of after it") {
      let sources = try bed.status()?["sources"] as? [[String: Any]]
      return (sources?.first?["silent_hours"] as? Int ?? 0) >= 23
        && sources?.first?["is_stalled"] as? Bool == false
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    #expect(try isUnbroken(origins()))
    #expect(
      !daemon.errors.contains(" did not come at ") && !daemon.errors.contains("No lines come"))
    #expect(!daemon.errors.contains("The clock was set"))
    let alerts = try StateFile(readingAt: bed.statePath).alerts()
    #expect(!alerts.contains { $0.alert.kind == .silence })
  }
}
