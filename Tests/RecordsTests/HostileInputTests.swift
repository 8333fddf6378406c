import Foundation
import Records
import TestSupport
import Testing

@Suite struct HostileInputTests {
  struct Target: CustomTestStringConvertible, Sendable {
    var format: LogFormat
    var fields: [String]

    /// The first field is the key; all fields are read.
    var settings: ParserSettings {
      ParserSettings(
        format: format, key: fields.first.map { "{\($0):path}" },
        exclude: fields.map { .init(field: $0, patterns: ["*q?z*", "no*", "*yes", "*e*t*l*"]) },
        maxLineBytes: 1_000)
    }

    var testDescription: String { format.name }
  }

  static let request = ["path", "query", "method", "protocol"]
  static let combined = request + ["host", "ident", "user", "bytes", "status", "time", "request"]

  static let targets: [Target] = [
    Target(format: .common, fields: combined),
    Target(format: .combined, fields: ["agent", "referer"] + combined),
    Target(format: .combinedWithHost, fields: ["server_name", "agent"] + request),
    Target(format: .nginx(#"$remote_addr [$time_local] "$request""#), fields: request),
    Target(format: .apache(#"%h %t "%r" %U"#), fields: ["host"] + request),
    Target(format: .json, fields: ["a.b", "request.uri", "a.b.1", "k"]),
    Target(format: .logfmt, fields: ["level", "msg", "flag", "path"]),
    Target(format: .syslog, fields: ["program", "pid", "message", "host"]),
    Target(format: .syslogProtocol, fields: ["program", "message", "priority"]),
    Target(format: .extended, fields: ["path", "agent", "cs-host"]),
    Target(format: .squid, fields: ["user", "path"]),
    Target(format: .haproxy, fields: ["backend", "client"] + request),
    Target(format: .classicLoadBalancer, fields: ["agent"] + request),
    Target(format: .applicationLoadBalancer, fields: ["domain", "agent"] + request),
    Target(format: .delimited(separator: ",", columns: ["time", "a", "b"]), fields: ["b", "a"]),
    Target(format: .delimited(separator: "|&|", columns: ["a", "time"]), fields: ["a"]),
    Target(format: .workload(start: 1), fields: ["user", "job", "think_time"]),
    Target(format: .workload(start: nil), fields: []),
    Target(format: .epoch, fields: ["2", "1", "7"]),
    Target(format: .regex(#"^(?<time>\d+) (?<a>\w+)?(?<b>.*)$"#), fields: ["b", "a"]),
  ]

  static let seeds: [String] =
    (FormatTests.servers + FormatTests.balancers + FormatTests.others).map(\.line) + [
      #"{"time":"2026-01-01T00:00:00Z","a":{"b":["\u00e9\ud83d\ude00",-1.5e3,true,null]}}"#,
      "#Fields: date time cs-uri-stem", "2026-01-01 00:00:00 /a", "; UnixStartTime: 7",
    ]

  /// Of twenty lines each, per format.
  static let rounds = Fuzzing.rounds(usually: 300)

  /// Flips bits, cuts, repeats, and mixes lines with each other and with bytes that are special in formats.
  static func mutate(_ line: [UInt8], _ random: inout Chance) -> [UInt8] {
    var bytes = line
    for _ in 0...Int.random(in: 0..<4, using: &random) {
      let at = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: at)
      case 1:
        bytes.insert(Array("\"\\[]{} ,=:\u{0}%\n".utf8).randomElement(using: &random)!, at: at)
      case 2: bytes.removeSubrange(at...)
      case 3: bytes.removeSubrange(..<at)
      case 4: bytes += bytes[at...]
      default:
        let other = Array(seeds.randomElement(using: &random)!.utf8)
        bytes = bytes[..<at] + other.suffix(Int.random(in: 0...other.count, using: &random))
      }
    }
    return Array(bytes.prefix(4_096))
  }

  @Test(arguments: targets)
  func mutatedLinesAreCountedOrRejected(target: Target) throws {
    var random = Chance(seed: Fuzzing.seed)
    var parser = try makeParser(target.settings)
    for _ in 0..<Self.rounds {
      var lines: [UInt8] = []
      for _ in 0..<20 {
        lines += Self.mutate(Array(Self.seeds.randomElement(using: &random)!.utf8), &random)
        lines.append(UInt8(ascii: "\n"))
      }
      var batch = RecordBatch()
      parser.parse(lines.span.bytes, now: 2_000_000_000, into: &batch)
      let counted = batch.tallies.reduce(0) { $0 + $1.count }
      let rejected = batch.rejections.values.reduce(0) { $0 + $1.count }
      #expect(
        batch.lineCount == counted + rejected + batch.headerCount + batch.filteredCount)
      #expect(batch.lineCount == lines.count { $0 == UInt8(ascii: "\n") })
      for rejection in batch.rejections.values {
        #expect(rejection.example.utf8.count <= 200)
        #expect(
          rejection.example.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f })
      }
    }
  }

  @Test func longLineIsCountedAsTooLong() throws {
    let settings = ParserSettings(format: .epoch, maxLineBytes: 10)
    let long = try batch(of: "1 345678901\n", settings)
    #expect(long.only == .rejected(.tooLong))
    #expect(try batch(of: "1 34567890\r\n", settings).only == .counted(1, key: ""))
  }

  @Test func lineThatWasCutByTheReaderIsCountedToo() throws {
    var parser = try makeParser(ParserSettings())
    var batch = RecordBatch()
    let beginning = Array(repeating: UInt8(ascii: "x"), count: 300)
    parser.rejectTooLong(beginning: beginning.span.bytes, into: &batch)
    #expect(batch.only == .rejected(.tooLong))
    #expect(batch.rejections[.tooLong]?.example.hasSuffix("x…") == true)
  }

  @Test func keyThatIsTooLongOrNotUTF8IsInvalid() throws {
    let settings = ParserSettings(format: .epoch, key: "{2}")
    let long = String(repeating: "k", count: 256)
    #expect(try batch(of: "1 \(long)\n", settings).only == .counted(1, key: long))
    #expect(try batch(of: "1 \(long)k\n", settings).only == .rejected(.invalidKey))
    #expect(try batch(of: [0x31, 0x20, 0xff], settings).only == .rejected(.invalidKey))
  }

  @Test func moreKeysThanTheTableHoldsAreAllCounted() throws {
    let text = (0..<40_000).map { "\($0 / 4) k\($0 % 20_000)\n" }.joined()
    let result = try batch(of: text, ParserSettings(format: .epoch, key: "{2}"))
    #expect(Set(result.tallies.map(\.key)).count == 20_000)
    #expect(result.tallies.reduce(0) { $0 + $1.count } == 40_000)
  }

  @Test func escapesInAnExampleAreShownAndNotObeyed() throws {
    let result = try batch(of: "\u{1b}]0;title\u{7}\u{202e}x\n", ParserSettings())
    #expect(result.rejections[.malformed]?.example == #"\x1b]0;title\x07\u{202e}x"#)
  }
}

@Suite struct DisplayEscapingTests {
  @Test(arguments: [
    ("plain ä 日 😀", "plain ä 日 😀"), ("a\nb\tc\\d\r", #"a\nb\tc\\d\r"#),
    ("\u{1b}[31m", #"\x1b[31m"#), ("\u{85}\u{9b}", #"\x85\x9b"#), ("\u{7f}", #"\x7f"#),
    ("a\u{202e}b\u{200b}c\u{feff}", #"a\u{202e}b\u{200b}c\u{feff}"#),
    ("\u{2028}\u{a0}\u{e000}\u{10ffff}", #"\u{2028}\u{a0}\u{e000}\u{10ffff}"#),
    ("e\u{301}", #"e\u{301}"#), ("\u{0}", #"\x00"#),
  ])
  func whatCouldDeceiveIsEscaped(text: String, shown: String) {
    #expect(String(escapedForDisplay: text, limit: 200) == shown)
  }

  @Test(
    arguments: [
      ([0xff], #"\xff"#), ([0xc3], #"\xc3"#), ([0xc3, 0x41], #"\xc3A"#),
      ([0xe2, 0x82, 0x41], #"\xe2\x82A"#), ([0xc0, 0xaf], #"\xc0\xaf"#),
      ([0xed, 0xa0, 0x80], #"\xed\xa0\x80"#), ([0xf0, 0x9f, 0x98], #"\xf0\x9f\x98"#),
      ([0xe2, 0xe2, 0x82, 0xac], #"\xe2€"#),
    ] as [([UInt8], String)])
  func bytesThatAreNoUTF8AreEscaped(bytes: [UInt8], shown: String) {
    #expect(String(escapedForDisplay: bytes, limit: 200) == shown)
  }

  @Test func textIsCutBetweenCharacters() {
    #expect(String(escapedForDisplay: "ääää", limit: 8) == "ääää")
    #expect(String(escapedForDisplay: "äääää", limit: 8) == "ää…")
    #expect(String(escapedForDisplay: "\u{1b}\u{1b}", limit: 7) == #"\x1b…"#)
    #expect(String(escapedForDisplay: "abc", limit: 0) == "")
  }
}
