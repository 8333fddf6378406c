import Foundation
import Glibc
import Host
import Testing

@Suite struct SyslogSocketTests {
  static func bed(
    maxLineBytes: Int = 1_000, mode: UInt32 = 0o640, keepsHeader: Bool = false
  ) throws -> FeedBed {
    try FeedBed { folder in
      let place = SyslogSocket.Place(
        path: folder.appending(path: "s").path, mode: mode, keepsHeader: keepsHeader)
      return SourceDescription(name: "web", origin: place, maxLineBytes: maxLineBytes)
    }
  }

  static func path(_ bed: FeedBed) -> String { bed.folder.appending(path: "s").path }

  /// - Returns: Zero, or the errno of the failed send.
  @discardableResult
  static func send(_ bytes: [UInt8], to path: String) -> Int32 {
    let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(sender) }
    let count = LocalSocket.withAddress(path) { sendto(sender, bytes, bytes.count, 0, $0, $1) }
    return count < 0 ? errno : 0
  }

  static func send(_ text: String, to bed: FeedBed) {
    #expect(send(Array(text.utf8), to: path(bed)) == 0)
  }

  @Test func messageOfEachDatagramIsALine() throws {
    let bed = try Self.bed()
    #expect(bed.drain() == [])
    Self.send("<190>Nov 23 09:05:01 web nginx: GET /", to: bed)
    Self.send("plain\n", to: bed)
    Self.send("two\nlines\r\n\0", to: bed)
    #expect(bed.awaitLines() == ["GET /", "plain", "two lines"])
    #expect(!bed.feed.isReady)
  }

  @Test func formatsOfSyslogKeepTheHeader() throws {
    let bed = try Self.bed(keepsHeader: true)
    Self.send("<190>Nov 23 09:05:01 web nginx: GET /", to: bed)
    #expect(bed.drain() == ["<190>Nov 23 09:05:01 web nginx: GET /"])
  }

  @Test func datagramBeyondTheLimitIsCountedAsTooLong() throws {
    let bed = try Self.bed(maxLineBytes: 1_000)
    #expect(Self.send([UInt8](repeating: 65, count: 100_000), to: Self.path(bed)) == 0)
    Self.send("after", to: bed)
    #expect(bed.drain() == ["after"])
    #expect(bed.tooLongCount == 1)
  }

  @Test func modeIsAsSet() throws {
    let bed = try Self.bed(mode: 0o620)
    var status = stat()
    #expect(stat(Self.path(bed), &status) == 0)
    #expect(status.st_mode & 0o777 == 0o620)
  }

  @Test func socketIsRemovedAtTheEnd() throws {
    var bed: FeedBed? = try Self.bed()
    let path = try Self.path(#require(bed))
    #expect(access(path, F_OK) == 0)
    bed?.reload { $0.origin = StandardInput.Origin() }
    #expect(access(path, F_OK) != 0)
    bed = nil
  }

  @Test func socketOfAKilledProcessIsReplaced() throws {
    let bed = try Self.bed()
    let path = Self.path(bed)
    // A socket file whose owner has ended.
    bed.reload { $0.origin = StandardInput.Origin() }
    let left = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    #expect(LocalSocket.withAddress(path) { bind(left, $0, $1) } == 0)
    close(left)
    bed.reload { $0.origin = SyslogSocket.Place(path: path, mode: 0o600, keepsHeader: false) }
    #expect(bed.problems == [])
    Self.send("a", to: bed)
    #expect(bed.drain() == ["a"])
  }

  @Test func socketThatAnotherListensOnIsLeftAlone() throws {
    let first = try Self.bed()
    let second = try FeedBed { _ in first.source }
    #expect(second.problems == [.socketInUse(path: Self.path(first))])
    #expect(second.drain() == [])
    Self.send("a", to: first)
    #expect(first.drain() == ["a"])
  }

  @Test func whatIsNoSocketIsLeftAlone() throws {
    let bed = try FeedBed { folder in
      let path = folder.appending(path: "s").path
      #expect(FileManager.default.createFile(atPath: path, contents: Data("precious".utf8)))
      return SourceDescription(
        name: "web", origin: SyslogSocket.Place(path: path, mode: 0o600, keepsHeader: false))
    }
    #expect(bed.problems == [.notSocket(path: Self.path(bed))])
    #expect(FileManager.default.contents(atPath: Self.path(bed)) == Data("precious".utf8))
    // The bind is tried again once the path is free.
    unlink(Self.path(bed))
    bed.advanceClock(seconds: 11)
    #expect(bed.drain() == [])
    #expect(bed.problems == [])
  }

  @Test func reloadKeepsWhatWasSentMeanwhile() throws {
    let bed = try Self.bed()
    Self.send("a", to: bed)
    bed.reload { $0.maxLineBytes = 2_000 }
    #expect(bed.drain() == ["a"])
    Self.send("b", to: bed)
    #expect(bed.awaitLines() == ["b"])
  }

  @Test func removedSocketIsReported() throws {
    let bed = try Self.bed()
    unlink(Self.path(bed))
    #expect(bed.problems == [.socketGone(path: Self.path(bed))])
    bed.reload { $0.maxLineBytes = 2_000 }
    #expect(bed.problems == [])
    Self.send("a", to: bed)
    #expect(bed.drain() == ["a"])
  }
}
