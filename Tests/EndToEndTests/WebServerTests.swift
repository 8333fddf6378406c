import Foundation
import Glibc
import Host
import TestSupport
import Testing

/// The limits of the live page, on a socket that a real systemd-socket-activate hands over.
@Suite(
  .enabled(
    if: canServe, "needs systemd-socket-activate and libmicrohttpd12"),
  .serialized)
struct WebServerTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("{}", to: "status.json")
  }

  private func start(idleSeconds: Int) throws -> ChildProcess {
    let server = try ChildProcess(
      [
        "systemd-socket-activate", "--listen", folder.path("socket"), Program.url.path, "web",
        "--idle-seconds", "\(idleSeconds)", "--state", folder.path("state"), "--status",
        folder.path("status.json"),
      ], environment: ["HOME": folder.url.path, "PATH": "/usr/bin:/bin"])
    while access(folder.path("socket"), F_OK) != 0 {
      try #require(server.isRunning)
      usleep(10_000)
    }
    return server
  }

  private static let request = "GET /status.json HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n"

  @Test func answersAndEndsWhenNobodyAsks() throws {
    let server = try start(idleSeconds: 1)
    // One who connects and says nothing does not keep it.
    let silent = try Connection(folder.path("socket"))
    let asking = try Connection(folder.path("socket"))
    asking.send(Self.request)
    let answer = asking.received()
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\n{}"))
    #expect(answer.contains("Content-Security-Policy: default-src 'none'"))
    #expect(server.waitUntilExit() == 0)
    #expect(silent.received() == "")
  }

  @Test func headersThatAreTooLongAreRefused() throws {
    let server = try start(idleSeconds: 60)
    defer { server.send(SIGTERM) }
    let long = try Connection(folder.path("socket"))
    long.send("GET / HTTP/1.1\r\nHost: any\r\nX-Long: ")
    long.send(String(repeating: "a", count: 2 * WebServer.requestBytesMax) + "\r\n\r\n")
    #expect(long.received().hasPrefix("HTTP/1.1 431 "))
    let next = try Connection(folder.path("socket"))
    next.send(Self.request)
    #expect(next.received().hasPrefix("HTTP/1.1 200 "))
  }

  /// Goal: nobody keeps it busy with more connections than it allows, and none stays without speaking. Method: as many that stop
  /// in the midst of a header, and one more that asks.
  @Test func connectionsAreFewAndMustSpeak() throws {
    let server = try start(idleSeconds: 600)
    defer { server.send(SIGTERM) }
    var silent: [Connection] = []
    for _ in 0..<WebServer.connectionsMax {
      silent.append(try Connection(folder.path("socket")))
      silent.last?.send("GET / HTTP/1.1\r\nHost: any\r\nX-")
    }
    let waiting = try Connection(folder.path("socket"))
    waiting.send(Self.request)
    // It waits until the time of the first is over; theirs ends without an answer, or with that they were too slow.
    #expect(!waiting.isReadable(within: 1_000))
    #expect(waiting.received().hasPrefix("HTTP/1.1 200 "))
    for connection in silent { #expect(!connection.received().contains(" 200 ")) }
  }

  /// Goal: nor does one stay by saying a little all the time. Method: a header that goes on, a letter twice a second.
  @Test func connectionsThatSayLittleEndToo() throws {
    let server = try start(idleSeconds: 600)
    defer { server.send(SIGTERM) }
    let slow = try Connection(folder.path("socket"))
    slow.send("GET / HTTP/1.1\r\nHost: any\r\nX-")
    var letters = 0
    while letters < 240, slow.send("a") {
      letters += 1
      usleep(500_000)
    }
    // It is longer than the pause that is allowed, and ends all the same.
    #expect(letters > 2 * WebServer.timeoutSeconds && letters < 240)
    let next = try Connection(folder.path("socket"))
    next.send(Self.request)
    #expect(next.received().hasPrefix("HTTP/1.1 200 "))
  }
}

private let canServe =
  SystemdTestbed.has("systemd-socket-activate")
  && WebServer(answer: { _ in WebResponse(status: 200, "") }) != nil

/// A client's end of a Unix socket.
private final class Connection {
  private let number: Int32

  init(_ path: String) throws {
    number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(LocalSocket.withAddress(path) { connect(number, $0, $1) } == 0)
    var patience = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(
      number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(number) }

  /// - Returns: Whether the other end took it all.
  @discardableResult
  func send(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes {
        Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }

  func isReadable(within milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, milliseconds) > 0
  }

  /// Everything up to the end.
  func received() -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = recv(number, &buffer, buffer.count, 0)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
    }
  }
}
