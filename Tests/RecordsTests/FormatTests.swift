import Records
import Testing

/// All formats except common, combined and JSON, each with lines from its documentation.
@Suite struct FormatTests {
  struct Example: CustomTestStringConvertible, Sendable {
    var format: LogFormat
    var line: String
    var time: Int64
    var fields: [String: String]

    var testDescription: String { format.name }
  }

  static let combinedRest =
    #"10.0.0.1 - ann [01/Jan/2026:01:00:00 +0100] "GET /a?b=1 HTTP/1.1" 200 5 "-" "a \"b\"""#

  static let servers: [Example] = [
    Example(
      format: .combinedWithHost, line: "example.org:443 " + combinedRest, time: 1_767_225_600,
      fields: ["server_name": "example.org", "host": "10.0.0.1", "path": "/a", "query": "b=1"]),
    Example(
      format: .nginx(
        """
        log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                        '$status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time';
        """),
      line: combinedRest + " 0.003", time: 1_767_225_600,
      fields: ["host": "10.0.0.1", "user": "ann", "path": "/a", "remote_user": "ann"]),
    Example(
      format: .nginx("$time_iso8601 ${host} $request_method $uri $args"),
      line: "2026-01-01T00:00:00+00:00 example.org GET /x y=1", time: 1_767_225_600,
      fields: ["host": "example.org", "method": "GET", "path": "/x", "query": "y=1"]),
    Example(
      format: .nginx("$msec|$remote_addr"), line: "1767225600.123|::1", time: 1_767_225_600,
      fields: ["host": "::1"]),
    Example(
      format: .apache(
        #"LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\"" combined"#),
      line: combinedRest, time: 1_767_225_600,
      fields: ["host": "10.0.0.1", "path": "/a", "agent": #"a \"b\""#, "status": "200"]),
    Example(
      format: .apache(#"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\""#),
      line: combinedRest, time: 1_767_225_600,
      fields: ["path": "/a", "agent": #"a \"b\""#, "status": "200"]),
    Example(
      format: .apache(#""%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\"""#),
      line: combinedRest, time: 1_767_225_600,
      fields: ["path": "/a", "agent": #"a \"b\""#, "status": "200"]),
    Example(
      format: .apache("%{%Y-%m-%d %H:%M:%S %z}t %m %U %{X-Request-Id}i %%"),
      line: "2026-01-01 00:00:00 +0000 GET /u r1 %", time: 1_767_225_600,
      fields: ["method": "GET", "path": "/u", "x_request_id": "r1"]),
    Example(
      format: .nginx(#""$remote_addr" "$time_iso8601" "$request""#),
      line: #""::1" "2026-01-01T00:00:00Z" "GET /q HTTP/2.0""#, time: 1_767_225_600,
      fields: ["host": "::1", "path": "/q"]),
    Example(
      format: .apache(#"%h [%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t] "%r" %>s"#),
      line: #"h [01/Jan/2026:02:00:00.123 +0200] "GET /a HTTP/1.1" 200"#, time: 1_767_225_600,
      fields: ["host": "h", "path": "/a", "status": "200"]),
    Example(
      format: .apache("%{%Y-%m-%d %H:%M:%S}t|%h|%U|%{User-Agent}i|%p"),
      line: "2026-01-01 00:00:00|h|/a|x (y; z) | w|443", time: 1_767_225_600,
      fields: ["host": "h", "path": "/a", "port": "443"]),
    Example(
      format: .nginx(
        #"log_format plain escape=none '$remote_addr [$time_local] "$request" "$http_user_agent"';"#
      ),
      line: #"h [01/Jan/2026:00:00:00 +0000] "GET /a"b\ HTTP/1.1" "cu"rl\""#, time: 1_767_225_600,
      fields: ["host": "h", "agent": #"cu"rl\"#]),
    Example(
      format: .apache("%{begin:msec}t %v"), line: "1767225600999 v", time: 1_767_225_600,
      fields: ["server_name": "v"]),
  ]

  static let balancers: [Example] = [
    Example(
      format: .haproxy,
      line: "Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 "
        + "[06/Feb/2026:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- "
        + #"1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html?x HTTP/1.1""#,
      time: 1_770_380_054,
      fields: ["client": "10.0.1.2", "backend": "static", "path": "/index.html", "query": "x"]),
    Example(
      format: .squid,
      line: "1770380054.655    109 10.0.1.2 TCP_MISS/200 2750 GET http://example.org/a?x - "
        + "HIER_DIRECT/192.0.2.1 text/html",
      time: 1_770_380_054,
      fields: ["host": "10.0.1.2", "result": "TCP_MISS", "path": "http://example.org/a?x"]),
    Example(
      format: .applicationLoadBalancer,
      line: "h2 2026-07-02T22:23:00.186641Z app/lb/50dc 192.168.131.39:2817 10.0.0.1:80 "
        + #"0.000 0.001 0.000 200 200 34 366 "GET https://example.org:443/a/b?c=d HTTP/2.0" "#
        + #""curl/7.46.0" ECDHE TLSv1.2 arn:x "Root=1-58" "example.org" "-" 0 "#,
      time: 1_783_030_980,
      fields: ["path": "/a/b", "query": "c=d", "agent": "curl/7.46.0", "domain": "example.org"]),
    Example(
      format: .applicationLoadBalancer,
      line: "http 2026-07-02T22:23:00.186641Z app/lb/50dc 192.168.131.39:2817 - "
        + #"-1 -1 -1 400 - 0 0 "- http://example.org:80- -" "-" - - - "-" "-" "-""#,
      time: 1_783_030_980, fields: ["status": "400", "method": "-"]),
    Example(
      format: .classicLoadBalancer,
      line: "2015-05-13T23:39:43.945958Z my-lb 192.168.131.39:2817 10.0.0.1:80 0.000073 "
        + #"0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "#
        + #""curl/7.38.0" - -"#,
      time: 1_431_560_383, fields: ["path": "/", "host": "192.168.131.39", "status": "200"]),
  ]

  static let others: [Example] = [
    Example(
      format: .logfmt,
      line: #"ts=2026-01-01T00:00:00Z level=info flag msg="a \"b\" c" n=1 path=/x"#,
      time: 1_767_225_600,
      fields: ["level": "info", "msg": #"a "b" c"#, "flag": "", "path": "/x", "n": "1"]),
    Example(
      format: .syslog, line: "<13>Dec  9 08:05:01 web sshd[1234]: Accepted publickey",
      time: 1_765_267_501,
      fields: ["host": "web", "program": "sshd", "pid": "1234", "message": "Accepted publickey"]),
    Example(
      format: .syslog, line: "2026-01-01T00:00:00.123456+00:00 web systemd[1]: Started x.",
      time: 1_767_225_600, fields: ["host": "web", "program": "systemd"]),
    Example(
      format: .syslogProtocol,
      line: #"<165>1 2026-01-01T00:00:00.003Z web evntslog - ID47 [x@1 a="b\"\]"][y c="d"] text"#,
      time: 1_767_225_600, fields: ["host": "web", "program": "evntslog", "message": "text"]),
    Example(
      format: .delimited(separator: ",", columns: ["time", "path", "status"]),
      line: #"2026-01-01 00:00:00,"/a,""b""",200"#, time: 1_767_225_600,
      fields: ["path": #"/a,"b""#, "status": "200"]),
    Example(
      format: .delimited(separator: "\t", columns: ["path", "time"]),
      line: "\"/a\t1767225600\textra", time: 1_767_225_600, fields: ["path": "\"/a"]),
    Example(
      format: .delimited(separator: "|&|", columns: ["time", "a", "b"]),
      line: "1767225600|&|x|y|&|", time: 1_767_225_600, fields: ["a": "x|y", "b": ""]),
    Example(
      format: .workload(start: 781_275_672),
      line: "    1      0 1460  3 32 -1.00 -1 32 3600 -1 1 7 2 1 1 1 -1 -1", time: 781_275_672,
      fields: ["user": "7", "job": "1", "think_time": "-1"]),
    Example(format: .epoch, line: "1767225600999 b", time: 1_767_225_600, fields: ["2": "b"]),
    Example(format: .epoch, line: "1767225600999999 b", time: 1_767_225_600, fields: ["2": "b"]),
    Example(format: .epoch, line: "1767225600999999999", time: 1_767_225_600, fields: [:]),
    Example(
      format: .epoch, line: "1767225600.9 b c", time: 1_767_225_600,
      fields: ["1": "1767225600.9", "2": "b", "3": "c"]),
  ]

  @Test(arguments: servers + balancers + others)
  func documentedLineIsRead(example: Example) throws {
    for (field, value) in example.fields {
      let settings = ParserSettings(format: example.format, key: "\(field)={\(field)}")
      // A clock shortly after the line, because of timestamps without a year.
      let result = try batch(of: example.line, settings, now: example.time + 100).only
      #expect(result == .counted(example.time, key: "\(field)=\(value)"))
    }
  }

  @Test(arguments: servers + balancers + others)
  func lineOfNoFormatIsRejected(example: Example) throws {
    let rejects = try batch(of: "what\u{0} is [this\n", ParserSettings(format: example.format))
    #expect([.rejected(.malformed), .rejected(.invalidTime)].contains(rejects.only))
  }

  @Test func extendedLogSaysWhatItsColumnsAre() throws {
    let text = """
      #Version: 1.0\r
      #Fields: date time c-ip cs-uri-stem cs(User-Agent)\r
      2026-01-01 00:00:00 10.0.0.1 /a "Some agent"\r
      #Fields: time date cs-uri-stem\r
      00:00:01.5 2026-01-01 /b\r
      00:00:02 2026-01-01\r
      00:00:61 2026-01-01 /c\r

      """
    let result = try batch(of: text, ParserSettings(format: .extended, key: "{path}"))
    #expect(result.tallies.map(\.key) == ["/a", "/b"])
    #expect(result.headerCount == 3)
    #expect(result.rejections.mapValues(\.count) == [.malformed: 1, .invalidTime: 1])
    // Its times are UTC, wherever its readers live.
    let berlin = ParserSettings(
      format: .extended, timeZone: try TimeZoneTests.rules("Europe/Berlin"), key: "{path}")
    #expect(try batch(of: text, berlin).tallies.map(\.hour) == result.tallies.map(\.hour))
    #expect(result.tallies[0].hour == 1_767_225_600 / 3_600)
  }

  @Test func headerOfAFileFollowedFromItsMiddleCanBeReadFirst() throws {
    var parser = try makeParser(ParserSettings(format: .workload(start: nil), key: "{user}"))
    let header = Array("; Version: 2.2\n; UnixStartTime: 3600\n1 0 junk\n".utf8)
    parser.beginFile(FileOutline(beginning: header))
    let line = Array("2 1 1460  3 32 -1.00 -1 32 3600 -1 1 7 2 1 1 1 -1 -1\n".utf8)
    var batch = RecordBatch()
    parser.parse(line.span.bytes, now: later, into: &batch)
    #expect(batch.only == .counted(3_601, key: "7"))
  }

  @Test func csvLineOfColumnNamesIsAHeader() throws {
    let format = LogFormat.delimited(separator: ",", columns: ["time", "path"])
    let result = try batch(
      of: "time,path\n1767225601,/a\nnever,/b\n", ParserSettings(format: format))
    #expect(result.headerCount == 1)
    #expect(result.rejections.mapValues(\.count) == [.invalidTime: 1])
  }
}
