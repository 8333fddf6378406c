package import Records

/// A set of files of which every finished line is read exactly once.
package struct TailSource: Equatable, Sendable {
  /// Where reading of a new file starts.
  package enum Start: Equatable, Sendable {
    case beginning
    /// Skips only what exists when the source is first read.
    case end
  }

  package var name: String
  /// Paths and globs.
  package var paths: [String]
  package var start: Start
  package var maxLineBytes: Int
  /// Whether the content of a file (its header, say) determines how its lines are parsed.
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

/// Some finished lines of one file. They are in `LogTail.lines`, or in the source, until the next call.
package struct Chunk: Equatable, Sendable {
  package var path: String
  /// The size of the lines, newlines included; zero while a line that is too long is skipped.
  package var byteCount: Int
  /// The number of lines longer than `maxLineBytes` that ended here; they are not among the lines.
  package var tooLongLineCount: Int
  /// The outline of the file, if the source needs it and the previous chunk was of another file.
  package var outline: FileOutline?
  /// Another thread has read and parsed the lines, so that they are not in the buffer.
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

/// The state of a source, as the status shows it.
package struct SourceStatus: Equatable, Sendable {
  package var name: String
  package var isDrained: Bool
  /// Bytes on disk that are not read yet; a compressed file counts with its size on disk until it is read completely.
  package var lagBytes: Int64
  package var fileCount: Int
  /// The file that is being written, if known.
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

/// Reads the lines of all file sources through every kind of rotation: none is lost, none is read twice.
///
/// One thread pulls. While a source is not drained, `advance` puts some finished lines into `lines`; the caller counts
/// them and stores the counts together with `takePositionChanges`. When all sources are drained, the caller polls
/// `fileDescriptor`, until `deadlineSeconds` at the latest, and calls `refresh`. The only persistent state is the
/// positions that the caller stored: after a crash, the lines since are read again.
package struct LogTail: ~Copyable {
  private var sources: [SourceFiles]
  private var buffer: LineBuffer
  private let watcher: FileWatcher
  private var directoryWatches: [String: FileWatcher.Watch] = [:]
  private var nowSeconds: Double
  private var scanDeadlineSeconds: Double?
  private var forbiddenIntervalSeconds = scanIntervalSeconds
  /// How often the kernel dropped events; each time all files were scanned.
  package private(set) var overflowCount = 0
  private let maxBytes: Int
  private let readAheadLimit: Int

  /// The interval of scans while files cannot be watched.
  package static let scanIntervalSeconds = 5.0
  /// The longest interval while a permission is missing, which may never be granted: the interval doubles up to this.
  private static let forbiddenIntervalSecondsMax = 320.0

  /// - Parameters:
  ///   - positions: All stored positions; those of other sources are ignored.
  ///   - maxChunkBytes: The most bytes that one `advance` reads; memory use is about the same.
  ///   - maxWatches: The most inotify watches to use.
  ///   - maxOpenFiles: The most open files. Beyond it, files with nothing to read are closed; if such a file is deleted
  ///     before its last lines are read, these are lost.
  ///   - readAheadLimit: The most files of a backlog that other threads read at the same time; nil chooses by the
  ///     number of processors.
  ///   - nowSeconds: The time of a monotonic clock.
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

  /// Readable when a file or directory changed; −1 if inotify is not available.
  package var fileDescriptor: CInt { watcher.descriptor }

  /// When `refresh` must be called even without an event; nil for never.
  package var deadlineSeconds: Double? {
    if sources.contains(where: \.isLookingForCopy) { return nowSeconds }
    let isScanDue = sources.contains(where: \.needsScan)
    return
      (sources.map(\.deadlineSeconds) + [scanDeadlineSeconds, isScanDue ? nowSeconds + 0.1 : nil])
      .compactMap { $0 }.min()
  }

  /// The lines of the latest chunk. Each ends with a newline, which is added to the last line of a file if it has none.
  package var lines: RawSpan {
    @_lifetime(borrow self) borrowing get { buffer.span }
  }

  /// Processes the events since the last call, and scans where needed.
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

  /// Scans all files at the next `refresh`, after a change that no watch reports (a mount, say).
  package mutating func rescanAll() {
    for index in sources.indices { sources[index].rescanAll() }
  }

  /// Reads the next lines of a source.
  ///
  /// - Returns: Nil when the source is drained, or when `refresh` must be called first.
  package mutating func advance(source index: Int) -> Chunk? {
    let chunk = sources[index].advance(
      &buffer, maxBytes: maxBytes, watcher, nowSeconds: nowSeconds)
    if chunk == nil { scheduleScan() }
    return chunk
  }

  /// Parses the latest chunk of a source, and lets other threads read ahead in a backlog.
  ///
  /// - Parameters:
  ///   - now: The current time, in seconds since the epoch.
  ///   - batch: The counts are added to it.
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
      // Watch first, so that changes during the listing are noticed.
      if watchDirectories() { continue }
      for index in sources.indices where sources[index].needsScan {
        sources[index].scan(watcher, nowSeconds: nowSeconds)
      }
    }
    scheduleScan()
  }

  /// Schedules a scan if some changes cause no events.
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

  /// - Returns: Whether a directory is newly watched.
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

  /// Whether a source has nothing more to read for now.
  package func isDrained(source index: Int) -> Bool { sources[index].isDrained }

  /// The positions of a source that have changed since the last call; to be stored together with the counts of the
  /// lines read since.
  package mutating func takePositionChanges(source index: Int) -> PositionChanges {
    sources[index].takePositionChanges()
  }

  /// The problems of the status, without reading the files' sizes.
  package func problems(source index: Int) -> [IntakeProblem] {
    sources[index].allProblems + [watcher.problem].compactMap { $0 }
  }

  /// The status of a source's files.
  package func status(source index: Int) -> SourceStatus {
    var status = sources[index].status()
    if let problem = watcher.problem { status.problems.append(problem) }
    return status
  }
}
