import Glibc
import Host
import Testing

/// Messages of sd_notify(3), as a process of a member sends them.
struct NotifyReceiverTests {
  private let receiver: NotifyReceiverBox

  init() throws { receiver = try NotifyReceiverBox() }

  /// A class, because a test suite is copied.
  private final class NotifyReceiverBox {
    let receiver: NotifyReceiver
    init() throws { receiver = try NotifyReceiver() }
  }

  private func send(_ text: String) {
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(number) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = [0] + receiver.receiver.address.utf8.dropFirst()
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let bytes = Array(text.utf8)
    let sent = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(number, bytes, bytes.count, 0, $0, socklen_t(2 + name.count))
      }
    }
    #expect(sent == bytes.count)
  }

  @Test func whatMattersToAWatchdogIsTaken() {
    #expect(receiver.receiver.take(from: getpid()) == [])
    send("READY=1")
    send("STATUS=READY=1\nWATCHDOG=1")
    send("EXTEND_TIMEOUT_USEC=600000000\nX=1\n")
    #expect(receiver.receiver.take(from: getpid()) == [.ready, .alive, .busy(seconds: 600)])
    #expect(receiver.receiver.take(from: getpid()) == [])
  }

  @Test(arguments: [
    "", "=", "WATCHDOG=trigger", "EXTEND_TIMEOUT_USEC=", "EXTEND_TIMEOUT_USEC=99999999999999999999",
    String(repeating: "WATCHDOG=1", count: 1_000), "\u{0}\n\u{0}",
  ]) func otherBytesAreIgnored(text: String) {
    send(text)
    #expect(receiver.receiver.take(from: getpid()) == [])
  }

  @Test func timesAreLimited() {
    send("EXTEND_TIMEOUT_USEC=9223372036854775807\nEXTEND_TIMEOUT_USEC=-5")
    #expect(
      receiver.receiver.take(from: getpid()) == [.busy(seconds: 3_600), .busy(seconds: 0)])
  }

  @Test func nobodySpeaksForAnotherProcess() {
    send("READY=1")
    #expect(receiver.receiver.take(from: getppid()) == [])
  }

  @Test func muchIsTakenInParts() {
    // The kernel queues some ten datagrams for a socket that nobody reads.
    for _ in 0..<5 { send(String(repeating: "WATCHDOG=1\n", count: 300)) }
    #expect(receiver.receiver.take(from: getpid()).count == 1_500)
  }
}
