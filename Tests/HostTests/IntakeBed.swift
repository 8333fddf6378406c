import CZlib
import Foundation
import Glibc
import Host
import Records

/// A directory of real files, a tail on it, and whoever counts: what it stored survives a kill, what it
/// read since does not.
final class IntakeBed {
  let directory: String
  private(set) var tail: LogTail
  private(set) var nowSeconds = 1000.0
  /// Lines and positions of the last commit: what a database would hold.
  private(set) var storedLines: [String] = []
  private(set) var storedPositions: [FilePosition.Key: FilePosition] = [:]
  private(set) var storedTooLongCount = 0
  let source: TailSource
  private let maxChunkBytes: Int
  private let maxWatches: Int
  private let maxOpenFiles: Int

  init(
    _ paths: [String] = ["access.log"], start: TailSource.Start = .beginning,
    maxLineBytes: Int = 4096, maxChunkBytes: Int = 1 << 20,
    maxWatches: Int = 8192, maxOpenFiles: Int = 512
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
      maxLineBytes: maxLineBytes)
    tail = LogTail(
      sources: [source], positions: [], maxChunkBytes: maxChunkBytes,
      maxWatches: maxWatches, maxOpenFiles: maxOpenFiles, nowSeconds: nowSeconds)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  // MARK: The reader

  /// Reads all there is, a commit for every chunk.
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

  /// Time passes in which nothing is written.
  func rest(_ seconds: Double = 6) {
    for _ in 0..<4 {
      nowSeconds += seconds
      drain()
    }
  }

  var problems: [IntakeProblem] { tail.status(source: 0).problems }

  /// Lets time pass up to what the tail waits for, but does not look.
  func advanceClock(_ seconds: Double) { nowSeconds += seconds }

  /// kill -9, and start again with what was stored.
  func restart() {
    tail = LogTail(
      sources: [source], positions: Array(storedPositions.values),
      maxChunkBytes: maxChunkBytes,
      maxWatches: maxWatches, maxOpenFiles: maxOpenFiles, nowSeconds: nowSeconds)
  }

  // MARK: The writers

  func path(_ name: String) -> String { directory + "/" + name }

  func write(_ text: String, to name: String = "access.log") {
    let descriptor = open(path(name), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    precondition(descriptor >= 0, "cannot write \(name)")
    Self.write(text, to: descriptor)
    close(descriptor)
  }

  static func write(_ text: String, to descriptor: CInt) {
    var text = text
    text.withUTF8 { bytes in
      var at = 0
      while at < bytes.count {
        at += max(0, Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at))
      }
    }
  }

  func move(_ from: String, to: String) {
    precondition(rename(path(from), path(to)) == 0, "cannot rename \(from)")
  }

  func remove(_ name: String) { unlink(path(name)) }

  func truncate(_ name: String = "access.log") { Glibc.truncate(path(name), 0) }

  func copy(_ from: String, to: String) {
    let bytes = FileManager.default.contents(atPath: path(from)) ?? Data()
    precondition(FileManager.default.createFile(atPath: path(to), contents: bytes))
  }

  func copyTruncate(_ from: String = "access.log", to: String = "access.log.1") {
    copy(from, to: to)
    truncate(from)
  }

  func makeDirectory(_ name: String) {
    try? FileManager.default.createDirectory(
      atPath: path(name), withIntermediateDirectories: true)
  }

  func run(_ tool: String, _ name: String) {
    let process = try? Process.run(
      URL(filePath: "/usr/bin/env"), arguments: [tool, "-q", path(name)])
    process?.waitUntilExit()
    precondition(process?.terminationStatus == 0, "\(tool) failed")
  }

  /// As gzip does it: a new file beside the old, which is removed last.
  func gzip(_ name: String, removesOriginal: Bool = true) {
    let bytes = FileManager.default.contents(atPath: path(name)) ?? Data()
    let file = gzopen(path(name + ".gz"), "wb1")
    _ = bytes.withUnsafeBytes { gzwrite(file, $0.baseAddress, UInt32($0.count)) }
    gzclose(file)
    if removesOriginal { remove(name) }
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
