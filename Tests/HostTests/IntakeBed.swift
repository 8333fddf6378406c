import Foundation
import Glibc
import Host
import Records

/// A directory of real files, a `LogTail` on it, and a store of lines and positions: committed ones survive a kill,
/// later ones do not.
final class IntakeBed: LogDirectory {
  let directory: String
  private(set) var tail: LogTail
  private(set) var nowSeconds = 1000.0
  /// Committed lines and positions, as a database would hold them.
  private(set) var storedLines: [String] = []
  private(set) var storedPositions: [FilePosition.Key: FilePosition] = [:]
  private(set) var storedTooLongCount = 0
  /// The beginnings of files, as reported by chunks.
  private(set) var beginnings: [String] = []
  let source: TailSource
  private let maxChunkBytes: Int
  private let maxWatches: Int
  private let maxOpenFiles: Int

  init(
    _ paths: [String] = ["access.log"], start: TailSource.Start = .beginning,
    maxLineBytes: Int = 4096, maxChunkBytes: Int = 1 << 20,
    maxWatches: Int = 8192, maxOpenFiles: Int = 512, needsOutlines: Bool = false
  ) {
    self.maxWatches = maxWatches
    self.maxOpenFiles = maxOpenFiles
    self.maxChunkBytes = maxChunkBytes
    let template = FileManager.default.temporaryDirectory.path + "/intake-XXXXXX"
    directory = template.withCString { text in
      let copy = strdup(text)!
      defer { free(copy) }
      return String(cString: mkdtemp(copy))
    }
    source = TailSource(
      name: "web", paths: paths.map { [directory] in directory + "/" + $0 }, start: start,
      maxLineBytes: maxLineBytes, needsOutlines: needsOutlines)
    tail = LogTail(
      sources: [source], positions: [], maxChunkBytes: maxChunkBytes,
      maxWatches: maxWatches, maxOpenFiles: maxOpenFiles, nowSeconds: nowSeconds)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  // MARK: The reader

  /// Reads everything, with a commit after every chunk.
  @discardableResult func drain() -> [String] {
    let before = storedLines.count
    tail.refresh(nowSeconds: nowSeconds)
    repeat {
      while step() {}
      tail.refresh(nowSeconds: nowSeconds)
    } while !tail.isDrained(source: 0)
    return Array(storedLines[before...])
  }

  /// - Returns: Whether there was a chunk.
  @discardableResult func step(commits: Bool = true) -> Bool {
    let chunk = tail.advance(source: 0)
    var lines: [String] = []
    if chunk != nil { tail.lines.forEachLine { lines.append($0) } }
    if let beginning = chunk?.outline?.beginning {
      beginnings.append(String(decoding: beginning, as: UTF8.self))
    }
    let changes = tail.takePositionChanges(source: 0)
    if commits {
      storedLines += lines
      storedTooLongCount += chunk?.tooLongLineCount ?? 0
      for key in changes.forgotten { storedPositions[key] = nil }
      for position in changes.updated { storedPositions[position.key] = position }
    }
    return chunk != nil
  }

  func refresh() { tail.refresh(nowSeconds: nowSeconds) }

  /// Lets time pass in which nothing is written.
  func passQuietly(_ seconds: Double = 31) {
    for _ in 0..<4 {
      nowSeconds += seconds
      drain()
    }
  }

  var problems: [IntakeProblem] { tail.status(source: 0).problems }

  /// Lets time pass without reading.
  func advanceClock(_ seconds: Double) { nowSeconds += seconds }

  /// Simulates kill -9 and a start from what was stored.
  func restart() {
    tail = LogTail(
      sources: [source], positions: Array(storedPositions.values),
      maxChunkBytes: maxChunkBytes,
      maxWatches: maxWatches, maxOpenFiles: maxOpenFiles, nowSeconds: nowSeconds)
  }
}

extension RawSpan {
  func forEachLine(_ body: (String) -> Void) {
    withUnsafeBytes { bytes in
      for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast() {
        body(String(decoding: line, as: UTF8.self))
      }
    }
  }
}
