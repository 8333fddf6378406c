import Foundation
import Glibc
import Host
import Records

/// One feed, with a store of the cursors that it reports.
final class FeedBed {
  let folder: URL
  private(set) var sources: SourceSet
  private(set) var nowSeconds = 1_000.0
  private(set) var cursors: [String: [String: String]] = [:]
  private(set) var tooLongCount = 0
  private(set) var source: SourceDescription

  init(_ origin: (URL) -> SourceDescription) throws {
    folder = URL(filePath: NSTemporaryDirectory()).appending(path: "feed-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    source = origin(folder)
    sources = SourceSet(
      [source], positions: [], cursors: [:], reusing: [], nowSeconds: nowSeconds)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var feed: any BufferedSource { sources.all[0] as! any BufferedSource }
  var problems: [IntakeProblem] { feed.status().problems }

  /// Reads all lines that are available now.
  func drain() -> [String] {
    sources.refresh(nowSeconds: nowSeconds)
    var lines: [String] = []
    while feed.isReady {
      guard let chunk = feed.advance() else { break }
      tooLongCount += chunk.tooLongLineCount
      feed.lines.span.bytes.forEachLine { lines.append($0) }
    }
    cursors.merge(feed.takePositionChanges().cursors) { $0.merging($1) { $1 } }
    return lines
  }

  /// Counts all entries that are available now.
  func count(by parser: inout RecordParser) -> RecordBatch {
    sources.refresh(nowSeconds: nowSeconds)
    var batch = RecordBatch()
    while feed.isReady, let chunk = feed.advance() {
      feed.parse(chunk, by: &parser, now: 4_000_000_000, into: &batch)
    }
    return batch
  }

  /// Waits until lines arrive.
  ///
  /// - Returns: The lines that arrived; none if nothing came for a minute.
  func awaitLines() -> [String] {
    // Of a topic with many partitions a feed wakes often before there is a line.
    let deadline = Date() + 60
    while Date() < deadline {
      var entries = sources.descriptors.map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      guard poll(&entries, nfds_t(entries.count), 1_000) > 0 else { continue }
      let lines = drain()
      if !lines.isEmpty { return lines }
    }
    return []
  }

  func advanceClock(seconds: Double) { nowSeconds += seconds }

  /// Simulates a stop and a start from the stored cursors.
  func restart(_ change: (inout SourceDescription) -> Void = { _ in }) {
    change(&source)
    sources = SourceSet(
      [source], positions: [], cursors: cursors, reusing: [], nowSeconds: nowSeconds)
  }

  /// Simulates a kill and a start from cursors that were stored earlier.
  func restart(at stored: [String: [String: String]]) {
    cursors = stored
    restart()
  }

  /// Removes the source.
  func stop() {
    sources = SourceSet([], positions: [], cursors: [:], reusing: [], nowSeconds: nowSeconds)
  }

  /// Reloads with other settings; what can stay open does.
  func reload(_ change: (inout SourceDescription) -> Void) {
    change(&source)
    sources = SourceSet(
      [source], positions: [], cursors: cursors, reusing: sources.all, nowSeconds: nowSeconds)
  }
}
