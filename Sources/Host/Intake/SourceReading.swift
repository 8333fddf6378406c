import Glibc
import Records

// Between scans: reading a source's files, and closing the finished ones.
extension SourceFiles {
  /// Reads once from the first file that may have more.
  ///
  /// - Returns: Nil when all files are drained.
  mutating func advance(
    _ buffer: inout LineBuffer, maxBytes: Int, _ watcher: FileWatcher, nowSeconds: Double
  ) -> Chunk? {
    taken = nil
    var hasScanned = false
    while !isLookingForCopy, var file = files.first(where: \.mayHaveMore) {
      // A waiting file may be a copy of this one, which was truncated meanwhile, and must be read first.
      if file.role == .current, file.reader.end == 0, !hasScanned, mayWaitCopy(of: file) {
        hasScanned = true
        scan(watcher, nowSeconds: nowSeconds)
        guard !isLookingForCopy, let first = files.first(where: \.mayHaveMore),
          first.key == file.key
        else { continue }
        file = first
      }
      if let part = file.nextPart(after: latest) {
        return take(part, of: file, &buffer, nowSeconds: nowSeconds)
      }
      let (end, offset) = (file.reader.end, file.reader.offset)
      let outcome: FileLineReader.Outcome
      var outline: FileOutline?
      do throws(IntakeProblem) {
        if file.content == nil { closeIdle() }
        try file.open(watcher)
        if try skipOldContent(file) {
          file.endReading()
          continue
        }
        if source.needsOutlines, latest !== file || offset == 0 {
          outline = try file.content?.outline(from: offset)
        }
        outcome = try file.advance(&buffer, maxLineBytes: source.maxLineBytes, maxBytes: maxBytes)
      } catch {
        if case .systemCall(_, ENOENT) = error {
          // The name leads to another file by now; a file without a name cannot be read any more.
          needsScan = true
          if !file.isPresent {
            file.endReading()
            continue
          }
        }
        file.fail(error)
        continue
      }
      if outcome.wasTruncated {
        handleTruncation(file, watcher, nowSeconds)
        continue
      }
      if file.reader.end > end, file.role != .current { file.restartQuietPeriod(nowSeconds) }
      if file.reader.offset > offset {
        file.isChanged = true
        file.isRestarted = false
      }
      if outcome.reachedEnd { file.endReading() }
      if !outcome.reachedEnd || !buffer.lines.isEmpty || outcome.tooLongLineCount > 0 {
        if !buffer.lines.isEmpty { latest = file }
        return Chunk(
          path: file.path, byteCount: buffer.lines.count,
          tooLongLineCount: outcome.tooLongLineCount, outline: outline)
      }
    }
    return nil
  }

  /// Whether a waiting file may be a copy of a file of which nothing was read yet.
  private func mayWaitCopy(of file: TrackedFile) -> Bool {
    waiting.values.contains { $0.original == nil || $0.original == file.key }
  }

  /// Takes a part that another thread read and parsed; the lines of the first part are parsed by the loop.
  private mutating func take(
    _ part: ReadAhead.Part, of file: TrackedFile, _ buffer: inout LineBuffer, nowSeconds: Double
  ) -> Chunk {
    buffer.setLines(part.lead?.lines ?? [])
    taken = (part, file)
    latest = file
    file.restartQuietPeriod(nowSeconds)
    file.isChanged = true
    return Chunk(
      path: file.path, byteCount: part.byteCount,
      tooLongLineCount: part.lead?.tooLongLineCount ?? 0, outline: part.lead?.outline,
      isParsed: part.lead == nil)
  }

  /// Parses the latest chunk.
  ///
  /// - Parameter lines: The lines in the buffer.
  func parse(
    _ lines: RawSpan, of chunk: Chunk, by parser: inout RecordParser, now: Int64,
    into batch: inout RecordBatch
  ) {
    guard let (part, file) = taken else {
      parser.parse(lines, of: chunk, now: now, into: &batch)
      return
    }
    if part.lead == nil {
      parser.merge(part.batch ?? RecordBatch(), part.memory, into: &batch)
    } else {
      parser.parse(lines, of: chunk, now: now, into: &batch)
      if parser.memory != part.memory { file.stopReadingAhead() }
    }
  }

  /// The number of files that other threads read.
  var readAheadCount: Int { files.count { $0.readAhead != nil } }

  /// Whether a backlog is being read; only then other threads read ahead.
  var isInBacklog: Bool { latest?.role == .rotated }

  /// Lets other threads read the files after the current one.
  ///
  /// - Parameter limit: The most files to start.
  func readAhead(
    _ limit: Int, _ watcher: FileWatcher, like parser: RecordParser, maxBytes: Int, now: Int64
  ) {
    guard limit > 0 else { return }
    let next = files.lazy.filter(\.mayHaveMore).dropFirst().filter(\.canBeReadAhead)
    for file in next.prefix(limit) {
      file.startReadingAhead(
        watcher, like: parser, maxLineBytes: source.maxLineBytes, maxBytes: maxBytes, now: now)
    }
  }

  /// Skips old content in a truncated file: an editor or `scp` truncates a file and writes the old content again.
  ///
  /// - Returns: Whether the file has only old content so far.
  private func skipOldContent(_ file: TrackedFile) throws(IntakeProblem) -> Bool {
    guard file.isRestarted, let plainFile = file.plainFile, !truncated.isEmpty else {
      return false
    }
    let head = try FileHead(plainFile, isCompressed: false)
    for (known, _) in truncated.all
    where min(head.byteCount, known.bookmark.offset) >= KnownContent.evidenceByteCount {
      switch known.match(head) {
      case .different: continue
      case .complete: file.resume(at: known.bookmark)
      case .part:
        file.resume(at: try head.bookmarkAtEnd(maxLineBytes: source.maxLineBytes))
        return true
      }
      return false
    }
    return false
  }

  /// Closes files that were rotated or deleted and have not grown since.
  mutating func closeQuiescent(nowSeconds: Double) {
    for file in files where file.quiescenceDeadlineSeconds.map({ $0 <= nowSeconds }) ?? false {
      guard !file.mayHaveMore else { continue }
      if file.compression != nil {
        file.readAgain()
        continue
      }
      if file.reader.unfinishedByteCount > 0 {
        file.finishLastLine()
        continue
      }
      let hasName = ((try? file.plainFile?.status().linkCount) ?? 0) > 0
      if file.role == .absent, hasName, nowSeconds < file.movedAwayDeadlineSeconds {
        file.isQuiescent = true
        continue
      }
      file.isQuiescent = true
      // The newest rotated file stays open: a writer that was not told to reopen its log may continue in it for days.
      if file.role == .absent || !file.isNewestRotated { file.close() }
      needsScan = needsScan || file.role == .absent
    }
    let deadlines = files.map(\.forgetDeadlineSeconds) + waiting.values.map(\.deadlineSeconds)
    needsScan = needsScan || deadlines.contains { $0.map { $0 <= nowSeconds } ?? false }
  }

  /// When `closeQuiescent` must be called next.
  var deadlineSeconds: Double? {
    let ofFiles = files.flatMap {
      [$0.mayHaveMore ? nil : $0.quiescenceDeadlineSeconds, $0.forgetDeadlineSeconds]
    }
    return (ofFiles + waiting.values.map(\.deadlineSeconds)).compactMap { $0 }.min()
  }

  /// Marks the files for reading that changed without an inotify event.
  mutating func rescanAll() {
    needsScan = true
    for file in files where file.content != nil { file.mayHaveMore = true }
  }

  /// The positions that have changed since the last call; to be stored together with the counts of the lines read
  /// since.
  mutating func takePositionChanges() -> PositionChanges {
    var changes = PositionChanges(forgotten: [], updated: newMarkers)
    newMarkers = []
    let isHeldBack = isLookingForCopy
    for file in files where file.isChanged && !(isHeldBack && file.reader.offset == 0) {
      file.isChanged = false
      changes.updated.append(file.position(source: source.name))
    }
    if isHeldBack {
      forgotten.removeAll { key in changes.updated.contains { $0.key == key } }
    } else {
      swap(&changes.forgotten, &forgotten)
    }
    return changes
  }

  func status() -> SourceStatus {
    SourceStatus(
      name: source.name, isDrained: isDrained,
      lagBytes: files.reduce(0) { $0 + $1.lagBytes() },
      fileCount: files.count { $0.isPresent },
      path: files.last { $0.role == .current }?.path,
      problems: allProblems)
  }

  var allProblems: [IntakeProblem] { problems + files.compactMap(\.reportedProblem) }

  var hasSilentProblem: Bool { allProblems.contains(where: \.isSilent) }

  var hasForbiddenFile: Bool { allProblems.contains(where: \.isForbidden) }

  var isDrained: Bool { !isLookingForCopy && !files.contains(where: \.mayHaveMore) }

  mutating func note(name: String?, in directory: String) {
    if directories[directory]?.covers(name) ?? false { needsScan = true }
  }

  mutating func noteWatches(nowSeconds: Double) {
    for file in files where file.watch?.takeSignal() ?? false { file.noteSignal(nowSeconds) }
    if waiting.values.contains(where: { $0.watch?.takeSignal() ?? false }) { needsScan = true }
  }

  /// Closes a file if too many are open; it is still watched.
  private func closeIdle() {
    let open = files.filter { $0.plainFile != nil }
    guard open.count >= maxOpenFiles else { return }
    open.first { $0.role == .current && !$0.mayHaveMore }?.closeKeepingWatch()
  }
}
