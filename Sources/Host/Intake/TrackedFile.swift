import Glibc
import Records

/// One file of a source: which it is, how far it has been read, and what is open of it.
final class TrackedFile {
  enum Role {
    /// Lines are being written to it, as far as its name says.
    case current
    /// It was rotated away, and is beside the current one.
    case rotated
    /// No name we look at leads to it any more.
    case gone
  }

  /// Where it was last seen.
  private(set) var candidate: SourceListing.Candidate
  private(set) var compression: Compression?
  private(set) var reader: FileLineReader
  private(set) var content: FileContent?
  private(set) var readAhead: ReadAhead?
  private var wasReadAhead = false
  private(set) var watch: FileWatcher.Watch?
  private(set) var role: Role
  /// Something may have happened since we last read to its end.
  var mayHaveMore = true
  /// Its position is not handed out yet.
  var isChanged = true
  /// When the last of its bytes came, or it was rotated away, whichever is later.
  private var quietSinceSeconds: Double
  /// Nothing came for long enough, and what was to be done then is done.
  var isQuiescent = false
  /// Its last line is to be taken even without a newline.
  private var isFinal = false
  /// When something was added to a compressed log for the first time since it was opened.
  private var grownSinceSeconds: Double?
  /// The latest scan found it.
  var isPresent = false
  var isNewestRotated = false
  private var missingSinceSeconds: Double?
  /// It is missing, and is not to be forgotten for now.
  var isKept = false
  private(set) var problem: IntakeProblem?
  /// It was truncated, and nothing was read of it since.
  var isRestarted = false
  /// Where its last compressed member that was read ends: what is added begins there.
  private var memberEnd: ByteStream.MemberEnd?
  /// Size and time when its bytes were last compared with the bookmark.
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

  /// The last line of a file rotated away is taken as it is when nothing came for so long.
  static let lastLineQuietSeconds = 2.0
  /// A file rotated away or deleted is believed finished when nothing came for so long.
  static let quiescenceSeconds = 30.0
  /// A compressed log that grows is read on after so long.
  static let growthSeconds = 2.0
  /// A file moved to where we do not look is kept open for so long after its last byte.
  static let movedAwaySeconds = 3600.0

  /// Offset of a compressed file all of which is known to be old, whatever its length.
  static let wholeFile = Int64.max

  // MARK: What scans find

  func place(_ candidate: SourceListing.Candidate) {
    if candidate.path != path { isChanged = true }
    self.candidate = candidate
    isPresent = true
    missingSinceSeconds = nil
    isKept = false
  }

  /// Looks whether there is anything to read since the last scan.
  func notice(_ status: FileStatus) {
    let isUnreadable = if case .systemCall = problem { true } else { false }
    if isUnreadable || !status.looksLike(candidate.status) { mayHaveMore = true }
  }

  func take(_ role: Role, _ nowSeconds: Double) {
    if role != self.role, role != .current { restartQuietPeriod(nowSeconds) }
    self.role = role
    if role == .gone, content == nil, missingSinceSeconds == nil {
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
    return role == .gone ? movedAwayDeadlineSeconds : nil
  }

  var movedAwayDeadlineSeconds: Double { quietSinceSeconds + Self.movedAwaySeconds }

  func isMissing(_ nowSeconds: Double) -> Bool {
    missingSinceSeconds.map { $0 + Self.quiescenceSeconds <= nowSeconds } ?? false
  }

  /// When it is time to ask whether it can be forgotten; once.
  var forgetDeadlineSeconds: Double? {
    isKept ? nil : missingSinceSeconds.map { $0 + Self.quiescenceSeconds }
  }

  /// A compressed file is read again from its start when it has stopped growing, not at every write; one that is
  /// a log itself keeps growing, and is read again soon.
  func noteSignal(_ nowSeconds: Double) {
    if compression == nil {
      mayHaveMore = true
    } else if !isCompressedLog {
      restartQuietPeriod(nowSeconds)
    } else {
      grownSinceSeconds = grownSinceSeconds ?? nowSeconds
    }
  }

  /// Whether the settings name it and nothing says that it was rotated: its writer compresses as it writes.
  private var isCompressedLog: Bool {
    compression != nil && candidate.isNamed && candidate.name.age == .current
  }

  /// Of a compressed file: once more, and if nothing was added, with its last line even without a newline.
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
    // One that ends early may still be growing.
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

  /// Tries once more what a limit did not allow when the file was opened.
  func watchAgain(_ watcher: FileWatcher) {
    guard watch == nil, let plainFile else { return }
    watch = watcher.watch(plainFile)
    mayHaveMore = mayHaveMore || watch != nil
  }

  /// Opens the file unless it is open, and watches it before anything of it is read.
  ///
  /// - Throws: `.systemCall` with ENOENT also when the name leads to another file by now.
  func open(_ watcher: FileWatcher) throws(IntakeProblem) {
    if content != nil || reader.offset == Self.wholeFile { return }
    let file = try OpenFile(path: path)
    guard file.key == key else { throw .systemCall(path: path, errno: ENOENT) }
    // Of a rotated file nothing was read to know it by: if it was deleted, the copy beside it may have its inode.
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

  /// Whether it is a part of a backlog: nothing of it was read, and no program writes to it any more.
  var canBeReadAhead: Bool {
    mayHaveMore && role == .rotated && isPresent && !wasReadAhead && !isRestarted
      && problem == nil && reader.end == 0 && candidate.status.size >= ReadAhead.minBytes
  }

  /// Has another thread read it until its turn comes; where that cannot be, it is read in its turn.
  func startReadingAhead(
    _ watcher: FileWatcher, like parser: RecordParser, maxLineBytes: Int, maxBytes: Int, now: Int64
  ) {
    wasReadAhead = true
    guard (try? open(watcher)) != nil, let file = content?.file else { return }
    readAhead = try? ReadAhead(
      file, compression: compression, maxLineBytes: maxLineBytes, maxBytes: maxBytes,
      isFinal: isLastLineFinal, like: parser, now: now)
  }

  /// What was read of it goes on being read in its turn.
  func stopReadingAhead() { readAhead = nil }

  /// Takes what another thread made of the next lines.
  ///
  /// - Parameter latest: The file of the lines before them.
  /// - Returns: Nil: they are to be read now.
  func nextPart(after latest: TrackedFile?) -> ReadAhead.Part? {
    guard let readAhead else { return nil }
    // After other lines than those that the thread went on from, it might have read these in another way.
    if readAhead.isBegun, latest !== self {
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

  /// What was read of the truncated file; reading starts anew.
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

  /// Whether the file found under the same device and inode is the one we know, by its content.
  func compare(_ found: SourceListing.Candidate) -> Recognition {
    if content != nil { return .same }
    // Nothing of it was read: there is nothing to know it by, and nothing lost by not knowing it.
    if reader.bookmark.headLength == 0 { return .different }
    if comparedStatus?.looksLike(found.status) ?? false { return .same }
    let head: FileHead
    do throws(IntakeProblem) {
      head = try FileHead(path: found.path, isCompressed: found.name.isCompressed)
    } catch .systemCall(_, ENOENT) {
      return .unclear
    } catch .endsEarly {
      // Something was read of ours.
      return .different
    } catch {
      // What cannot be read now is not said to be another file.
      return .same
    }
    if head.key != found.status.key { return .unclear }
    if !head.holds(reader.bookmark) { return .different }
    compression = head.compression
    comparedStatus = found.status
    return .same
  }

  /// Whether the open file no longer holds what was read last.
  func wasTruncated() -> Bool {
    guard let plainFile else { return false }
    return !((try? reader.isIntact(in: plainFile)) ?? true)
  }

  /// Its first bytes as they are now.
  func beginning() throws(IntakeProblem) -> [UInt8] {
    let file = if let plainFile { plainFile } else { try OpenFile(path: path) }
    guard file.key == key else { throw .systemCall(path: path, errno: ENOENT) }
    return try file.bytes(at: 0, count: Fingerprint.headLength)
  }

  /// Bytes on disk and not counted yet; of a compressed file all of them, until it is read to its end.
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
