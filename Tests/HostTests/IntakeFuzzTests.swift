import Foundation
import Host
import TestSupport
import Testing

/// Hostile bytes: whatever is in a file, reading it ends, in bounded memory, and never crashes.
@Suite("Intake fuzz") struct IntakeFuzzTests {
  @Test(arguments: ["gzip", "zstd", "xz"])
  func damagedCompressedFilesEndWithWhatIsGood(tool: String) throws {
    let bed = IntakeBed()
    let lines = (0..<3000).map { "line \($0 &* 2_654_435_761 % 1_000_003)" }
    bed.write(lines.map { $0 + "\n" }.joined(), to: "a")
    bed.run(tool, "a")
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: bed.directory).first { $0.hasPrefix("a.") })
    let whole = [UInt8](try Data(contentsOf: URL(filePath: bed.path(name))))
    for seed in Fuzzing.seed..<Fuzzing.seed + UInt64(Fuzzing.rounds(usually: 400)) {
      var random = Chance(seed: seed)
      let bytes = mutated(whole, using: &random)
      try Data(bytes).write(to: URL(filePath: bed.path(name)))
      var reader = OneShotReader(
        paths: [bed.path(name)], maxLineBytes: 64,
        maxChunkBytes: Int.random(in: 1...5000, using: &random))
      var byteCount = 0
      while let chunk = reader.advance() {
        byteCount += chunk.byteCount
        #expect(reader.lines.byteCount == chunk.byteCount)
      }
      // What a few damaged bytes claim to hold is not checked, but it ends.
      #expect(byteCount < 1 << 30, "seed \(seed)")
    }
  }

  @Test func anyBytesInAnyPiecesGiveTheLinesBetweenNewlines() {
    for seed in Fuzzing.seed..<Fuzzing.seed + UInt64(Fuzzing.rounds(usually: 60)) {
      var random = Chance(seed: seed)
      let bed = IntakeBed(
        maxLineBytes: Int.random(in: 1...50, using: &random),
        maxChunkBytes: Int.random(in: 1...100, using: &random))
      bed.drain()
      var all: [UInt8] = []
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let piece: [UInt8] = (0..<Int.random(in: 0...120, using: &random)).map { _ in
          // Of few kinds, so that newlines and zeros are frequent.
          [0, 10, 10, 13, 65, 195, 255].randomElement(using: &random)!
        }
        all += piece
        bed.write(bytes: piece)
        if Bool.random(using: &random) { bed.drain() }
        if Int.random(in: 0..<4, using: &random) == 0 { bed.restart() }
      }
      bed.drain()
      // Zeros before the first line are the hole of a truncation.
      let lines = all.drop { $0 == 0 }.split(separator: 10, omittingEmptySubsequences: false)
        .dropLast()
      #expect(bed.storedLines.count + bed.storedTooLongCount == lines.count, "seed \(seed)")
    }
  }

  @Test func garbageBesideALogIsReportedAndSkipped() throws {
    let bed = IntakeBed()
    bed.write("a\n")
    bed.drain()
    for seed in 0..<UInt64(60) {
      var random = Chance(seed: seed)
      let magics: [[UInt8]] = [
        [], [0x1f, 0x8b, 8], [0x28, 0xb5, 0x2f, 0xfd], [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
      ]
      let bytes =
        magics.randomElement(using: &random)!
        + (0..<Int.random(in: 0...300, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
      let suffix = ["gz", "zst", "xz"].randomElement(using: &random)!
      try Data(bytes).write(to: URL(filePath: bed.path("access.log.\(seed + 1).\(suffix)")))
      bed.drain()
      bed.write("line \(seed)\n")
      #expect(bed.drain().contains("line \(seed)"))
    }
    #expect(bed.problems.count <= 120)
  }

  @Test func bombIsOneLineThatIsTooLong() {
    let bed = IntakeBed()
    bed.write("a\n" + String(repeating: "\u{7f}", count: 60_000_000), to: "a")
    bed.gzip("a")
    var reader = OneShotReader(paths: [bed.path("a.gz")])
    var byteCount = 0
    var tooLongLineCount = 0
    while let chunk = reader.advance() {
      byteCount += chunk.byteCount
      tooLongLineCount += chunk.tooLongLineCount
    }
    #expect(byteCount == 2)
    #expect(tooLongLineCount == 1)
  }

  private func mutated(_ whole: [UInt8], using random: inout Chance) -> [UInt8] {
    var bytes = whole
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let at = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
      case 2: bytes.removeSubrange(at..<min(bytes.count, at + 50))
      case 3: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 50)], at: at)
      default: bytes.removeSubrange(at...)
      }
      if bytes.isEmpty { bytes = [0x1f] }
    }
    return bytes
  }
}
