import Arithmetic
package import Records
import Reporting

/// Hourly counts from a table `key,hour_start_utc_epoch,count`, without hours that have no requests.
package struct HourlyTable {
  /// Requests by hour since the epoch and key.
  package private(set) var hours: [Int: [String: Int]] = [:]
  /// The number of rows that are not hourly counts.
  package private(set) var rejectedCount = 0

  package init() {}

  /// Limited so that sums cannot overflow.
  private static let counts = 1...1 << 40
  /// From 1970 to 2242.
  private static let starts = 0..<1 << 33

  /// Whether a text is the beginning of such a table.
  package static func isBeginning(_ text: String) -> Bool {
    text.hasPrefix("key,hour_start_utc_epoch,count")
  }

  /// Adds rows; a header is skipped.
  package mutating func add(_ lines: some Sequence<Substring>) {
    for line in lines where !line.hasPrefix("key,hour") {
      // The key may contain commas, the two numbers cannot.
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count >= 3, let count = Int(fields[fields.count - 1]),
        Self.counts.contains(count), let start = Int(fields[fields.count - 2]),
        Self.starts.contains(start)
      else {
        rejectedCount += 1
        continue
      }
      let key = fields.dropLast(2).joined(separator: ",")
      hours[floorDivide(start, 3600), default: [:]][key, default: 0] += count
    }
  }

  /// Adds requests to an hour, counted since the epoch.
  package mutating func add(_ count: Int, of key: String, at hour: Int) {
    hours[hour, default: [:]][key, default: 0] += count
  }

  /// The counts as batches, as a parser would have produced them.
  package func batches() -> [RecordBatch] {
    hours.keys.sorted().map { hour in
      var batch = RecordBatch()
      let tallies = (hours[hour] ?? [:]).sorted { $0.key < $1.key }.map {
        RecordBatch.Tally(
          key: $0.key, hour: hour, count: $0.value, latest: Int64(hour) * 3600 + 3599)
      }
      batch.lineCount = tallies.count
      batch.segments = [RecordBatch.Segment(watermark: Int64(hour) * 3600 + 3599, tallies: tallies)]
      return batch
    }
  }
}
