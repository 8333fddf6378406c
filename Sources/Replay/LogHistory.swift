import Arithmetic
import Foundation
import Host
package import Monitoring
package import Records
import Reporting
package import Settings
import Storage

/// Complete logs, read and counted once, for replay.
package struct LogHistory {
  /// All counts, split into segments where an hour can close.
  package private(set) var batch = RecordBatch()
  package private(set) var byteCount: Int64 = 0
  package private(set) var problems: [String] = []

  /// Reads logs, oldest first, regardless of the order of `paths`.
  ///
  /// A table of hourly counts (`key,hour_start_utc_epoch,count`) is recognised by its first line.
  package init(
    paths: [String], settings: ServiceSettings, now: Int64,
    progress: (_ bytes: Int64, _ ofBytes: Int64?) -> Void
  ) throws {
    let source = settings.sources[0]
    if let table = try Self.hourlyTable(paths) {
      for part in table.batches() { batch.append(part, graceSeconds: settings.graceSeconds) }
      if table.rejectedCount > 0 { problems = ["\(table.rejectedCount) rows are no hourly counts"] }
      return
    }
    var reader = OneShotReader(
      paths: try Self.oldestFirst(paths, settings, now: now), maxLineBytes: source.maxLineBytes)
    var parser = try Self.parser(settings)
    while let chunk = reader.advance() {
      reader.parse(chunk, by: &parser, now: now, into: &batch)
      byteCount += Int64(chunk.byteCount)
      progress(reader.byteCount, reader.totalByteCount)
    }
    problems = reader.problems.map(\.sentence)
  }

  /// The first and last hour with a record; nil if there is none.
  package var hours: ClosedRange<Int>? {
    let hours = batch.segments.flatMap { $0.tallies.map(\.hour) }
    guard let first = hours.min(), let last = hours.max() else { return nil }
    return first...last
  }

  /// Whether the records have more keys than this.
  package func hasMoreStreams(than limit: Int) -> Bool {
    var keys: Set<String> = []
    for segment in batch.segments {
      for tally in segment.tallies where keys.insert(tally.key).inserted && keys.count > limit {
        return true
      }
    }
    return false
  }

  package var countedCount: Int {
    batch.segments.reduce(0) { $0 + $1.tallies.reduce(0) { $0 + $1.count } }
  }

  /// The records in hours that were over when they were read: nearly all, if the newest lines come first.
  package var lateCount: Int {
    batch.segments.reduce(0) { count, segment in
      let hour = Int(floorDivide(segment.watermark, 3600)) - 1
      return count + segment.tallies.reduce(0) { $0 + ($1.hour < hour ? $1.count : 0) }
    }
  }

  /// The batch as separate events, one for each segment.
  package var events: [Event] {
    var first = batch
    first.segments = []
    return [.records(source: 0, batch: first, positions: PositionChanges())]
      + batch.segments.map { segment in
        var part = RecordBatch()
        part.segments = [segment]
        return .records(source: 0, batch: part, positions: PositionChanges())
      }
  }

  private static func parser(_ settings: ServiceSettings) throws -> RecordParser {
    try RecordParser(
      settings: settings.parser(of: settings.sources[0]),
      compilePattern: Pattern.compile)
  }

  /// Sorts by the first record of each; the order is kept if standard input is among them.
  private static func oldestFirst(
    _ paths: [String], _ settings: ServiceSettings, now: Int64
  ) throws -> [String] {
    guard paths.count > 1, !paths.contains("-") else { return paths }
    return try paths.map { path in
      var reader = OneShotReader(paths: [path], maxChunkBytes: 1 << 16)
      var parser = try parser(settings)
      var first = RecordBatch()
      if let chunk = reader.advance() {
        if let outline = chunk.outline { parser.beginFile(outline) }
        parser.parse(reader.lines, now: now, into: &first)
      }
      let hour = first.segments.flatMap { $0.tallies.map(\.hour) }.min() ?? .max
      return (path, hour)
    }.enumerated().sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
      .map(\.element.0)
  }

  /// Reads the counts of a state file as a table; nil if the file is not a state.
  private static func storedTable(_ path: String) throws -> HourlyTable? {
    var reader = OneShotReader(paths: [path], maxChunkBytes: 1 << 12)
    guard reader.advance() != nil else { return nil }
    let isState = reader.lines.withUnsafeBytes { $0.starts(with: Array("SQLite format 3".utf8)) }
    guard isState else { return nil }
    var table = HourlyTable()
    for (key, count) in try StateFile(readingAt: path).counts() {
      table.add(count, of: key.stream, at: key.hour)
    }
    return table
  }

  private static func hourlyTable(_ paths: [String]) throws -> HourlyTable? {
    if paths.count == 1, paths[0] != "-", let table = try storedTable(paths[0]) { return table }
    guard paths.allSatisfy({ $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz") }) else { return nil }
    var reader = OneShotReader(paths: paths)
    var table = HourlyTable()
    var isFirst = true
    while reader.advance() != nil {
      let text = reader.lines.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      if isFirst, !HourlyTable.isBeginning(text) { return nil }
      isFirst = false
      table.add(text.split(separator: "\n"))
    }
    return isFirst ? nil : table
  }
}
