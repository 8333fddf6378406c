import Foundation
import Glibc
import TestSupport
import Testing

/// Notifications to the service manager during long work.
struct LifeSignsTests {
  /// Goal: reading a large state does not look like a stuck daemon, at a start and at a reload. Method: with a watchdog
  /// that is always due, each of thirty streams causes a notification.
  @Test func theServiceManagerHearsThatAStateIsRead() throws {
    let manager = try NotifySocket("reading")
    let bed = try DaemonBed()
    try bed.writeSettings(key: "'{path}'")
    let daily = DailyLog(days: 10, hoursFromNow: 4).lines
    try bed.append(
      (0..<30).flatMap { number in daily.map { $0.replacing("/backup", with: "/\(number)") } })
    let first = try bed.start()
    try first.wait(for: "the log to be read") {
      (try bed.status()?["totals"] as? [String: Any])?["streams"] as? Int == 30
    }
    first.send(SIGTERM)
    #expect(first.waitUntilExit() == 0)

    let daemon = try RunningProgram(
      ["run", "--config", bed.settingsPath], in: bed.folder,
      environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "2"])
    var heard: [String] = []
    func hear(_ message: String) throws {
      try daemon.wait(for: message) {
        while case let next = manager.receive(), !next.isEmpty {
          heard.append(next)
          if next.hasPrefix(message) { return true }
        }
        return false
      }
    }
    func signs(_ sign: String) -> Int { heard.count { $0.hasPrefix(sign) } }
    try hear("READY=1")
    #expect(signs("WATCHDOG=1") >= 30 && signs("EXTEND_TIMEOUT_USEC=") >= 30)
    daemon.send(SIGHUP)
    try hear("RELOADING=1")
    heard = []
    try hear("READY=1")
    #expect(signs("WATCHDOG=1") >= 30 && signs("EXTEND_TIMEOUT_USEC=") >= 30)
  }
}
