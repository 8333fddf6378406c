import Host
import Records
import Testing

@Suite struct DetectionTests {
  static func detect(_ text: String, now: Int64 = later) -> FormatDetection {
    let bytes = Array(text.utf8)
    return FormatDetection(sample: bytes.span.bytes, now: now) {
      pattern throws(PatternError) in try Pattern(pattern)
    }
  }

  static let examples = (FormatTests.servers + FormatTests.balancers + FormatTests.others).filter {
    LogFormat.named.contains($0.format)
  }

  @Test(arguments: examples)
  func documentedLineIsDetected(example: FormatTests.Example) throws {
    let detection = Self.detect(example.line + "\n", now: example.time + 100)
    #expect(detection.candidates.first?.settings.format == example.format)
    #expect(detection.candidates.first?.counted == 1)
  }

  @Test func mostLinesDecideAndTheRestIsExplained() throws {
    let json = #"{"ts":1767225600,"msg":"time=1767225600"}"# + "\n"
    let detection = Self.detect(json + "1767225600 x\n" + json)
    #expect(detection.lineCount == 3)
    let best = try #require(detection.candidates.first)
    #expect(best.settings.format == .json)
    #expect(best.counted == 2)
    #expect(best.rejections[.malformed]?.example == "1767225600 x")
    #expect(best.times == 1_767_225_600...1_767_225_600)
  }

  @Test func columnsAreNamedByTheirHeader() throws {
    let detection = Self.detect("id;Timestamp;path\r\n1;2026-01-01 00:00:00;/a\r\n")
    let settings = try #require(detection.candidates.first).settings
    #expect(settings.format == .delimited(separator: ";", columns: nil))
  }

  @Test func nothingIsClaimedOfWhatIsNoLog() {
    #expect(Self.detect("").candidates.isEmpty)
    #expect(Self.detect("Dear all,\n\nhello\n\u{0}\u{1}\n").candidates.isEmpty)
  }
}
