import Records
import TestSupport
import Testing

/// However the bytes of a log are cut into batches, the counts and the segments are the same.
@Suite struct SplittingTests {
  /// Lines mostly in order, some late, some later than all others, some broken.
  static func log(lines: Int, random: inout Chance) -> [UInt8] {
    var time = 1_767_225_600
    var text = ""
    for _ in 0..<lines {
      time += Int.random(in: 0...900, using: &random)
      let late = Bool.random(using: &random) ? Int.random(in: 0...20_000, using: &random) : 0
      let key = ["a", "b", "ä", "\u{61}\u{308}"].randomElement(using: &random)!
      switch Int.random(in: 0..<20, using: &random) {
      case 0: text += "broken\r\n"
      case 1: text += "\(time) \n"
      case 2: text += "\(time + 90_000) \(key)\n"
      default: text += "\(time - late) \(key)\n"
      }
    }
    return Array(text.utf8)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func anySplitGivesTheSameBatch(seed: UInt64) throws {
    var random = Chance(seed: seed)
    let bytes = Self.log(lines: 80, random: &random)
    let settings = ParserSettings(format: .epoch, key: "{2}", graceSeconds: Int(seed) * 37)
    let whole = try batch(of: bytes, settings)

    var parser = try makeParser(settings)
    var sum = RecordBatch()
    var start = 0
    for end in bytes.indices where bytes[end] == UInt8(ascii: "\n") {
      guard Int.random(in: 0..<4, using: &random) == 0 || end == bytes.count - 1 else { continue }
      var next = RecordBatch()
      parser.parse(bytes.span.bytes.extracting(start..<end + 1), now: later, into: &next)
      sum.append(next, graceSeconds: settings.graceSeconds)
      if Bool.random(using: &random) {
        let watermark = parser.watermark
        parser = try makeParser(settings)
        parser.watermark = watermark
      }
      start = end + 1
    }
    #expect(sum == whole)
  }

  /// Line breaks are searched for in blocks: lines are shorter and longer than a block, or there are only line breaks.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func linesOfAnyLengthAreCutWhereTheyEnd(seed: UInt64) throws {
    var random = Chance(seed: seed)
    var lines: [String] = []
    for _ in 0..<Int.random(in: 0...150, using: &random) {
      let isRun = Int.random(in: 0..<20, using: &random) == 0
      lines += Array(repeating: "", count: isRun ? Int.random(in: 1...200, using: &random) : 0)
      let length = Int.random(in: 1...200, using: &random)
      lines.append("1 " + String(repeating: "k", count: length))
    }
    let end = Bool.random(using: &random) ? "\n" : ""
    let batch = try batch(
      of: lines.joined(separator: "\n") + (lines.isEmpty ? "" : end),
      ParserSettings(format: .epoch, key: "{2}"))
    let expected = Dictionary(grouping: lines.filter { !$0.isEmpty }) { $0.dropFirst(2) }
    #expect(batch.lineCount == lines.count)
    #expect(batch.tallies.count == expected.count)
    for tally in batch.tallies {
      #expect(tally.count == expected[tally.key[...]]?.count, "\(tally.key.count) bytes")
    }
  }

  @Test func aSegmentEndsWhenAnHourAndItsGraceAreOver() throws {
    let text = "3599\n3600\n3659\n3500\n3660\n3700\n100\n"
    let batch = try batch(of: text, ParserSettings(format: .epoch, graceSeconds: 60))
    #expect(
      batch.segments == [
        .init(
          watermark: 3_659,
          tallies: [
            .init(key: "", hour: 0, count: 2, latest: 3_599),
            .init(key: "", hour: 1, count: 2, latest: 3_659),
          ]),
        .init(
          watermark: 3_700,
          tallies: [
            .init(key: "", hour: 0, count: 1, latest: 100),
            .init(key: "", hour: 1, count: 2, latest: 3_700),
          ]),
      ])
  }

  @Test func everyLineIsAccountedFor() throws {
    var random = Chance(seed: 7)
    let bytes = Self.log(lines: 500, random: &random)
    let settings = ParserSettings(
      format: .epoch, key: "{2}", exclude: [.init(field: "2", patterns: ["b"])])
    let batch = try batch(of: bytes, settings)
    let counted = batch.tallies.reduce(0) { $0 + $1.count }
    let rejected = batch.rejections.values.reduce(0) { $0 + $1.count }
    #expect(batch.lineCount == 500)
    #expect(counted + batch.filteredCount + rejected == 500)
  }

  /// Goal: the lines of a stack trace are no rejected records, if the settings say so; other rejections stay.
  @Test(arguments: ParserSettings.UnmatchedLines.allCases)
  func unmatchedLinesMayContinueTheOneBefore(unmatched: ParserSettings.UnmatchedLines) throws {
    let text = "2026-11-23T10:00:00Z a\n\tat b\n\n\u{1b}[1mc\u{1b}[0m\n2026-11-33T10:00:00Z d\n"
    let settings = ParserSettings(
      format: .regex(#"^(?<time>\d{4}-\S+) "#), timeLayout: "iso8601", unmatched: unmatched)
    let batch = try batch(of: text, settings)
    #expect(batch.tallies.map(\.count) == [1])
    #expect(batch.rejections[.invalidTime]?.count == 1)
    let unmatchedCount = 3
    #expect(batch.headerCount == (unmatched == .continuation ? unmatchedCount : 0))
    #expect(
      batch.rejections[.malformed]?.count == (unmatched == .rejected ? unmatchedCount : nil))
  }
}
