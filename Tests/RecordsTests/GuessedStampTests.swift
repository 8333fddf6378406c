import Foundation
import Host
import Records
import Testing

/// Logs of programs with a format of their own: each stamp is read to its end, whatever its shape.
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
    ("23/11/2026 10:00:00", "2026-11-23T10:00:00Z"),
    ("26/11/23 10:00:00", "2026-11-23T10:00:00Z"),
    ("261123  9:04:00", "2026-11-23T09:04:00Z"),
    ("20261123 100000", "2026-11-23T10:00:00Z"),
    ("1795428000", "2026-11-23T10:00:00Z"),
  ])
  func stampIsReadToItsEnd(stamp: String, time: String) throws {
    for line in ["\(stamp) hello", "[\(stamp)] hello", "worker 7 at \(stamp): hello"] {
      let best = try #require(Self.best([line, line]), "\(line)")
      #expect(best.times.lowerBound == (try Self.seconds(time)), "\(line)")
    }
  }

  @Test func monthAndDayAreToldApartByTheOtherLines() throws {
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

  /// A notice among a proxy's requests is no request, and its stamp without a year decides nothing.
  @Test func particularFormatWinsOverOneThatReadsMoreLines() throws {
    let request =
      "Nov 23 10:00:00 lb haproxy[7]: 192.0.2.1:5 [23/Nov/2026:10:00:00.143] in bk/srv 0/0/5/14/19 200 11 - - ---- 2/1/0/0/0 0/0 \"GET /a HTTP/1.1\""
    let best = try #require(
      Self.best(["Nov 23 09:00:00 lb haproxy[1]: Proxy in started.", request, request]))
    #expect(best.settings.format == .haproxy)
    #expect(best.counted == 2)
  }
}
