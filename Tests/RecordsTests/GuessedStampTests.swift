import Foundation
import Host
import Records
import Testing

/// Logs of programs with their own format: the whole timestamp is read, whatever its shape.
@Suite struct GuessedStampTests {
  /// 2026-11-27T12:00:00Z.
  static let now: Int64 = 1_795_780_800

  static func best(_ lines: [String]) -> FormatDetection.Candidate? {
    let bytes = Array(lines.joined(separator: "\n").utf8) + [10]
    return FormatDetection(sample: bytes.span.bytes, now: now) {
      pattern throws(PatternError) in try Pattern(pattern)
    }.candidates.first
  }

  static func seconds(_ text: String) throws -> Int64 {
    Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970)
  }

  @Test(arguments: [
    ("22-Nov-2026 22:20:00 +0200", "2026-11-22T20:20:00Z"),
    ("23/Nov/2026:10:00:00.123 +01", "2026-11-23T09:00:00Z"),
    ("2026-11-23 10:00:00 +01:00", "2026-11-23T09:00:00Z"),
    ("2026-11-23 10:00:00,250 CET", "2026-11-23T09:00:00Z"),
    ("Mon 2026-08-03 10:00:00 CEST", "2026-08-03T08:00:00Z"),
    ("Mon Nov 23 10:00:00 PST 2026", "2026-11-23T18:00:00Z"),
    ("Mon, 23 Nov 2026 10:00:00 -0500", "2026-11-23T15:00:00Z"),
    ("2026/11/23 01:00:00 PM", "2026-11-23T13:00:00Z"),
    ("Nov 3, 2026 1:05:00 AM", "2026-11-03T01:05:00Z"),
    ("11/23/2026 9:00:00", "2026-11-23T09:00:00Z"),
    ("11/23/2026-10:00:00.123456", "2026-11-23T10:00:00Z"),
    ("23.11.2026 10:00:00", "2026-11-23T10:00:00Z"),
    ("23.11.2026 10.00.00", "2026-11-23T10:00:00Z"),
    ("23/11/2026 10:00:00", "2026-11-23T10:00:00Z"),
    ("26/11/23 10:00:00", "2026-11-23T10:00:00Z"),
    ("261123  9:04:00", "2026-11-23T09:04:00Z"),
    ("20261123 100000", "2026-11-23T10:00:00Z"),
    ("1795428000", "2026-11-23T10:00:00Z"),
    ("1795428000123456", "2026-11-23T10:00:00Z"),
    ("Mon Nov 23 2026 10:00:00 GMT+0100", "2026-11-23T09:00:00Z"),
    ("2026-11-23 10:00:00 UTC+05:30", "2026-11-23T04:30:00Z"),
    ("2026-11-23 10:00:00 GMT-5", "2026-11-23T15:00:00Z"),
    ("11/23/2026 01:00:00 p.m.", "2026-11-23T13:00:00Z"),
    ("23-NOV-26 02.00.00.123456 PM", "2026-11-23T14:00:00Z"),
    ("23 Nov 10:00:00.123", "2026-11-23T10:00:00Z"),
    ("01 Jan 00:10:00.123", "2026-01-01T00:10:00Z"),
    ("23Nov2026 10:00:00.123", "2026-11-23T10:00:00Z"),
    ("nov/23/2026 10:00:00", "2026-11-23T10:00:00Z"),
    ("3-Nov-2026::10:00:00", "2026-11-03T10:00:00Z"),
    ("2026_11_23 10:00:00", "2026-11-23T10:00:00Z"),
    ("2026-11-23|10:00:00", "2026-11-23T10:00:00Z"),
    ("2026-11-23,10:00:00", "2026-11-23T10:00:00Z"),
    ("20261123100000123", "2026-11-23T10:00:00Z"),
    ("11-23 10:00:00.123", "2026-11-23T10:00:00Z"),
    ("1123/100000.123456", "2026-11-23T10:00:00Z"),
    ("@400000006b040eaa075bcd15", "2026-11-23T10:00:00Z"),
  ])
  func stampIsReadToItsEnd(stamp: String, time: String) throws {
    for line in ["\(stamp) hello", "[\(stamp)] hello", "worker 7 at \(stamp): hello"] {
      let best = try #require(Self.best([line, line]), "\(line)")
      #expect(best.times.lowerBound == (try Self.seconds(time)), "\(line)")
    }
  }

  @Test func severityBeforeTheStampIsNoPartOfIt() throws {
    let best = try #require(Self.best(["I20261123 10:00:00.123456  7 a.cc:1] b"]))
    #expect(best.times.lowerBound == (try Self.seconds("2026-11-23T10:00:00Z")))
  }

  /// Goal: of two orders of day and month that are both possible, the one in which the days follow each other is read.
  @Test(arguments: [
    ["03/11/2026", "04/11/2026", "05/11/2026"], ["11/03/2026", "11/04/2026", "11/05/2026"],
    ["03-11-26", "04-11-26", "05-11-26"],
  ])
  func daysOfALogFollowEachOther(days: [String]) throws {
    let range = try Self.seconds("2026-11-03T10:00:00Z")...Self.seconds("2026-11-05T10:00:00Z")
    let log = try #require(Self.best(days.map { "\($0) 10:00:00 a" }))
    #expect(log.times == range)
    let table = try #require(Self.best(["when,who"] + days.map { "\($0) 10:00:00,a" }))
    #expect(table.times == range)
  }

  /// Goal: a number of ten digits is no time where a stamp stands beside it.
  @Test(arguments: [
    ["1234567890 2026-11-23 10:00:00 a", "1234567891 2026-11-23 11:00:00 b"],
    ["a 1795428000 2026-11-23 10:00:00", "b 1795428000 2026-11-23 11:00:00"]
      + ["c 1795428000 2026-11-23 11:00:00"],
    ["id,created", "1500000001,2026-11-23 10:00:00", "1500000002,2026-11-23 11:00:00"],
    ["user,expiry_date,login", "a,2026-11-27 00:00:00,2026-11-23 10:00:00"]
      + ["b,2026-11-27 00:00:00,2026-11-23 11:00:00"],
    [
      #"{"last_login_time":"2026-10-01T07:00:00Z","occurred":"2026-11-23T10:00:00Z"}"#,
      #"{"last_login_time":"2026-10-02T07:00:00Z","occurred":"2026-11-23T11:00:00Z"}"#,
    ],
    [
      #"{"token_expires":"2026-11-23T22:00:00Z","logged":"2026-11-23T10:00:00Z"}"#,
      #"{"token_expires":"2026-11-23T23:00:00Z","logged":"2026-11-23T11:00:00Z"}"#,
    ],
  ])
  func timeOfTheRecordIsToldFromOthers(lines: [String]) throws {
    let best = try #require(Self.best(lines))
    #expect(
      best.times
        == (try Self.seconds("2026-11-23T10:00:00Z")...Self.seconds("2026-11-23T11:00:00Z")))
  }

  @Test func linesOfAStackTraceDoNotCountAgainstTheStamp() throws {
    let trace = (1...14).map { "\tat a.B.c(B.java:\($0))" }
    let best = try #require(Self.best(["2026-11-23 10:00:00,123 ERROR boom"] + trace))
    #expect(best.counted == 1)
  }

  /// Goal: where a request is logged in several lines, the one with the time is counted, and a request that precedes
  /// the time can be the key.
  @Test(arguments: [
    (
      [
        "Started GET \"/a?b\" for 10.0.0.1 at 2026-11-23 TIME +0000", "Processing by A#b as HTML",
        "  Parameters: {}", "Rendering a", "Rendered a (0.7ms)", "Completed 200 OK in 12ms", "", "",
      ], "/a"
    ),
    (
      [
        "# Time: 2026-11-23TTIME.123456Z", "# User@Host: shop[shop] @ localhost []  Id: 7",
        "# Query_time: 2.000123  Lock_time: 0.000002", "SET timestamp=1795428000;", "SELECT 1;",
      ], nil
    ),
  ])
  func oneLineOfEachEntryHasTheTime(entry: [String], path: String?) throws {
    func log(_ hours: [Int]) -> [String] {
      hours.flatMap { hour in
        entry.map { $0.replacingOccurrences(of: "TIME", with: "\(hour):00:00") }
      }
    }
    let best = try #require(Self.best(log([10, 12, 15])))
    #expect(best.counted == 3)
    #expect(
      best.times
        == (try Self.seconds("2026-11-23T10:00:00Z")...Self.seconds("2026-11-23T15:00:00Z")))
    #expect(best.settings.unmatched == .continuation)
    #expect((best.settings.format.options.pattern?.contains("<path>") ?? false) == (path != nil))
    // Times in a text are in no order.
    #expect(Self.best(log([10, 15, 12])) == nil)
  }

  /// Goal: the time in a directive of a header is not counted.
  @Test func directiveIsNoRecord() throws {
    let best = try #require(
      Self.best([
        "#Version: 15.0.0.0", "#Date: 2026-11-23T09:00:00.000Z", "#Fields: date-time,event",
        "2026-11-23T10:00:00.000Z,+", "2026-11-23T11:00:00.000Z,-",
      ]))
    #expect(best.counted == 2)
  }

  @Test(arguments: ["America/New_York", "IST"])
  func zoneThatIsPassedOverIsNamed(zone: String) {
    let bytes = Array("[23-Nov-2026 10:00:00 \(zone)] PHP Notice: a\n".utf8)
    let unread = UnreadZone(in: bytes.span.bytes, now: Self.now)
    #expect(unread?.name == zone)
    let other = Array("[23-Nov-2026 10:00:00 \(zone == "IST" ? "INFO" : "CET")] a\n".utf8)
    let none = UnreadZone(in: other.span.bytes, now: Self.now)
    #expect(none == nil)
  }

  @Test(arguments: ["2026-11-23 10.20.30.40 GET /", "23.11.2026 10.20.30.40 GET /"])
  func anAddressIsNoTimeOfDay(line: String) {
    #expect(Self.best([line, line]) == nil)
  }

  @Test func monthAndDayAreInferredFromTheOtherLines() throws {
    let best = try #require(Self.best(["03/11/2026 10:00:00 a", "23/11/2026 10:00:00 b"]))
    #expect(
      best.times
        == (try Self.seconds("2026-11-03T10:00:00Z")...Self.seconds("2026-11-23T10:00:00Z")))
  }

  @Test func durationInAFieldCalledTimeIsNoTime() throws {
    let line = #"{"time":0.005,"@timestamp":"2026-11-23T10:00:00+01:00"}"#
    let best = try #require(Self.best([line]))
    #expect(best.settings.format == .json)
    #expect(best.times.lowerBound == (try Self.seconds("2026-11-23T09:00:00Z")))
  }

  /// A notice among a proxy's requests is no request, and its timestamp without a year does not influence the detected
  /// format.
  @Test func particularFormatWinsOverOneThatReadsMoreLines() throws {
    let request =
      "Nov 23 10:00:00 lb haproxy[7]: 192.0.2.1:5 [23/Nov/2026:10:00:00.143] in bk/srv 0/0/5/14/19 200 11 - - ---- 2/1/0/0/0 0/0 \"GET /a HTTP/1.1\""
    let best = try #require(
      Self.best(["Nov 23 09:00:00 lb haproxy[1]: Proxy in started.", request, request]))
    #expect(best.settings.format == .haproxy)
    #expect(best.counted == 2)
  }

  /// Logs of real programs, each with the most specific format and the time of its first record.
  @Test(arguments: [
    ("csv", ["date;time;host", "23.11.2026;10:00:00;a", "24.11.2026;11:00:00;b"], 2),
    ("tsv", ["Date\tTime\tHost", "11/23/2026\t10:00:00\ta", "11/23/2026\t11:00:00\ta"], 2),
    ("csv", ["Date,Time,Path", "2026-11-23,10:00:00,/a"], 1),
    ("csv", ["id,done at", "1,2026-11-23T10:00:00Z", "2,2026-11-23T11:00:00Z"], 2),
    ("logfmt", [#"date=2026-11-23 time=10:00:00 devname="x""#], 1),
    ("json", [#"{"date":"2026-11-23","time":"10:00:00"}"#], 1),
    (
      "json",
      [#"{"date":"11/23/2026","time":"10:00:00"}"#, #"{"date":"11/24/2026","time":"10:00:00"}"#], 2
    ),
    ("json", [#"{"birthday":"1990-01-01T00:00:00Z","madeAt":"2026-11-23T10:00:00Z"}"#], 1),
    ("json", [#"{"id":7,"ctx":{"http":{"start_ms":1795428000000}}}"#], 1),
    ("json", [#"{"ts":1.795428e9}"#], 1),
    ("json", [#"{"time_local":"23/Nov/2026:10:00:00 +0000","status":"200"}"#], 1),
    (
      "json",
      [#"{"ua":"a\x22b\xE4","ts":"2026-11-23T10:00:00Z"}"#, #"{"ts":"2026-11-23T11:00:00Z"}"#],
      2
    ),
    (
      "logfmt",
      [#"<189>date=2026-11-23 time=11:00:00 eventtime=1795428000123456789 tz="+0100" a=b"#], 1
    ),
    ("json", [#"web_1  | {"ts":"2026-11-23T10:00:00Z"}"#], 1),
    (
      "json", ["\u{feff}" + #"{"ts":"2026-11-23T10:00:00Z"}"#, #"{"ts":"2026-11-23T11:00:00Z"}"#], 2
    ),
    ("json", ["\u{1b}[36m" + #"{"ts":"2026-11-23T10:00:00Z"}"# + "\u{1b}[0m"], 1),
    ("regex", ["\u{1b}[32m2026-11-23 10:00:00\u{1b}[0m INFO GET /a"], 1),
    (
      "docker",
      [
        #"{"log":"a lo","stream":"stdout","time":"2026-11-23T10:00:00Z"}"#,
        #"{"log":"ng line\n","stream":"stdout","time":"2026-11-23T10:00:00Z"}"#,
      ], 1
    ),
    (
      "cri", ["2026-11-23T10:00:00.4Z stdout P a lo", "2026-11-23T10:00:00.4Z stdout F ng line"], 1
    ),
    (
      "w3c",
      ["#Version: 1.0", "#Date: 2026-11-23 09:00:00", "#Fields: time cs-method", "10:00:00 GET"], 1
    ),
    (
      "w3c",
      [
        "#Date: 2026-11-23 09:00:00", "#Fields: date time cs(User-Agent) sc-status",
        "2026-11-23 10:00:00 \"curl 200", "2026-11-23 11:00:00 curl 200",
      ], 2
    ),
    ("syslog5424", ["90 <34>1 2026-11-23T10:00:00Z host su - ID47 - failed"], 1),
    (
      "haproxy",
      [
        "2026-11-23T11:00:01.123+01:00 lb haproxy[7]: 192.0.2.1:1 [23/Nov/2026:11:00:00.655] f b/s 0/0/5 212 -- 0/0/0/0/3 0/0"
      ], 1
    ),
    (
      "haproxy",
      [
        #"192.0.2.1:1 [23/Nov/2026:10:00:00.655] fe be/s1 0/0/0/0/0 200 117 - - ---- 2/1/0/0/0 0/0 "GET /a HTTP/1.1" 0/-/-/-/0 www/TLSv1.3/TLS_A"#
      ], 1
    ),
    (
      "combined",
      [
        #"192.0.2.1 - - [23/Nov/2026:10:00:00 +0000] "GET /?t=alert("a") HTTP/1.1" 404 13 "-" "curl""#,
        #"192.0.2.1 - - [23/Nov/2026:11:00:00 +0000] "GET / HTTP/1.1" - - "-" "curl""#,
        #"192.0.2.1 - "" [23/Nov/2026:11:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl""#,
      ], 3
    ),
  ])
  func logOfAProgramIsReadAsItsFormatSays(format: String, lines: [String], count: Int) throws {
    let best = try #require(Self.best(lines))
    #expect(best.settings.format.name == format)
    #expect(best.counted == count)
    #expect(best.times.lowerBound == (try Self.seconds("2026-11-23T10:00:00Z")))
  }

  @Test(arguments: [
    ["elapsed,time", "1,0.1", "2,0.2"], ["192.0.2.1 GET /a", "192.0.2.2 GET /b"],
    Array(repeating: "R02-M1 2026-11-23-15.42.50 KERNEL INFO", count: 30) + ["time=4 took=4"],
  ])
  func whatNoFormatReadsIsNotReadByOne(lines: [String]) {
    #expect(Self.best(lines)?.settings.format.name == nil)
  }

  @Test func unreadStampSaysHowFarItWasRead() throws {
    let bytes = Array("R02-M1 2026-11-23-15.42.50 KERNEL INFO\n".utf8)
    let unread = UnreadStamps(sample: bytes.span.bytes, now: Self.now)
    let line = try #require(unread.lines.first)
    #expect(line.read == "2026-11-23-15")
    #expect(line.layout == "%Y-%m-%d-%H")
    #expect(line.rest.hasPrefix(".42.50"))
  }

  /// Goal: a log in local time east of Greenwich that is read as UTC is reported.
  @Test func logOfTheFutureIsReadAndReportedAsAhead() throws {
    let best = try #require(
      Self.best(["2026-11-27 12:30:00 GET /a", "2026-11-27 13:00:00 GET /a"]))
    #expect(best.aheadSeconds == 1_800...3_600)
    #expect(
      Self.best(["2026-11-27 11:30:00 GET /a", "2026-11-27 13:00:00 GET /a"])?.aheadSeconds == nil)
  }

  @Test func evidenceSaysWhatWasNotInTheLines() throws {
    func evidence(_ lines: [String], _ settings: ParserSettings) throws -> ReadingEvidence {
      let bytes = Array(lines.joined(separator: "\n").utf8)
      return try ReadingEvidence(
        sample: bytes.span.bytes, now: Self.now, settings: settings,
        compilePattern: Pattern.compile)
    }
    let syslog = try evidence(
      ["Nov 23 10:00:00 h p: a", "Nov 23 08:00:00 h p: b"], ParserSettings(format: .syslog))
    #expect(syslog.inferred == [.year, .zone])
    #expect(syslog.backwardCount == 1)
    #expect(syslog.byHour[10] == 1 && syslog.byHour[8] == 1)
    let dated = try evidence(
      ["2026-11-23T10:00:00Z h p: a"], ParserSettings(format: .syslog))
    #expect(dated.inferred == [])
  }

  /// Goal: a prefix of an access log's line is not taken for its client. Method: the key is the host.
  @Test(arguments: [
    "", "www.example.org ", "2026-11-23T10:00:05.41Z stdout F ", "Nov 23 10:00:05 web nginx: ",
    "<190>Nov 23 10:00:05 192.0.2.50 nginx: ", "0.005 ", "www.example.org:443 ",
    "web-1  | ", "2026-11-23T10:00:05.123456+00:00 app[web.1]: ",
    "web-1  | 2026-11-23T10:00:05.123456789Z ",
  ])
  func hostIsTheClient(prefix: String) throws {
    let line =
      prefix + #"192.0.2.9 - - [23/Nov/2026:10:00:05 +0000] "GET /a HTTP/1.1" 200 13 "-" "curl""#
    var settings = try #require(Self.best([line])).settings
    settings.key = "{host}"
    #expect(try batch(of: line, settings, now: Self.now).tallies.map(\.key) == ["192.0.2.9"])
  }

  /// A client cannot appear as another one by a made-up user name.
  @Test(arguments: ["a - b", "10.0.0.9 - -", "x y"])
  func userIsNoHost(user: String) throws {
    let line =
      #"192.0.2.9 - \#(user) [23/Nov/2026:10:00:05 +0000] "GET /a HTTP/1.1" 200 13 "-" "curl""#
    let settings = ParserSettings(key: "{host}")
    #expect(try batch(of: line, settings, now: Self.now).tallies.map(\.key) == ["192.0.2.9"])
  }
}
