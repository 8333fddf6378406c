import Arithmetic

/// The results of some finished lines of one source: counts by stream key and hour, and the lines that were not
/// counted, by reason.
///
/// The counts are split into segments, so that the result does not depend on how the lines were split into batches: a
/// line that lets an hour close starts a new segment. Applying the segments in order closes the same hours with the
/// same counts, whether a log arrives line by line or as one gigabyte.
package struct RecordBatch: Equatable, Sendable {
  /// The number of records of one stream and hour.
  package struct Tally: Hashable, Sendable {
    /// The stream's key within its source; empty if the source is one stream.
    package var key: String
    /// Hours since 1970-01-01T00:00:00Z.
    package var hour: Int
    package var count: Int
    /// The newest record's time, in seconds since the epoch.
    package var latest: Int64

    package init(key: String, hour: Int, count: Int, latest: Int64) {
      self.key = key
      self.hour = hour
      self.count = count
      self.latest = latest
    }
  }

  /// The records before a line that lets an hour close.
  package struct Segment: Equatable, Sendable {
    /// The newest record time of the source when the segment ended, in seconds since the epoch.
    package var watermark: Int64
    /// Sorted by hour, then key.
    package var tallies: [Tally]

    package init(watermark: Int64, tallies: [Tally]) {
      self.watermark = watermark
      self.tallies = tallies
    }
  }

  /// Lines rejected for one reason.
  package struct Rejection: Equatable, Sendable {
    package var count: Int
    /// The latest such line, escaped for display, at most 200 bytes.
    package var example: String

    package init(count: Int, example: String) {
      self.count = count
      self.example = example
    }
  }

  package var segments: [Segment] = []
  /// The number of lines, counted or not.
  package var lineCount = 0
  /// Lines that belong to the format but are no records, such as `#Fields: …`, or that continue a record.
  package var headerCount = 0
  /// Records that the source's `include` and `exclude` filtered out.
  package var filteredCount = 0
  /// Lines that were not counted, by reason, with the latest example of each.
  package var rejections: [RejectionReason: Rejection] = [:]
  /// The inferred parts of the lines' times.
  package var inferred: InferredTime = []

  package init() {}

  /// Appends the batch of the following lines, which the same parser has counted.
  ///
  /// The result equals the batch of all the lines at once.
  package mutating func append(_ next: RecordBatch, graceSeconds: Int) {
    for segment in next.segments { append(segment, graceSeconds: graceSeconds) }
    lineCount += next.lineCount
    headerCount += next.headerCount
    filteredCount += next.filteredCount
    inferred.formUnion(next.inferred)
    for (reason, rejection) in next.rejections { append(rejection, reason: reason) }
  }

  mutating func append(_ segment: Segment, graceSeconds: Int) {
    guard let last = segments.last,
      segment.watermark < Self.segmentEnd(watermark: last.watermark, graceSeconds: graceSeconds)
    else {
      segments.append(segment)
      return
    }
    segments[segments.count - 1].watermark = max(last.watermark, segment.watermark)
    segments[segments.count - 1].tallies = Tally.merge(last.tallies, segment.tallies)
  }

  mutating func append(_ rejection: Rejection, reason: RejectionReason) {
    let count = rejections[reason]?.count ?? 0
    rejections[reason] = Rejection(count: count + rejection.count, example: rejection.example)
  }

  /// The least time that starts a new segment, because another hour and its grace period are over.
  static func segmentEnd(watermark: Int64, graceSeconds: Int) -> Int64 {
    let grace = Int64(graceSeconds)
    return (floorDivide(watermark - grace, 3_600) + 1) * 3_600 + grace
  }
}

extension RecordBatch.Tally {
  private static func precedes(_ one: Self, _ other: Self) -> Bool {
    (one.hour, one.key) < (other.hour, other.key)
  }

  /// Merges two sorted lists, the second of later lines.
  static func merge(_ earlier: [Self], _ later: [Self]) -> [Self] {
    var merged: [Self] = []
    merged.reserveCapacity(earlier.count + later.count)
    var next = 0
    for var tally in later {
      while next < earlier.count, precedes(earlier[next], tally) {
        merged.append(earlier[next])
        next += 1
      }
      if next < earlier.count, earlier[next].hour == tally.hour, earlier[next].key == tally.key {
        tally.key = earlier[next].key
        tally.count += earlier[next].count
        tally.latest = max(tally.latest, earlier[next].latest)
        next += 1
      }
      merged.append(tally)
    }
    return merged + earlier[next...]
  }
}

/// Why a line was not counted.
package enum RejectionReason: String, Hashable, Sendable, CaseIterable {
  /// The line does not match the source's format, or has no time.
  case malformed
  /// It has a time, but one that does not exist or cannot be read.
  case invalidTime = "invalid time"
  /// Its time is further ahead of the clock than `max_ahead`.
  case future
  /// A field of the key or of `include` is missing, or the time field of a valid object. (`exclude` ignores a missing
  /// field.)
  case missingField = "missing field"
  /// The line is longer than `max_line_bytes`.
  case tooLong = "too long"
  /// The key is longer than 256 bytes, is not UTF-8 or holds a NUL.
  case invalidKey = "invalid key"
  /// Matching the regular expression reached a limit of steps, depth or memory.
  case patternLimit = "pattern limit"
}
