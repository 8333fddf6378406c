package import Records

/// Files of which every finished line is read, once.
package struct TailSource: Equatable, Sendable {
  /// Where a file that was never seen before is read from.
  package enum Start: Equatable, Sendable {
    case beginning
    /// Skips what is there when the source is seen for the first time, and only that.
    case end
  }

  package var name: String
  /// Paths and globs.
  package var paths: [String]
  package var start: Start
  package var maxLineBytes: Int
  /// Whether something of a file says how its lines are read.
  package var needsOutlines: Bool

  package init(
    name: String, paths: [String], start: Start = .beginning, maxLineBytes: Int = 65_536,
    needsOutlines: Bool = false
  ) {
    self.name = name
    self.paths = paths
    self.start = start
    self.maxLineBytes = maxLineBytes
    self.needsOutlines = needsOutlines
  }
}

/// Some finished lines of one file, in `LogTail.lines` or the source until the next call.
package struct Chunk: Equatable, Sendable {
  package var path: String
  /// Of the lines, newlines included; zero where a line that is too long is being skipped.
  package var byteCount: Int
  /// Lines longer than `maxLineBytes` that ended here; they are not among the lines.
  package var tooLongLineCount: Int
  /// Of the file, if the source needs it and its lines before these were of another.
  package var outline: FileOutline?
  /// Another thread has read and parsed the lines, which are in no buffer any more.
  package var isParsed: Bool

  package init(
    path: String, byteCount: Int, tooLongLineCount: Int = 0, outline: FileOutline? = nil,
    isParsed: Bool = false
  ) {
    self.path = path
    self.isParsed = isParsed
    self.byteCount = byteCount
    self.tooLongLineCount = tooLongLineCount
    self.outline = outline
  }
}

/// What the status file says of a source.
package struct SourceStatus: Equatable, Sendable {
  package var name: String
  package var isDrained: Bool
  /// Bytes on disk and not read yet; a compressed file with lines to read counts as one.
  package var lagBytes: Int64
  package var fileCount: Int
  /// The file being written, as far as is known.
  package var path: String?
  package var problems: [IntakeProblem]

  package init(
    name: String, isDrained: Bool, lagBytes: Int64 = 0, fileCount: Int = 0, path: String? = nil,
    problems: [IntakeProblem] = []
  ) {
    self.name = name
    self.isDrained = isDrained
    self.lagBytes = lagBytes
    self.fileCount = fileCount
    self.path = path
    self.problems = problems
  }
}

/// The lines of all sources, through rotations of every kind: none lost, none twice.
///
/// One thread pulls. While a source is not drained, `advance` puts some finished lines into `lines`; the
/// caller counts them and stores the counts together with `takePositionChanges`. When all are drained it
/// polls `fileDescriptor`, until `deadlineSeconds` at the latest, and calls `refresh`. Nothing is kept
/// anywhere but in the positions the caller stored: after a crash the lines since are read again.
package struct LogTail: ~Copyable {
  private var sources: [SourceFiles]
  private var buffer: LineBuffer
  private let watcher: FileWatcher
  private var directoryWatches: [String: FileWatcher.Watch] = [:]
  private var nowSeconds: Double
  private var scanDeadlineSeconds: Double?
  private var forbiddenIntervalSeconds = scanIntervalSeconds
  /// How often the kernel dropped events; each time everything was looked at again.
  package private(set) var overflowCount = 0
  private let maxBytes: Int
  private let readAheadLimit: Int

  /// How often files are looked at when they cannot be watched.
  package static let scanIntervalSeconds = 5.0
  /// And at last, when what is missing is a right that nobody may ever give: each time twice as long, up to this.
  private static let forbiddenIntervalSecondsMax = 320.0

  /// - Parameters:
  ///   - positions: All that were stored; those of other sources are ignored.
  ///   - maxChunkBytes: The most that one `advance` reads; memory is about this much.
  ///   - maxWatches: inotify watches taken at most.
  ///   - maxOpenFiles: Beyond it, files with nothing to read are closed; should they be deleted before
  ///     their last lines are read, those are lost.
  ///   - readAheadLimit: Files of a backlog that other threads read at the same time; nil: by the processors.
  ///   - nowSeconds: Of a clock that never goes back.
  package init(
    sources: [TailSource], positions: [FilePosition], maxChunkBytes: Int = 256 << 10,
    maxWatches: Int = 8192, maxOpenFiles: Int = 512, readAheadLimit: Int? = nil, nowSeconds: Double
  ) {
    self.nowSeconds = nowSeconds
    watcher = FileWatcher(maxWatches: maxWatches)
    maxBytes = max(maxChunkBytes, (sources.map(\.maxLineBytes).max() ?? 0) + 2)
    buffer = LineBuffer(forChunksOf: maxBytes)
    self.readAheadLimit = readAheadLimit ?? ReadAhead.defaultLimit
    self.sources = sources.map {
      SourceFiles(
        source: $0, positions: positions, maxOpenFiles: max(1, maxOpenFiles / sources.count),
        nowSeconds: nowSeconds)
    }
  }

  /// Readable when something happened; −1 if inotify is not available.
  package var fileDescriptor: CInt { watcher.descriptor }

  /// When `refresh` has something to do even if nothing happens; nil: never.
  package var deadlineSeconds: Double? {
    if sources.contains(where: \.isLookingForCopy) { return nowSeconds }
    let isScanDue = sources.contains(where: \.needsScan)
    return
      (sources.map(\.deadlineSeconds) + [scanDeadlineSeconds, isScanDue ? nowSeconds + 0.1 : nil])
      .compactMap { $0 }.min()
  }

  /// The lines of the latest chunk; each ends with a newline, also the last of a file that ends without.
  package var lines: RawSpan {
    @_lifetime(borrow self) borrowing get { buffer.span }
  }

  /// Takes note of what happened to the files since the last call.
  package mutating func refresh(nowSeconds: Double) {
    self.nowSeconds = nowSeconds
    note(watcher.takeEvents())
    if let deadline = scanDeadlineSeconds, deadline <= nowSeconds {
      scanDeadlineSeconds = nil
      forbiddenIntervalSeconds = min(
        2 * forbiddenIntervalSeconds, Self.forbiddenIntervalSecondsMax)
      watcher.retry()
      for index in sources.indices { sources[index].rescanAll() }
    }
    for index in sources.indices { sources[index].closeQuiescent(nowSeconds: nowSeconds) }
    scan()
  }

  /// Looks at all files anew at the next `refresh`: something happened that no watch announces.
  package mutating func rescanAll() {
    for index in sources.indices { sources[index].rescanAll() }
  }

  /// Reads on in a source.
  ///
  /// - Returns: Nil when the source is drained, or `refresh` is to come first.
  package mutating func advance(source index: Int) -> Chunk? {
    let chunk = sources[index].advance(
      &buffer, maxBytes: maxBytes, watcher, nowSeconds: nowSeconds)
    if chunk == nil { scheduleScan() }
    return chunk
  }

  /// Counts what the latest chunk of a source holds, and has other threads read on in a backlog.
  ///
  /// - Parameters:
  ///   - now: The clock, in seconds since the epoch.
  ///   - batch: Gets the counts, in addition to what it holds.
  package mutating func parse(
    _ chunk: Chunk, source index: Int, by parser: inout RecordParser, now: Int64,
    into batch: inout RecordBatch
  ) {
    sources[index].parse(buffer.span, of: chunk, by: &parser, now: now, into: &batch)
    guard sources[index].isInBacklog else { return }
    let limit = readAheadLimit - sources.reduce(0) { $0 + $1.readAheadCount }
    sources[index].readAhead(limit, watcher, like: parser, maxBytes: maxBytes, now: now)
  }

  private mutating func note(_ events: FileWatcher.Events) {
    if events.overflowed {
      overflowCount += 1
      for index in sources.indices { sources[index].rescanAll() }
    }
    for event in events.directories {
      for (path, watch) in directoryWatches where watch.isOf(event.watch) {
        for index in sources.indices { sources[index].note(name: event.name, in: path) }
      }
    }
    for index in sources.indices { sources[index].noteWatches(nowSeconds: nowSeconds) }
  }

  private mutating func scan() {
    for _ in 0..<8 where sources.contains(where: \.needsScan) {
      for index in sources.indices where sources[index].needsScan {
        sources[index].findDirectories()
      }
      // What changes while the files are listed must be known.
      if watchDirectories() { continue }
      for index in sources.indices where sources[index].needsScan {
        sources[index].scan(watcher, nowSeconds: nowSeconds)
      }
    }
    scheduleScan()
  }

  /// Where nothing announces changes, files are looked at now and then.
  private mutating func scheduleScan() {
    let isForbidden = sources.contains(where: \.hasForbiddenFile)
    if !isForbidden { forbiddenIntervalSeconds = Self.scanIntervalSeconds }
    if watcher.problem != nil || sources.contains(where: \.hasSilentProblem) {
      scanDeadlineSeconds = scanDeadlineSeconds ?? nowSeconds + Self.scanIntervalSeconds
    } else if isForbidden {
      scanDeadlineSeconds = scanDeadlineSeconds ?? nowSeconds + forbiddenIntervalSeconds
    } else {
      scanDeadlineSeconds = nil
    }
  }

  /// - Returns: Whether there are new ones.
  private mutating func watchDirectories() -> Bool {
    let previous = directoryWatches
    var areNew = false
    directoryWatches = [:]
    for source in sources {
      for path in source.directories.keys where directoryWatches[path] == nil {
        guard let watch = watcher.watchDirectory(path) else { continue }
        directoryWatches[path] = watch
        areNew = areNew || !(previous[path]?.isSame(as: watch) ?? false)
      }
    }
    return areNew
  }

  /// Whether nothing is left to read of a source for now.
  package func isDrained(source index: Int) -> Bool { sources[index].isDrained }

  /// The positions of a source that changed since the last call; to be stored with the counts of the lines read
  /// since.
  package mutating func takePositionChanges(source index: Int) -> PositionChanges {
    sources[index].takePositionChanges()
  }

  /// The same problems as in the status, found without looking at the files.
  package func problems(source index: Int) -> [IntakeProblem] {
    sources[index].allProblems + [watcher.problem].compactMap { $0 }
  }

  /// What the status says of a source's files.
  package func status(source index: Int) -> SourceStatus {
    var status = sources[index].status()
    if let problem = watcher.problem { status.problems.append(problem) }
    return status
  }
}
