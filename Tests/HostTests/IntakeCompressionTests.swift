import Foundation
import Glibc
import Host
import Testing

/// Rotated logs that are compressed between two reads, or gradually.
@Suite("Intake compression") struct IntakeCompressionTests {
  @Test(arguments: ["gzip", "zstd", "xz"])
  func compressedWithUnreadLinesWhileDown(tool: String) {
    let bed = IntakeBed()
    let lines = (0..<30_000).map { "line \($0)" }
    bed.write(lines[..<10_000].map { $0 + "\n" }.joined())
    bed.drain()
    bed.write(lines[10_000...].map { $0 + "\n" }.joined())
    bed.move("access.log", to: "access.log-20260101")
    bed.run(tool, "access.log-20260101")
    bed.write("new\n")
    bed.restart()
    #expect(bed.drain() == lines[10_000...] + ["new"])
    bed.restart()
    #expect(bed.drain() == [])
  }

  /// Goal: a log that grows by members is followed also if one was added while those before were read.
  @Test func membersAddedWhileThoseBeforeAreRead() throws {
    let bed = IntakeBed(["access.log.gz"], maxChunkBytes: 1 << 14)
    var lines: [String] = []
    func addMember(_ count: Int) throws {
      let added = (0..<count).map { "line \(lines.count + $0)" }
      bed.write(added.map { $0 + "\n" }.joined(), to: "member")
      bed.gzip("member")
      bed.write(
        bytes: [UInt8](try Data(contentsOf: URL(filePath: bed.path("member.gz")))),
        to: "access.log.gz")
      bed.remove("member.gz")
      lines += added
    }
    bed.drain()
    try addMember(5_000)
    bed.refresh()
    #expect(bed.step())
    try addMember(10)
    bed.drain()
    try addMember(20)
    bed.drain()
    bed.passQuietly(3)
    #expect(bed.storedLines == lines)
  }

  /// A read that fails in the middle of a file, as on a bad disk, simulated by a non-blocking pipe with half of the
  /// data.
  @Test(arguments: ["gzip", "zstd", "xz"]) func failureOfAReadLosesNothing(tool: String) throws {
    let bed = IntakeBed()
    let bytes = (0..<4_000).flatMap { "line \($0 &* 7919)\n".utf8 }
    bed.write(bytes: bytes, to: "a")
    bed.run(tool, "a")
    let name = ["gzip": "a.gz", "zstd": "a.zst", "xz": "a.xz"][tool]!
    let compressed = [UInt8](try Data(contentsOf: URL(filePath: bed.path(name))))
    try #require(compressed.count < 60_000)
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    compressed[..<(compressed.count / 2)].withUnsafeBytes {
      _ = write(ends[1], $0.baseAddress, $0.count)
    }
    let stream = try ByteStream(reading: ends[0], name: "pipe")
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 1)
    defer { memory.deallocate() }
    #expect(throws: IntakeProblem.systemCall(path: "pipe", errno: EAGAIN)) {
      try stream.read(into: memory)
    }
    compressed[(compressed.count / 2)...].withUnsafeBytes {
      _ = write(ends[1], $0.baseAddress, $0.count)
    }
    close(ends[1])
    #expect(try Array(memory[..<stream.read(into: memory)]) == bytes)
  }

  @Test func compressedFileThatArrivesInPieces() throws {
    let bed = IntakeBed(["*.gz"])
    let lines = (0..<40_000).map { "line \($0 &* 7919)" }
    bed.write(lines.map { $0 + "\n" }.joined(), to: "a")
    bed.gzip("a")
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: bed.path("a.gz"))))
    bed.remove("a.gz")
    let descriptor = open(bed.path("b.gz"), O_WRONLY | O_CREAT, 0o644)
    defer { close(descriptor) }
    for start in stride(from: 0, to: bytes.count, by: bytes.count / 3) {
      let part = bytes[start..<min(start + bytes.count / 3, bytes.count)]
      _ = part.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      bed.drain()
      bed.passQuietly()
    }
    #expect(bed.storedLines == lines)
    #expect(bed.problems == [])
  }

  /// gzip creates its file empty and takes a while: an error in the journal at each rotation would be none.
  @Test(arguments: [0, 3, 5_000])
  func compressedFileThatIsBeingWrittenIsNoProblemUntilItStays(byteCount: Int) throws {
    let bed = IntakeBed(["a.log*"])
    let lines = (0..<40_000).map { "line \($0 &* 7919)" }
    bed.write(lines.map { $0 + "\n" }.joined(), to: "b")
    bed.gzip("b")
    let bytes = try Data(contentsOf: URL(filePath: bed.path("b.gz")))
    try #require(bytes.count > 10_000)
    bed.remove("b.gz")
    bed.write("first\n", to: "a.log")
    bed.drain()
    let copy = URL(filePath: bed.path("a.log.1.gz"))
    try bytes.prefix(byteCount).write(to: copy)
    bed.drain()
    #expect(bed.problems == [])
    bed.advanceClock(20)
    bed.drain()
    #expect(bed.problems == [])
    bed.passQuietly()
    #expect(bed.problems == [.endsEarly(path: copy.path)])
    let handle = try FileHandle(forWritingTo: copy)
    try handle.seekToEnd()
    try handle.write(contentsOf: bytes.dropFirst(byteCount))
    try handle.close()
    bed.passQuietly()
    #expect(bed.problems == [])
    #expect(bed.storedLines == ["first"] + lines)
  }
}
