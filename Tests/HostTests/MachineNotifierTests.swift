import Glibc
import Host
import TestSupport
import Testing

/// Each test is a process of its own, for the manager's socket is named in the environment.
@Suite struct MachineNotifierTests {
  @Test func managerHearsEachStateOfTheService() async {
    await #expect(processExitsWith: .success) {
      let manager = try NotifySocket.ofThisProcess("states")
      let notifier = Notifier()
      notifier.ready()
      #expect(manager.receive() == "READY=1")
      notifier.stopping()
      #expect(manager.receive() == "STOPPING=1")
      notifier.watchdog()
      #expect(manager.receive() == "WATCHDOG=1")
      notifier.extendTimeout(seconds: 30)
      #expect(manager.receive() == "EXTEND_TIMEOUT_USEC=30000000")
    }
  }

  @Test func reloadingCarriesTheTimeOfThisBoot() async {
    await #expect(processExitsWith: .success) {
      let manager = try NotifySocket.ofThisProcess("reload")
      let before = WallClock.monotonicMicroseconds
      Notifier().reloading()
      let lines = manager.receive().split(separator: "\n")
      #expect(lines.first == "RELOADING=1")
      let time = try #require(lines.last?.split(separator: "=").last.flatMap { Int64($0) })
      #expect(time >= before)
    }
  }

  @Test func statusCannotSmuggleAnAssignment() async {
    await #expect(processExitsWith: .success) {
      let manager = try NotifySocket.ofThisProcess("status")
      Notifier().status("next: a\nMAINPID=1")
      #expect(manager.receive() == #"STATUS=next: a\nMAINPID=1"#)
    }
  }

  @Test func watchdogIsSentAtHalfItsInterval() async {
    await #expect(processExitsWith: .success) {
      setenv("WATCHDOG_USEC", "30000000", 1)
      #expect(Notifier().watchdogMicroseconds == 15_000_000)
      setenv("WATCHDOG_PID", "1", 1)
      #expect(Notifier().watchdogMicroseconds == nil)
    }
  }

  @Test func withoutAManagerNothingIsReported() async {
    await #expect(processExitsWith: .success) {
      unsetenv("NOTIFY_SOCKET")
      unsetenv("WATCHDOG_USEC")
      let notifier = Notifier()
      notifier.ready()
      #expect(notifier.watchdogMicroseconds == nil)
    }
  }
}

extension NotifySocket {
  fileprivate static func ofThisProcess(_ label: String) throws -> NotifySocket {
    let socket = try NotifySocket(label)
    setenv("NOTIFY_SOCKET", socket.name, 1)
    return socket
  }
}
