import Records
import Testing

@Suite struct AccessLogTests {
  static let stamp = "[01/Jan/2026:00:59:59 +0000]"
  static let time: Int64 = 1_767_229_199

  @Test(arguments: [
    (#"10.0.0.1 - - \#(stamp) "GET /a?b=1 HTTP/1.1" 200 5 "-" "curl/8""#, "/a"),
    (#"10.0.0.1 - - \#(stamp) "GET / HTTP/1.1" 200 - "-" "say \"hi\" \\""#, "/"),
    (#"10.0.0.1 - - \#(stamp) "GET /say\"hi\" HTTP/1.1" 200 5 "-" "-""#, #"/say\"hi\""#),
    (#"10.0.0.1 - - \#(stamp) "-" 408 - "-" "-""#, "-"),
    (#"10.0.0.1 - - \#(stamp) "" 400 0 "-" "-""#, "-"),
    (#"::1 - - \#(stamp) "OPTIONS * HTTP/1.0" 200 125 "-" "-""#, "*"),
    (#"::1 - - \#(stamp) "GET ?x HTTP/1.0" 200 125 "-" "-""#, ""),
    (#"h id john \#(stamp) "GET /u HTTP/1.0" 200 1 "-" "-""#, "/u"),
    (#"h - john smith \#(stamp) "GET /u HTTP/1.0" 200 1 "-" "-""#, "/u"),
    (#"h - \"x\" [ \#(stamp) "GET /u HTTP/1.0" 200 1 "-" "-""#, "/u"),
    (#"h - x\" [01/Jan/2027:00:00:00 +0000] \#(stamp) "GET /u HTTP/1.0" 200 1 "-" "-""#, "/u"),
    (#"h - - \#(stamp) "GET /v HTTP/1.0" 200 1 "-" "-" extra 0.003"#, "/v"),
  ])
  func combinedLineIsCountedByItsPath(line: String, path: String) throws {
    let result = try batch(of: line, ParserSettings(key: "{path}")).only
    #expect(result == .counted(Self.time, key: path))
  }

  @Test(arguments: [
    "", " ", "-", "\"", "[]", "\u{0}",
    stamp,
    #"10.0.0.1 - - \#(stamp) "GET / HTTP/1.1" 200"#,
    #"10.0.0.1 - - \#(stamp) "GET / HTTP/1.1" 200 "#,
    #"10.0.0.1 - - \#(stamp) "GET / HTTP/1.1" 20 5 "-" "-""#,
    #"10.0.0.1 - - \#(stamp) "GET / HTTP/1.1 200 5"#,
    #"10.0.0.1 - - \#(stamp) "GET / HTTP/1.1\" 200 5 "-" "-""#,
    #"- \#(stamp) "GET / HTTP/1.1" 200 5 "-" "-""#,
    #" - - \#(stamp) "GET / HTTP/1.1" 200 5 "-" "-""#,
    #"10.0.0.1 - - \#(stamp) "GET / HTTP/1.1" 200 5"#,
  ])
  func lineOfAnotherFormIsMalformed(line: String) throws {
    #expect(try batch(of: line + "\n", ParserSettings()).only == .rejected(.malformed))
  }

  @Test(arguments: [
    "00/Jan/2026:00:00:00 +0000", "32/Jan/2026:00:00:00 +0000", "29/Feb/2026:00:00:00 +0000",
    "01/Jam/2026:00:00:00 +0000", "01/Jan/2026:24:00:00 +0000", "01/Jan/2026:00:60:00 +0000",
    "01/Jan/2026:00:00:61 +0000", "01/Jan/2026:00:00:00 00000", "01/Jan/2026:00:00:00 +0060",
    "01/Jan/2026 00:00:00 +0000", "01/Jan/2026:00:0a:00 +0000", "01/Jan/2026:00:00:00+00000",
    "01/Jan/1969:00:00:00 +0000", "01/Jan/1970:00:00:00 +0100", "01/Jan/2026:00:00:0\u{0} +0000",
  ])
  func stampThatNamesNoTimeIsRejected(stamp: String) throws {
    let line = #"h - - [\#(stamp)] "GET / HTTP/1.1" 200 5 "-" "-""#
    #expect(try batch(of: line, ParserSettings()).only == .rejected(.invalidTime))
  }

  @Test(
    arguments: [
      ("01/Jan/1970:00:00:00 +0000", 0), ("29/Feb/2024:23:59:59 +0000", 1_709_251_199),
      ("03/Aug/2015:06:30:49 -0400", 1_438_597_849), ("01/Jan/2026:05:30:00 +0530", 1_767_225_600),
      ("31/Dec/2016:23:59:60 +0000", 1_483_228_799),
    ] as [(String, Int64)])
  func stampIsReadToTheSecond(stamp: String, time: Int64) throws {
    let line = #"h - - [\#(stamp)] "GET / HTTP/1.1" 200 5"#
    #expect(try batch(of: line, ParserSettings(format: .common)).only == .counted(time, key: ""))
  }

  /// Several digits are tested at once, so the test tries every byte in the place of each. A quote in the timestamp
  /// begins a request without a timestamp before it.
  @Test(arguments: [false, true])
  func minuteAndSecondAreTwoDigitsOfATime(isSecond: Bool) throws {
    var line = Array(#"h - - [01/Jan/1970:00:00:00 +0000] "GET / HTTP/1.1" 200 5"#.utf8)
    var parser = try makeParser(ParserSettings(format: .common))
    let place = isSecond ? 25 : 22
    for tens in UInt8.min...UInt8.max where tens != UInt8(ascii: "\n") {
      for ones in UInt8.min...UInt8.max where ones != UInt8(ascii: "\n") {
        line[place] = tens
        line[place + 1] = ones
        let number = 10 * (Int64(tens) - 48) + Int64(ones) - 48
        let isNumber = (48...57).contains(tens) && (48...57).contains(ones)
        let quote = [tens, ones].firstIndex(of: UInt8(ascii: "\""))
        let isEscaped = quote == 1 && tens == UInt8(ascii: "\\")
        var result = LineResult.rejected(quote == nil || isEscaped ? .invalidTime : .malformed)
        if isNumber, number < (isSecond ? 61 : 60) {
          result = .counted(isSecond ? min(number, 59) : number * 60, key: "")
        }
        var batch = RecordBatch()
        parser.parse(line.span.bytes, now: later, into: &batch)
        if batch.only != result { Issue.record("\(tens) \(ones): \(batch)") }
      }
    }
  }

  @Test(arguments: 0..<5)
  func statusIsThreeDigitsBetweenBlanks(place: Int) throws {
    let stamp = "01/Jan/1970:00:00:00 +0000"
    var line = Array(#"h - - [\#(stamp)] "GET / HTTP/1.1" 209 5"#.utf8)
    let start = line.count - 6
    for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "\n") {
      line[start + place] = byte
      let isBlank = place == 0 || place == 4
      let fits = isBlank ? byte == UInt8(ascii: " ") : (48...57).contains(byte)
      let only = try batch(of: line, ParserSettings(format: .common)).only
      #expect(only == (fits ? .counted(0, key: "") : .rejected(.malformed)), "byte \(byte)")
    }
  }

  @Test func nulBytesInThePlaceOfAStampAreNoTime() throws {
    let zeros = String(repeating: "\u{0}", count: 26)
    let line = #"h - - [\#(zeros)] "GET / HTTP/1.1" 200 5 "-" "-""#
    #expect(try batch(of: line, ParserSettings()).only == .rejected(.invalidTime))
  }

  static let fields = [
    "host": "10.0.0.1", "ident": "i", "user": "ann lee", "method": "GET", "path": "/a",
    "query": "x=1?y", "protocol": "HTTP/1.1", "status": "200", "bytes": "17",
    "referer": "http://r/", "agent": #"a \"b\""#, "request": "GET /a?x=1?y HTTP/1.1",
    "time": "01/Jan/2026:00:59:59 +0000",
  ]

  @Test(arguments: fields.keys.sorted())
  func everyFieldCanBeTheKey(field: String) throws {
    let request = #""GET /a?x=1?y HTTP/1.1" 200 17"#
    let line = #"10.0.0.1 i ann lee \#(Self.stamp) \#(request) "http://r/" "a \"b\"""#
    let result = try batch(of: line, ParserSettings(key: "{\(field)}")).only
    #expect(result == .counted(Self.time, key: try #require(Self.fields[field])))
  }
}
