import Glibc
import Records

/// One file of a source: its identity, its position, and its open descriptor and watch.
final class TrackedFile {
  enum Role {
    /// By its name, the file that is being written.
    case current
    /// It was rotated, and is beside the current file.
    case rotated
    /// None of the listed names leads to it any more: it was deleted or moved away.
    case absent
  }

  /// Its name and status when it was last listed.
  private(set) var candidate: SourceListing.Candidate
  private(set) var compression: Compression?
  private(set) var reader: FileLineReader
  private(set) var content: FileContent?
  private(set) var readAhead: ReadAhead?
  private var wasReadAhead = false
  private(set) var watch: FileWatcher.Watch?
  private(set) var role: Role
  /// It may have grown since it was last read to its end.
  var mayHaveMore = true
  /// Its position has changed since `takePositionChanges`.
  var isChanged = true
  /// When its last bytes were read or it was rotated, whichever is later.
  private var quietSinceSeconds: Double
  /// It has been quiet for long enough, and the work for that is done.
  var isQuiescent = false
  /// Its last line counts as finished even without a newline.
  private var isFinal = false
  /// When a compressed log grew for the first time since it was last read.
  private var grownSinceSeconds: Double?
  /// Whether the latest scan listed it.
  var isPresent = false
  var isNewestRotated = false
  private var missingSinceSeconds: Double?
  /// It is missing, and is remembered for now.
  var isKept = false
  private(set) var problem: IntakeProblem?
  /// A compressed file that ends early is reported once it does not grow any more: most are still being written.
  var reportedProblem: IntakeProblem? {
    if case .endsEarly = problem, !isQuiescent { nil } else { problem }
  }
  /// It was truncated, and has not been read since.
  var isRestarted = false
  /// The end of the last compressed member that was read, after which the file grows.
  private var memberEnd: ByteStream.MemberEnd?
  /// Its status when its bytes were last compared with the bookmark.
  private var comparedStatus: FileStatus?

  var key: FileKey { candidate.status.key }
  var path: String { candidate.path }
  var isPlainRotated: Bool { role == .rotated && compression == nil }
  var plainFile: OpenFile? {
    if case .plain(let file) = content { file } else { nil }
  }

  init(
    _ candidate: SourceListing.Candidate, compression: Compression?, bookmark: Bookmark,
    nowSeconds: Double
  ) {
    self.candidate = candidate
    self.compression = compression
    role = .current
    isPresent = true
    reader = FileLineReader(bookmark)
    quietSinceSeconds = nowSeconds
  }

  /// A file known from an earlier run.
  init(_ position: FilePosition, nowSeconds: Double) {
    candidate = SourceListing.Candidate(position)
    role = .rotated
    reader = FileLineReader(
      Bookmark(
        offset: position.offset, headLength: position.identity.fingerprintLength,
        head: position.identity.fingerprint, recent: position.recentFingerprint))
    quietSinceSeconds = nowSeconds
    isChanged = false
  }

  /// After this time without growth, the last line of a rotated file counts even without a newline.
  static let lastLineQuietSeconds = 2.0
  /// After this time without growth, a rotated or deleted file counts as finished.
  static let quiescenceSeconds = 30.0
  /// A compressed log that grows is read again after this time.
  static let growthSeconds = 2.0
  /// A file that was moved to a directory that is not listed is kept open for this time after its last growth.
  static let movedAwaySeconds = 3600.0

  /// The offset of a compressed file that is skipped completely, whatever its length.
  static let wholeFile = Int64.max

  // MARK: What scans find

  func place(_ candidate: SourceListing.Candidate) {
    if candidate.path != path { isChanged = true }
    self.candidate = candidate
    isPresent = true
    missingSinceSeconds = nil
    isKept = false
  }

  /// Marks the file for reading if its status has changed since the last scan.
  func notice(_ status: FileStatus) {
    let isUnreadable = if case .systemCall = problem { true } else { false }
    if isUnreadable || !status.looksLike(candidate.status) { mayHaveMore = true }
  }

  func setRole(_ role: Role, _ nowSeconds: Double) {
    if role != self.role, role != .current { restartQuietPeriod(nowSeconds) }
    self.role = role
    if role == .absent, content == nil, missingSinceSeconds == nil {
      missingSinceSeconds = nowSeconds
    }
  }

  // MARK: Quiescence

  func restartQuietPeriod(_ nowSeconds: Double) {
    quietSinceSeconds = nowSeconds
    isQuiescent = false
  }

  var quiescenceDeadlineSeconds: Double? {
    let isGrowing = compression != nil && watch != nil
    guard role != .current, content != nil || isGrowing else { return nil }
    if let grownSinceSeconds { return grownSinceSeconds + Self.growthSeconds }
    if compression == nil, reader.unfinishedByteCount > 0 {
      return quietSinceSeconds + Self.lastLineQuietSeconds
    }
    if !isQuiescent { return quietSinceSeconds + Self.quiescenceSeconds }
    return role == .absent ? movedAwayDeadlineSeconds : nil
  }

  var movedAwayDeadlineSeconds: Double { quietSinceSeconds + Self.movedAwaySeconds }

  func isMissing(_ nowSeconds: Double) -> Bool {
    missingSinceSeconds.map { $0 + Self.quiescenceSeconds <= nowSeconds } ?? false
  }

  /// When a scan must decide whether it can be forgotten; nil after that.
  var forgetDeadlineSeconds: Double? {
    isKept ? nil : missingSinceSeconds.map { $0 + Self.quiescenceSeconds }
  }

  /// Handles a change of the file. A compressed copy is read again when it has stopped growing, not at every write; a
  /// compressed log keeps growing, and is read again soon.
  func noteSignal(_ nowSeconds: Double) {
    if compression == nil {
      mayHaveMore = true
    } else if !isCompressedLog {
      restartQuietPeriod(nowSeconds)
    } else {
      grownSinceSeconds = grownSinceSeconds ?? nowSeconds
    }
  }

  /// Whether its writer compresses the log while writing: a pattern matches it, and its name is not that of a rotated
  /// file.
  private var isCompressedLog: Bool {
    compression != nil && candidate.isNamed && candidate.name.age == .current
  }

  /// Marks a compressed file to be read again; if it has not grown, its last line counts even without a newline.
  func readAgain() {
    isFinal = grownSinceSeconds == nil
    grownSinceSeconds = nil
    isQuiescent = true
    mayHaveMore = true
  }

  func finishLastLine() {
    isFinal = true
    mayHaveMore = true
  }

  // MARK: Reading

  func fail(_ problem: IntakeProblem) {
    readAhead = nil
    self.problem = problem
    mayHaveMore = false
  }

  func endReading() {
    mayHaveMore = false
    isFinal = false
    problem = content?.stream?.problem
    // A compressed file that ends early may still be growing.
    guard compression != nil else { return }
    if let end = content?.stream?.end { memberEnd = end }
    if problem != nil {
      closeKeepingWatch()
    } else if isCompressedLog {
      closeKeepingWatch()
      isQuiescent = reader.unfinishedByteCount == 0
    } else {
      close()
    }
  }

  func close() {
    content = nil
    watch = nil
    reader.forgetDetails()
  }

  func closeKeepingWatch() { content = nil }

  /// Watches the file if a limit prevented that when it was opened.
  func watchAgain(_ watcher: FileWatcher) {
    guard watch == nil, let plainFile else { return }
    watch = watcher.watch(plainFile)
    mayHaveMore = mayHaveMore || watch != nil
  }

  /// Opens the file unless it is open, and watches it before reading.
  ///
  /// - Throws: `.systemCall` with ENOENT also when the name leads to another file by now.
  func open(_ watcher: FileWatcher) throws(IntakeProblem) {
    if content != nil || reader.offset == Self.wholeFile { return }
    let file = try OpenFile(path: path)
    guard file.key == key else { throw .systemCall(path: path, errno: ENOENT) }
    // Without any bytes read, a rotated file is known by its inode only; if it was deleted, a copy beside it may have
    // reused the inode.
    if role == .rotated, reader.end == 0, try file.status().isSuccessor(of: candidate.status) {
      throw .systemCall(path: path, errno: ENOENT)
    }
    if watch == nil { watch = watcher.watch(file) }
    if let compression {
      let size = try file.status().size
      let known = memberEnd.flatMap { $0.output <= reader.offset && $0.input <= size ? $0 : nil }
      content = .stream(try ByteStream(.file(file), compression: compression, from: known))
    } else {
      content = .plain(file)
    }
    missingSinceSeconds = nil
    isKept = false
  }

  func advance(_ buffer: inout LineBuffer, maxLineBytes: Int, maxBytes: Int) throws(IntakeProblem)
    -> FileLineReader.Outcome
  {
    guard let content else { return FileLineReader.Outcome(reachedEnd: true) }
    return try reader.advance(
      content, &buffer, maxLineBytes: maxLineBytes, maxBytes: maxBytes, isFinal: isLastLineFinal)
  }

  private var isLastLineFinal: Bool { isFinal || (compression != nil && !isCompressedLog) }

  // MARK: Reading ahead

  /// Whether it belongs to a backlog: nothing of it was read, and it was rotated.
  var canBeReadAhead: Bool {
    mayHaveMore && role == .rotated && isPresent && !wasReadAhead && !isRestarted
      && problem == nil && reader.end == 0 && candidate.status.size >= ReadAhead.minBytes
  }

  /// Starts another thread that reads the file; if that fails, the loop reads it.
  func startReadingAhead(
    _ watcher: FileWatcher, like parser: RecordParser, maxLineBytes: Int, maxBytes: Int, now: Int64
  ) {
    wasReadAhead = true
    guard (try? open(watcher)) != nil, let file = content?.file else { return }
    readAhead = try? ReadAhead(
      file, compression: compression, maxLineBytes: maxLineBytes, maxBytes: maxBytes,
      isFinal: isLastLineFinal, like: parser, now: now)
  }

  /// Stops reading ahead; the loop reads the rest.
  func stopReadingAhead() { readAhead = nil }

  /// Takes the next part that another thread has read.
  ///
  /// - Parameter latest: The file of the preceding lines.
  /// - Returns: Nil if the loop must read the next lines itself.
  func nextPart(after latest: TrackedFile?) -> ReadAhead.Part? {
    guard let readAhead else { return nil }
    // The parser's memory now comes from another file than the thread assumed, so its results may be wrong.
    if readAhead.hasStarted, latest !== self {
      stopReadingAhead()
    } else if let part = readAhead.next() {
      reader = part.reader
      return part
    } else {
      content = readAhead.content ?? content
      stopReadingAhead()
    }
    return nil
  }

  func resume(at bookmark: Bookmark) {
    readAhead = nil
    reader = FileLineReader(bookmark)
    isChanged = true
  }

  /// Restarts reading at the beginning after a truncation.
  func restart() -> KnownContent {
    defer {
      readAhead = nil
      reader = FileLineReader()
      memberEnd = nil
      isChanged = true
      isRestarted = true
      mayHaveMore = true
      comparedStatus = nil
    }
    return reader.known
  }

  enum Recognition { case same, different, unclear }

  /// Compares, by content, a file of the same device and inode with this one.
  func compare(_ found: SourceListing.Candidate) -> Recognition {
    if content != nil { return .same }
    // Nothing was read, so there is nothing to compare; if the file has changed, it is as good as a new one.
    if reader.bookmark.headLength == 0 {
      return candidate.status.looksLike(found.status) ? .same : .different
    }
    if comparedStatus?.looksLike(found.status) ?? false { return .same }
    let head: FileHead
    do throws(IntakeProblem) {
      head = try FileHead(path: found.path, isCompressed: found.name.isCompressed)
    } catch .systemCall(_, ENOENT) {
      return .unclear
    } catch .endsEarly {
      // Some bytes of this file were read, so it was longer.
      return .different
    } catch {
      // A file that cannot be read now is assumed to be the same.
      return .same
    }
    if head.key != found.status.key { return .unclear }
    if !head.holds(reader.bookmark) { return .different }
    compression = head.compression
    comparedStatus = found.status
    return .same
  }

  /// Whether the open file no longer contains the bytes that were read last.
  func wasTruncated() -> Bool {
    guard let plainFile else { return false }
    return !((try? reader.isIntact(in: plainFile)) ?? true)
  }

  /// The current first bytes of the file.
  func beginning() throws(IntakeProblem) -> [UInt8] {
    let file = if let plainFile { plainFile } else { try OpenFile(path: path) }
    guard file.key == key else { throw .systemCall(path: path, errno: ENOENT) }
    return try file.bytes(at: 0, count: Fingerprint.headLength)
  }

  /// Bytes on disk that are not counted yet; the whole size of a compressed file until it has been read to its end.
  func lagBytes() -> Int64 {
    if compression != nil { return mayHaveMore ? candidate.status.size : 0 }
    let size = (try? plainFile?.status().size) ?? candidate.status.size
    return max(0, size - reader.offset)
  }

  func position(source: String) -> FilePosition {
    let bookmark = reader.bookmark
    return FilePosition(
      source: source, path: path,
      identity: FileIdentity(
        device: key.device, inode: key.inode, fingerprintLength: bookmark.headLength,
        fingerprint: bookmark.head.value),
      offset: bookmark.offset, recentFingerprint: bookmark.recent)
  }
}
