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

  /// Goal: what is not text is refused by its name, whatever could be read out of its bytes.
  @Test(
    arguments: [
      ("bzip2", Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
      ("zip", Array("PK".utf8) + [3, 4, 10]), ("lz4", [0x04, 0x22, 0x4d, 0x18, 0x40]),
      ("lzma", [0x5d, 0, 0, 0x80]), ("compress", [0x1f, 0x9d, 0x90]),
      ("journal", Array("LPKSHHRH".utf8)), ("journal", Array("__CURSOR=s=1\n".utf8)),
      ("UTF-16", [0xff, 0xfe, 0x32, 0]),
      ("UTF-16", Array("2026-11-23".utf8.flatMap { [$0, 0] })),
      ("UTF-16", Array("2026-11-23".utf8.flatMap { [0, $0] })),
    ] as [(String, [UInt8])])
  func unreadEncodingIsNamed(name: String, bytes: [UInt8]) {
    let encoding = UnreadEncoding(bytes.span.bytes)
    #expect(encoding?.name.contains(name) == true)
  }

  @Test(arguments: ["BZhang logged in\n", "LZIP is a program\n", "2026-11-23 10:00:00 a\n", "a"])
  func textIsNoUnreadEncoding(text: String) {
    let bytes = Array(text.utf8)
    let encoding = UnreadEncoding(bytes.span.bytes)
    #expect(encoding?.name == nil)
  }

  @Test func columnsAreNamedByTheirHeader() throws {
    let detection = Self.detect("id;Timestamp;path\r\n1;2026-01-01 00:00:00;/a\r\n")
    let settings = try #require(detection.candidates.first).settings
    #expect(settings.format == .delimited(separator: ";", columns: nil))
  }

  /// Lines of programs with their own format, the first at 10:00:00 UTC.
  static let dated: [(line: String, path: String?)] = [
    ("2026-11-23 10:00:00,123 INFO app: hello", nil),
    ("2026-11-23 11:00:00.5 +0100 [12] LOG:  statement: x", nil),
    ("[2026-11-23T10:00:00.123Z] hello", nil),
    ("I, [2026-11-23T10:00:00.123456 #12]  INFO -- : Started GET \"/a?b\" for ::1", "/a"),
    ("2026/11/23 10:00:00 [error] 12#12: *1 open() failed", nil),
    ("[GIN] 2026/11/23 - 10:00:00 | 200 |     1.2ms | 10.0.0.1 | GET      \"/a\"", "/a"),
    ("[23/Nov/2026 10:00:00] \"GET /a HTTP/1.1\" 200 12", "/a"),
    ("a.example 10.0.0.1 [23/Nov/2026:11:00:00 +0100] \"POST /a HTTP/2.0\" 200", "/a"),
    ("[Mon Nov 23 10:00:00.123456 2026] [core:error] [pid 1] x", nil),
    ("Mon Nov  2 10:00:00 2026 : Info: Ready", nil),
    ("12:M 23 Nov 2026 10:00:00.123 * Ready", nil),
    ("23-Nov-2026 10:00:00.123 INFO [main] Catalina.start", nil),
    ("23.11.2026 10:00:00 hello", nil),
  ]

  @Test(arguments: dated)
  func ownFormatIsReadByItsTime(line: String, path: String?) throws {
    let text = [line, line, "  at Main.main(Main.java:1)\n"].joined(separator: "\n")
    let detection = Self.detect(text, now: 1_800_000_000)
    let best = try #require(detection.candidates.first)
    #expect(best.settings.format.name == "regex")
    #expect(best.counted == 2)
    let day = Int64(line.contains("Nov  2") ? 20_759 : 20_780)
    #expect(best.times == day * 86_400 + 36_000...day * 86_400 + 36_000)
    let parsed = try Self.parsed(text, best.settings, now: 1_800_000_000)
    let column = parsed.fieldNames.firstIndex(of: "path")
    #expect(column.flatMap { parsed.lines[0].values[$0] } == path)
  }

  @Test func nothingIsClaimedOfWhatIsNoLog() {
    #expect(Self.detect("").candidates.isEmpty)
    #expect(Self.detect("Dear all,\n\nhello\n\u{0}\u{1}\n").candidates.isEmpty)
  }

  static func parsed(
    _ text: String, _ settings: ParserSettings, limit: Int = 5, now: Int64 = later
  ) throws -> ParsedLines {
    let bytes = Array(text.utf8)
    return try ParsedLines(
      sample: bytes.span.bytes, now: now, settings: settings, limit: limit,
      compilePattern: Pattern.compile)
  }

  /// Each documented field of a format is among its named fields, with its value.
  @Test(arguments: FormatTests.servers + FormatTests.balancers + FormatTests.others)
  func parsedLineHasTheDocumentedFields(example: FormatTests.Example) throws {
    let parsed = try Self.parsed(
      "\n" + example.line + "\r\n", ParserSettings(format: example.format),
      now: example.time + 100)
    let line = try #require(parsed.lines.first)
    #expect(line.time == example.time)
    let values = zip(parsed.fieldNames, line.values).reduce(into: [:]) { $0[$1.0] = $1.1 }
    for (name, value) in example.fields { #expect(values[name] == value, "\(name)") }
  }

  @Test func parsedLinesAreTheFirstThatAreRecords() throws {
    let text = """
      #Fields: date time cs-uri-stem sc-status
      2026-01-01 00:00:00 /a 200
      nothing
      2026-01-01 00:00:01 /b 404
      2026-01-01 00:00:02 /c 200
      """
    let parsed = try Self.parsed(text, ParserSettings(format: .extended), limit: 2)
    #expect(parsed.fieldNames == ["date", "time", "cs-uri-stem", "sc-status"])
    #expect(
      parsed.lines == [
        .init(time: 1_767_225_600, values: ["2026-01-01", "00:00:00", "/a", "200"]),
        .init(time: 1_767_225_601, values: ["2026-01-01", "00:00:01", "/b", "404"]),
      ])
  }

  @Test func fieldsWithinObjectsAreNamedByTheirPath() throws {
    let text = #"""
      {"ts":1767225600,"request":{"host":"a","headers":{"User-Agent":["x","y"]},"none":{}},"n":1}
      {"msg":"\u0041","ts":1767225601}
      """#
    let parsed = try Self.parsed(text, ParserSettings(format: .json))
    #expect(parsed.fieldNames == ["ts", "request.host", "request.headers.User-Agent", "n", "msg"])
    #expect(
      parsed.lines.map(\.values) == [
        ["1767225600", "a", "x", "1", nil], ["1767225601", nil, nil, nil, "A"],
      ])
  }

  @Test func namesInOneLineOfJSONAreLimited() throws {
    let members = (0..<20_000).map { #""\#($0)":{"a":{"b":1}}"# }.joined(separator: ",")
    let long = String(repeating: "x", count: 300)
    let text = #"{"ts":1767225600,"\#(long)":{"a":1},"# + members + "}"
    var settings = ParserSettings(format: .json)
    settings.maxLineBytes = 1 << 20
    let parsed = try Self.parsed(text, settings)
    #expect(parsed.lines.count == 1)
    #expect(parsed.fieldNames.count == 100)
    #expect(parsed.fieldNames.prefix(2) == ["ts", "0.a.b"])
  }
}
