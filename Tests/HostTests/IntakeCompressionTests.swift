import Foundation
import Glibc
import Host
import Testing

/// Rotated logs that are compressed while nobody looks, or bit by bit.
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
}
