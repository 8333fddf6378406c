import Host
import Interchange
import Records
import Reporting
import Settings
import Testing
import harbinger

private func text(of log: String, path: String = "/var/log/a.log") throws -> [String] {
  let sample = Array(log.utf8)
  let now: Int64 = 4_000_000_000
  let detection = FormatDetection(sample: sample.span.bytes, now: now) {
    pattern throws(PatternError) in try Pattern(pattern)
  }
  let best = try #require(detection.candidates.first)
  let parsed = try ParsedLines(
    sample: sample.span.bytes, now: now, settings: best.settings, limit: 5,
    compilePattern: Pattern.compile)
  let evidence = try ReadingEvidence(
    sample: sample.span.bytes, now: now, settings: best.settings, compilePattern: Pattern.compile)
  var style = TerminalStyle()
  style.columns = 80
  style.isUTF8 = false
  return DetectionText(detection, parsed, evidence, path: path, style: style).lines
}

private func combined(_ path: String, second: Int = 0, agent: String = "curl") -> String {
  #"10.0.0.1 - - [01/Jan/2026:00:00:0\#(second) +0000] "GET \#(path) HTTP/1.1" 200 5 "-" "\#(agent)""#
    + "\n"
}

@Test func detectionShowsFiveLinesTheRejectsAndTheEntry() throws {
  let log = (0..<7).map { combined("/\($0)", second: $0) }.joined() + "x\ny\n"
  #expect(
    try text(of: log).joined(separator: "\n") == """
      combined: 7 of the first 9 lines (77 %)
        from Thu 2026-01-01 00:00:00 to Thu 2026-01-01 00:00:06, in UTC
        by hour of the day, 00 to 23: @_______________________
        2 rejected as malformed, such as y
      common: 7 of the first 9 lines (77 %)

      time                     host      method  path  protocol  status  bytes  agent
      Thu 2026-01-01 00:00:00  10.0.0.1  GET     /0    HTTP/1.1  200     5      curl
      Thu 2026-01-01 00:00:01  10.0.0.1  GET     /1    HTTP/1.1  200     5      curl
      Thu 2026-01-01 00:00:02  10.0.0.1  GET     /2    HTTP/1.1  200     5      curl
      Thu 2026-01-01 00:00:03  10.0.0.1  GET     /3    HTTP/1.1  200     5      curl
      Thu 2026-01-01 00:00:04  10.0.0.1  GET     /4    HTTP/1.1  200     5      curl

      fields: host, ident, user, time, request, method, path, query, protocol, status,
        bytes, referer, agent

      sources:
        - name: log
          files: /var/log/a.log
          format: combined
      """)
}

@Test func ofBlankLinesThereIsNoExample() throws {
  let log = (0..<7).map { combined("/\($0)", second: $0) }.joined() + "\n  \n"
  #expect(try text(of: log).contains("  2 rejected as malformed"))
}

@Test func hostileTextIsEscapedWhereverItStands() throws {
  let evil = "\u{1b}[31m\u{202e}\u{7}"
  let logs = [
    combined("/\(evil)") + "\(evil)\n",
    #"{"ts":1767225600,"\#("a\\u001b\\u202e")":"\u001b[2J"}"# + "\n{\(evil)\n",
    "time;\(evil)\n1767225600;\(evil)\n\(evil)\n",
  ]
  for log in logs {
    let lines = try text(of: log, path: "/var/log/\(evil)\n.log")
    #expect(lines.contains { $0.contains(#"\x1b"#) })
    for scalar in lines.joined().unicodeScalars {
      #expect((" "..."~").contains(scalar) || scalar == "…", "\(scalar.value)")
    }
  }
}

@Test(arguments: [
  (
    "id;Time stamp;timestamp;a: \"b\"\n1;2;1767225600;3\n",
    ["id", "Time stamp", "timestamp", "a: \"b\""]
  ),
  ("ts\tpath\n1767225600\t/a\n", ["ts", "path"]),
  ("Date,null,true,1,#x\n1767225600,1,2,3,4\n", ["Date", "null", "true", "1", "#x"]),
])
func entryReadsTheLogAsItWasDetected(log: String, columns: [String]) throws {
  let path = "/var/log/it's \"new\": #1.csv"
  let lines = try text(of: log, path: path)
  let start = try #require(lines.firstIndex(of: "sources:"))
  let source = try settings(lines[start...]).sources[0]
  #expect(source.files == [path])
  #expect(source.columns == columns)
  var parser = try RecordParser(settings: ParserSettings(format: source.logFormat)) {
    pattern throws(PatternError) in try Pattern(pattern)
  }
  var batch = RecordBatch()
  parser.parse(Array(log.utf8).span.bytes, now: 4_000_000_000, into: &batch)
  #expect(batch.headerCount == 1)
  #expect(batch.segments.flatMap(\.tallies).map(\.latest) == [1_767_225_600])
}

@Test func entryOfAnOwnFormatReadsTheLogAsItWasDetected() throws {
  let log = "[01/Jan/2026 00:00:00] \"GET /a HTTP/1.1\" 200 12\n"
  let lines = try text(of: log)
  let start = try #require(lines.firstIndex(of: "sources:"))
  let settings = try settings(lines[start...])
  var parser = try RecordParser(settings: settings.parser(of: settings.sources[0])) {
    pattern throws(PatternError) in try Pattern(pattern)
  }
  var batch = RecordBatch()
  parser.parse(Array(log.utf8).span.bytes, now: 4_000_000_000, into: &batch)
  #expect(batch.segments.flatMap(\.tallies).map(\.latest) == [1_767_225_600])
}

private func settings(_ lines: ArraySlice<String>) throws -> ServiceSettings {
  try SettingsReader.ofThisMachine.read(
    Array(lines.joined(separator: "\n").utf8), file: "/etc/h.yaml")
}
