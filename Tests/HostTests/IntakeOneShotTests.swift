import Foundation
import Glibc
import Host
import Testing

@Suite("Intake one-shot") struct IntakeOneShotTests {
  private func read(_ paths: [String], maxLineBytes: Int = 4096, maxChunkBytes: Int = 1 << 20)
    -> (lines: [String], tooLong: Int, problems: [IntakeProblem], bytes: Int64, total: Int64?)
  {
    var reader = OneShotReader(
      paths: paths, maxLineBytes: maxLineBytes, maxChunkBytes: maxChunkBytes)
    var lines: [String] = []
    var tooLong = 0
    while let chunk = reader.advance() {
      reader.lines.forEachLine { lines.append($0) }
      tooLong += chunk.tooLongLineCount
    }
    return (lines, tooLong, reader.problems, reader.byteCount, reader.totalByteCount)
  }

  @Test func plainAndCompressedFilesAreReadInTheGivenOrder() throws {
    let bed = IntakeBed()
    let many = (0..<50_000).map { "line \($0)" }
    bed.write("first\n", to: "a")
    for (name, tool) in [("b", "gzip"), ("c", "zstd"), ("d", "xz")] {
      bed.write(many.joined(separator: "\n"), to: name)
      bed.run(tool, name)
    }
    let paths = ["a", "b.gz", "c.zst", "d.xz"].map { bed.path($0) }
    let got = read(paths, maxChunkBytes: 10_000)
    #expect(got.lines == ["first"] + many + many + many)
    #expect(got.problems == [])
    #expect(got.bytes == got.total)
  }

  @Test func gzipMembersAndPaddingAreOneFile() throws {
    let bed = IntakeBed()
    bed.write("a\n", to: "a")
    bed.write("b\n", to: "b")
    bed.gzip("a")
    bed.gzip("b")
    var bytes = FileManager.default.contents(atPath: bed.path("a.gz"))!
    bytes += FileManager.default.contents(atPath: bed.path("b.gz"))! + Data(count: 512)
    _ = FileManager.default.createFile(atPath: bed.path("ab.gz"), contents: bytes)
    let got = read([bed.path("ab.gz")])
    #expect(got.lines == ["a", "b"])
    #expect(got.problems == [])
  }

  @Test func whatComesBeforeDamageIsRead() throws {
    let bed = IntakeBed()
    bed.write((0..<100_000).map { "line \($0 &* 7919 % 100_003)\n" }.joined(), to: "a")
    bed.gzip("a")
    let path = bed.path("a.gz")
    let bytes = FileManager.default.contents(atPath: path)!
    _ = FileManager.default.createFile(atPath: path, contents: bytes.prefix(bytes.count / 2))
    let got = read([path, bed.path("absent")])
    #expect(got.lines.count > 10_000)
    #expect(got.lines.allSatisfy { $0.hasPrefix("line ") })
    #expect(
      got.problems == [
        .endsEarly(path: path), .systemCall(path: bed.path("absent"), errno: ENOENT),
      ])
  }

  @Test func longLinesInCompressedFilesAreCountedInBoundedMemory() throws {
    let bed = IntakeBed()
    let long = String(repeating: "x", count: 20_000_000)
    bed.write("a\n" + long + "\nb\n" + long, to: "a")
    bed.gzip("a")
    let got = read([bed.path("a.gz")], maxLineBytes: 1000, maxChunkBytes: 4096)
    #expect(got.lines == ["a", "b"])
    #expect(got.tooLong == 2)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 1000])
  func anyChunkSizeGivesTheSameLines(chunkBytes: Int) {
    let bed = IntakeBed()
    var lines: [String] = []
    for number in 0..<300 { lines.append(String(repeating: "y", count: number % 61)) }
    bed.write(lines.joined(separator: "\n"), to: "a")
    let got = read([bed.path("a")], maxLineBytes: 50, maxChunkBytes: chunkBytes)
    #expect(got.lines.filter { $0.count <= 50 } == lines.filter { $0.count <= 50 })
    let tooLongInLines = got.lines.count { $0.count > 50 }
    #expect(got.tooLong + tooLongInLines == lines.count { $0.count > 50 })
  }
}
