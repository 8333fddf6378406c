import Glibc
import Host
import Testing

/// Each test is a process of its own, for the manager's socket is named in the environment.
@Suite struct MachineNotifierTests {
  @Test func managerHearsEachStateOfTheService() async {
    await #expect(processExitsWith: .success) {
      let manager = try Manager(path: "@harbinger-states-\(getpid())")
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
      let manager = try Manager(path: "@harbinger-reload-\(getpid())")
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
      let manager = try Manager(path: "@harbinger-status-\(getpid())")
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

  @Test func withoutAManagerNothingIsSaid() async {
    await #expect(processExitsWith: .success) {
      unsetenv("NOTIFY_SOCKET")
      unsetenv("WATCHDOG_USEC")
      let notifier = Notifier()
      notifier.ready()
      #expect(notifier.watchdogMicroseconds == nil)
    }
  }
}

/// The service manager's end: a datagram socket in the abstract name space.
private struct Manager: ~Copyable {
  private let socketEnd: Descriptor

  init(path: String) throws {
    socketEnd = try Descriptor(
      taking: socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0), operation: "open a socket")
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = [0] + path.utf8.dropFirst()
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let size = socklen_t(2 + name.count)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socketEnd.number, $0, size) }
    }
    #expect(bound == 0)
    setenv("NOTIFY_SOCKET", path, 1)
  }

  func receive() -> String {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(socketEnd.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }
}
