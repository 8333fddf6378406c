import Foundation
import Glibc
import Host
import TestSupport
import Testing

/// Messages of sd_notify(3), as a process of a member sends them.
struct NotifyReceiverTests {
  private let folder: TemporaryFolder
  private let receiver: NotifyReceiverBox

  init() throws {
    folder = try TemporaryFolder()
    receiver = try NotifyReceiverBox(folder.path("notify"))
  }

  /// A class, because a test suite is copied.
  private final class NotifyReceiverBox {
    let receiver: NotifyReceiver
    init(_ path: String) throws { receiver = try NotifyReceiver(at: path) }
  }

  private func isSent(_ text: String) -> Bool {
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(number) }
    let bytes = Array(text.utf8)
    return LocalSocket.withAddress(receiver.receiver.path) {
      sendto(number, bytes, bytes.count, 0, $0, $1)
    } == bytes.count
  }

  private func send(_ text: String) { #expect(isSent(text)) }

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

  /// Goal: who is not of this user cannot fill the queue either. Root may all, so the file system's user of this thread
  /// is another meanwhile.
  @Test(.enabled(if: geteuid() == 0, "needs root")) func otherUsersReachNothing() {
    chmod(folder.url.path, 0o755)
    #expect(!asOrdinaryUser { isSent("READY=1") })
    // Whatever the umask is.
    var facts = stat()
    #expect(stat(receiver.receiver.path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
  }

  @Test func socketOfAProcessThatWasKilledIsReplaced() throws {
    let path = folder.path("left")
    let left = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    #expect(LocalSocket.withAddress(path) { bind(left, $0, $1) } == 0)
    close(left)
    _ = try NotifyReceiver(at: path)
    #expect(access(path, F_OK) != 0)
  }

  @Test func muchIsTakenInParts() {
    // The kernel queues some ten datagrams for a socket that nobody reads.
    for _ in 0..<5 { send(String(repeating: "WATCHDOG=1\n", count: 300)) }
    #expect(receiver.receiver.take(from: getpid()).count == 1_500)
  }
}
