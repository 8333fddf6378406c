import Records

/// The paths and globs of a file source.
package struct FilePaths: SourceOrigin, Equatable {
  package let patterns: [String]

  package init(_ patterns: [String]) { self.patterns = patterns }

  package func open(_ source: SourceDescription, _ context: SourceContext) -> any Source {
    FileSource(context.files, index: context.files.index(of: source.name))
  }
}

/// The files of all sources in one tail, because the kernel limits the number of inotify instances.
final class FileTail {
  private var tail: LogTail
  private let names: [String]

  init(_ sources: [SourceDescription], positions: [FilePosition], nowSeconds: Double) {
    let files = sources.compactMap { source in
      (source.origin as? FilePaths).map { paths in
        TailSource(
          name: source.name, paths: paths.patterns, start: source.start,
          maxLineBytes: source.maxLineBytes, needsOutlines: source.needsOutlines)
      }
    }
    names = files.map(\.name)
    tail = LogTail(sources: files, positions: positions, nowSeconds: nowSeconds)
  }

  func index(of name: String) -> Int {
    guard let index = names.firstIndex(of: name) else {
      preconditionFailure("a source of files is among those that are followed")
    }
    return index
  }

  var descriptor: Int32 { tail.fileDescriptor }
  var deadlineSeconds: Double? { tail.deadlineSeconds }
  var overflowCount: Int { tail.overflowCount }
  func refresh(nowSeconds: Double) { tail.refresh(nowSeconds: nowSeconds) }
  func rescanAll() { tail.rescanAll() }

  func isDrained(_ index: Int) -> Bool { tail.isDrained(source: index) }
  func advance(_ index: Int) -> Chunk? { tail.advance(source: index) }
  func takePositionChanges(_ index: Int) -> PositionChanges {
    tail.takePositionChanges(source: index)
  }
  func problems(_ index: Int) -> [IntakeProblem] { tail.problems(source: index) }
  func status(_ index: Int) -> SourceStatus { tail.status(source: index) }

  func parse(
    _ chunk: Chunk, _ index: Int, by parser: inout RecordParser, now: Int64,
    into batch: inout RecordBatch
  ) {
    tail.parse(chunk, source: index, by: &parser, now: now, into: &batch)
  }
}

/// One source of the shared tail, which refreshes all of them together.
final class FileSource: Source {
  private let files: FileTail
  private let index: Int
  private var hasReportedEnd = false

  init(_ files: FileTail, index: Int) {
    self.files = files
    self.index = index
  }

  var isReady: Bool { !(hasReportedEnd && files.isDrained(index)) }
  var deadlineSeconds: Double? { nil }
  func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double) {}
  func refresh(isAwake: Bool, nowSeconds: Double) {}

  func advance() -> Chunk? {
    let chunk = files.advance(index)
    hasReportedEnd = chunk == nil
    return chunk
  }

  func parse(
    _ chunk: Chunk, by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch
  ) {
    files.parse(chunk, index, by: &parser, now: now, into: &batch)
  }

  func takePositionChanges() -> PositionChanges { files.takePositionChanges(index) }
  var problems: [IntakeProblem] { files.problems(index) }
  func status() -> SourceStatus { files.status(index) }
  func reconfigure(_ source: SourceDescription) -> Bool { false }
}
