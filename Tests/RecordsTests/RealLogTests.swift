import Foundation
import Host
import Records
import TestSupport
import Testing

/// The three real logs, in their own formats, against counts made by another program (`derive_hourly.py`).
@Suite(.enabled(if: Checkout.hasShared, "needs the real logs beside the checkout"))
struct RealLogTests {
  static func opendap(key: String) -> ParserSettings {
    ParserSettings(
      format: .regex(#"^(?<time>.*?)\|&\|(?<user>.*?)\|&\|(?<collection>.*?)\|&\|"#),
      timeLayout: "%Y-%m-%d %I:%M%p", key: key)
  }

  @Test func weblogTotalsEqualTheTruth() throws {
    let log = try RealLog("weblog-2015", "access.log.10.gz")
    let counts = try log.counts(ParserSettings(format: .combined))
    #expect(counts.rejected == [:])
    #expect(counts.total == (try log.totalTruth()))
  }

  @Test func weblogStreamsEqualTheTruth() throws {
    let log = try RealLog("weblog-2015", "access.log.10.gz")
    let counts = try log.counts(ParserSettings(format: .combined, key: "{path}"))
    #expect(counts.differences(from: try log.streamTruth()) == [])
    // These 70 lines have paths of more than 256 bytes, which the truth's program allows.
    #expect(counts.rejected == [.invalidKey: 70])
  }

  @Test func opendapCountsEqualTheTruth() throws {
    let log = try RealLog("opendap-2015-2017", "logs_for_opendap.txt.gz")
    let truth = try log.streamTruth()
    let users = try log.counts(Self.opendap(key: "user {user}"))
    #expect(users.rejected == [:])
    #expect(users.total == (try log.totalTruth()))
    #expect(users.differences(from: truth.filter { $0.key.hasPrefix("user ") }) == [])
    let collections = try log.counts(Self.opendap(key: "collection {collection}"))
    #expect(collections.differences(from: truth.filter { $0.key.hasPrefix("collection ") }) == [])
  }

  @Test func opendapIsReadAsColumnsToo() throws {
    let log = try RealLog("opendap-2015-2017", "logs_for_opendap.txt.gz")
    let settings = ParserSettings(
      format: .delimited(separator: "|&|", columns: ["time", "user", "collection"]),
      timeLayout: "%Y-%m-%d %I:%M%p", key: "collection {collection}")
    let counts = try log.counts(settings)
    #expect(counts.rejected == [:])
    #expect(counts.total == (try log.totalTruth()))
  }

  @Test func lanlCountsEqualTheTruth() throws {
    let log = try RealLog("lanl-cm5-1994-1996", "LANL-CM5-1994-4.1-cln.swf.gz")
    let counts = try log.counts(ParserSettings(format: .workload(start: nil), key: "user {user}"))
    #expect(counts.rejected == [:])
    #expect(counts.total == (try log.totalTruth()))
    #expect(counts.differences(from: try log.streamTruth()) == [])
  }

  @Test(arguments: [
    ("weblog-2015", "access.log.10.gz", "combined"),
    ("lanl-cm5-1994-1996", "LANL-CM5-1994-4.1-cln.swf.gz", "swf"),
  ])
  func formatIsDetected(name: String, file: String, format: String) throws {
    let log = try RealLog(name, file)
    let detection = FormatDetection(
      sample: log.bytes.span.bytes.extracting(0..<100_000), now: later,
      compilePattern: Pattern.compile)
    #expect(detection.candidates.first?.settings.format.name == format)
  }
}

/// One of the logs of `shared/data`, unpacked by gzip.
struct RealLog {
  let bytes: [UInt8]
  let folder: URL
  let name: String

  init(_ name: String, _ file: String) throws {
    self.name = name
    folder = Checkout.shared.appending(path: "data/\(name)")
    bytes = try Self.unpack(folder.appending(path: file))
  }

  static func unpack(_ file: URL) throws -> [UInt8] {
    let place = try TemporaryFolder()
    let gzip = try ChildProcess(["gzip", "-dc", file.path], output: place.path("log"))
    try #require(gzip.waitUntilExit() == 0)
    return Array(try Data(contentsOf: place.url.appending(path: "log")))
  }

  /// Parsed in batches of a size that no line ends at.
  func counts(_ settings: ParserSettings) throws -> HourlyCounts {
    var parser = try makeParser(settings)
    var batch = RecordBatch()
    var start = 0
    while start < bytes.count {
      var end = min(start + 1 << 18, bytes.count)
      while end < bytes.count, bytes[end - 1] != UInt8(ascii: "\n") { end -= 1 }
      parser.parse(bytes.span.bytes.extracting(start..<end), now: later, into: &batch)
      start = end
    }
    return HourlyCounts(batch)
  }

  /// Key to hour to count.
  func streamTruth() throws -> [String: [Int: Int]] {
    try truth("\(name).hourly.csv.gz")
  }

  func totalTruth() throws -> [Int: Int] {
    try truth("\(name).total.csv.gz")["*"] ?? [:]
  }

  private func truth(_ file: String) throws -> [String: [Int: Int]] {
    let csv = String(decoding: try Self.unpack(folder.appending(path: file)), as: UTF8.self)
    var counts: [String: [Int: Int]] = [:]
    for line in csv.split(separator: "\n").dropFirst() {
      // Counting from the right: a key may hold commas, but then it is quoted.
      let columns = line.split(separator: ",")
      let key = columns.dropLast(2).joined(separator: ",").replacing("\"", with: "")
      let numbers = columns.suffix(2).compactMap { Int($0) }
      try #require(numbers.count == 2)
      counts[key, default: [:]][numbers[0] / 3_600] = numbers[1]
    }
    return counts
  }
}

struct HourlyCounts {
  var total: [Int: Int] = [:]
  var byKey: [String: [Int: Int]] = [:]
  var rejected: [RejectionReason: Int]

  init(_ batch: RecordBatch) {
    rejected = batch.rejections.mapValues(\.count)
    for tally in batch.tallies {
      total[tally.hour, default: 0] += tally.count
      byKey[tally.key, default: [:]][tally.hour, default: 0] += tally.count
    }
  }

  /// The streams that were counted otherwise.
  func differences(from truth: [String: [Int: Int]]) -> [String] {
    truth.filter { $0.key != "*" && byKey[$0.key] != $0.value }.keys.sorted()
  }
}
