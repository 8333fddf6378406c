import Glibc
import Records

/// All files of one source, known and just found.
///
/// A scan lists what the names lead to and decides for each file which one it is: one we know under this
/// inode, one we know by its content under another (a copy, or compressed), or a new one. It happens when
/// a name changes, never because time passes.
struct SourceFiles {
  let source: TailSource
  let maxOpenFiles: Int
  private let patterns: [PathPattern]
  /// Reading order: those that were rotated away before the current ones, oldest first.
  private(set) var files: [TrackedFile] = []
  /// The file that the latest lines came from.
  weak var latest: TrackedFile?
  /// What the latest chunk is, if another thread read it.
  var taken: (part: ReadAhead.Part, file: TrackedFile)?
  private(set) var truncated = TruncatedContents()
  /// Found, but not ours to read yet: empty, or so far the copy of a file that is being read.
  private(set) var waiting: [FileKey: WaitingFile] = [:]
  private var unseenPatterns: Set<String>
  var newMarkers: [FilePosition] = []
  var forgotten: [FilePosition.Key] = []
  private(set) var directories: [String: DirectoryInterest] = [:]
  private(set) var problems: [IntakeProblem] = []
  /// Of finding the directories.
  private var directoryProblems: [IntakeProblem] = []
  var needsScan = true
  /// Names were moved while the latest scan looked at their files: what it did not find may be there.
  private var isUnsettled = false

  struct WaitingFile {
    var file: OpenFile
    var watch: FileWatcher.Watch?
  }

  init(
    source: TailSource, positions: [FilePosition], maxOpenFiles: Int, nowSeconds: Double
  ) {
    self.source = source
    self.maxOpenFiles = maxOpenFiles
    patterns = source.paths.map { PathPattern($0) }
    unseenPatterns = Set(source.paths)
    let markers = source.paths.map { Self.marker($0, source: source.name) }
    for position in positions where position.source == source.name {
      if position.isMarker {
        if let index = markers.firstIndex(where: { $0.key == position.key }) {
          unseenPatterns.remove(source.paths[index])
        } else {
          forgotten.append(position.key)
        }
      } else {
        files.append(TrackedFile(position, nowSeconds: nowSeconds))
      }
    }
  }

  private static func marker(_ path: String, source: String) -> FilePosition {
    let fingerprint = Fingerprint.of(path.utf8).value
    return FilePosition(
      source: source, path: path,
      identity: FileIdentity(
        device: 0, inode: fingerprint >> 1, fingerprintLength: 0, fingerprint: fingerprint),
      offset: 0)
  }

  // MARK: Finding

  /// Looks at all files there are.
  mutating func scan(_ watcher: FileWatcher, nowSeconds: Double) {
    needsScan = false
    isUnsettled = false
    let (listing, changeCount) = list(watcher)
    problems = listing.problems + directoryProblems.filter { !listing.problems.contains($0) }
    newMarkers += unseenPatterns.sorted().map { Self.marker($0, source: source.name) }
    unseenPatterns = []

    let unknown = recognise(listing.candidates, nowSeconds)
    waiting = waiting.filter { entry in unknown.contains { $0.status.key == entry.key } }
    // The current files first: one of the others may be its copy.
    for candidate in unknown.filter({ !$0.name.isRotated }) + unknown.filter(\.name.isRotated) {
      do throws(IntakeProblem) {
        try identify(candidate, listing.candidates, watcher, nowSeconds)
      } catch {
        problems.append(error)
      }
    }
    truncated.forgetOld(nowSeconds)
    if !truncated.isEmpty, watcher.directoryChanges(since: changeCount).contains(where: concerns) {
      isUnsettled = true
    }
    needsScan = needsScan || isUnsettled
    arrange(listing, nowSeconds)
    for file in files { file.watchAgain(watcher) }
  }

  mutating func findDirectories() {
    directoryProblems = []
    directories = SourceListing.directories(of: patterns, &directoryProblems)
  }

  /// Names that are changed while they are read may be missed or seen twice; then once more.
  private func list(_ watcher: FileWatcher) -> (listing: SourceListing, changeCount: Int) {
    let knownInodes = Set(files.map(\.key.inode))
    var attemptCount = 0
    while true {
      let changeCount = watcher.directoryChangeCount()
      let listing = SourceListing(
        patterns: patterns, firstSeen: unseenPatterns, knownInodes: knownInodes)
      attemptCount += 1
      if watcher.directoryChangeCount() == changeCount || attemptCount == 8 {
        return (listing, changeCount)
      }
    }
  }

  /// Finds the files known by device and inode.
  ///
  /// - Returns: The others.
  private mutating func recognise(_ candidates: [SourceListing.Candidate], _ nowSeconds: Double)
    -> [SourceListing.Candidate]
  {
    for file in files {
      file.isPresent = false
      // Before anything is taken for new: it may be the copy of this one.
      if file.wasTruncated() { truncated.add(file.restart(), nowSeconds) }
    }
    let known = Dictionary(files.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var unknown: [SourceListing.Candidate] = []
    for candidate in candidates {
      guard let file = known[candidate.status.key] else {
        unknown.append(candidate)
        continue
      }
      switch file.compare(candidate) {
      case .same:
        file.notice(candidate.status)
        file.place(candidate)
      case .different:
        // Truncated and written anew while we were away, or another file that got the inode.
        truncated.add(file.reader.known, nowSeconds)
        forget(file)
        if candidate.isNamed || candidate.isSibling { unknown.append(candidate) }
      case .unclear:
        file.isPresent = true
        isUnsettled = true
      }
    }
    return unknown
  }

  /// Settles what a file is whose inode we do not know.
  private mutating func identify(
    _ candidate: SourceListing.Candidate, _ all: [SourceListing.Candidate],
    _ watcher: FileWatcher, _ nowSeconds: Double
  ) throws(IntakeProblem) {
    let head: FileHead
    let isCopy: Bool
    do throws(IntakeProblem) {
      (head, isCopy) = try examine(candidate)
    } catch {
      switch error {
      case .endsEarly: try wait(for: candidate, watcher, isGrowing: true)
      case .systemCall(_, ENOENT): isUnsettled = true
      default: break
      }
      throw error
    }
    if try adoptKnown(candidate, head, nowSeconds) { return }
    let isBeingCompressed =
      head.compression != nil
      && all.contains {
        $0.isSameLineage(as: candidate) && $0.name.age == candidate.name.age
          && !$0.name.isCompressed
      }
    let isOld = candidate.isFirstSight && !candidate.isNamed
    // Nothing tells yet whether it becomes a copy of one that we read, unless it begins what a rotation left.
    if !candidate.isFirstSight, head.bytes.isEmpty, files.contains(where: \.isPresent),
      !files.contains(where: { $0.candidate.isSameLineage(as: candidate) })
    {
      try wait(for: candidate, watcher, isGrowing: true)
      return
    }
    if candidate.name.isRotated, !isOld, head.bytes.isEmpty || isBeingCompressed || isCopy {
      try wait(for: candidate, watcher, isGrowing: head.bytes.count < Fingerprint.headLength)
      return
    }
    if !isOld, try adoptCopy(candidate, head, watcher, nowSeconds) { return }
    files.append(
      TrackedFile(
        candidate, compression: head.compression, bookmark: try firstBookmark(candidate, head),
        nowSeconds: nowSeconds))
  }

  /// Reads the beginning of a file, and whether it is a copy of one we read: of the current one, which is
  /// about to be truncated; compressed, of any; or left over although compressed.
  ///
  /// - Throws: ENOENT also if a name has moved on to another file meanwhile.
  private func examine(_ candidate: SourceListing.Candidate) throws(IntakeProblem)
    -> (head: FileHead, isCopy: Bool)
  {
    let originals = files.filter { file in
      let original = file.candidate
      let isCurrent = original.isNamed && !original.name.isRotated
      let isCompressed = file.compression != nil && original.name.age == candidate.name.age
      return original.isSameLineage(as: candidate) && (file.isPresent || file.content != nil)
        && (candidate.name.isCompressed || isCurrent || isCompressed)
    }
    // An original may be truncated at any moment. A copy shorter than what we read of it is still being
    // made, if this was there before; a copy of a file we read nothing of is to be read if the original is
    // another one after.
    var before: [[UInt8]] = []
    for file in originals { before.append(file.compression == nil ? try file.beginning() : []) }
    let head = try FileHead(path: candidate.path, isCompressed: candidate.name.isCompressed)
    guard head.key == candidate.status.key else {
      throw .systemCall(path: candidate.path, errno: ENOENT)
    }
    for (file, bytes) in zip(originals, before) {
      let bookmark = file.reader.bookmark
      if bookmark.headLength == 0 {
        if file.compression == nil, try file.beginning().starts(with: head.bytes) {
          return (head, true)
        }
      } else if head.bytes.count >= bookmark.headLength
        ? head.begins(bookmark) : bytes.starts(with: head.bytes)
      {
        return (head, true)
      }
    }
    return (head, false)
  }

  /// Goes on, in a file of unknown inode, from where the same content was read to under another.
  private mutating func adoptKnown(
    _ candidate: SourceListing.Candidate, _ head: FileHead, _ nowSeconds: Double
  ) throws(IntakeProblem) -> Bool {
    let bookmark: Bookmark
    if let known = try truncated.take(candidate, head) {
      bookmark = known
    } else if let index = files.firstIndex(where: {
      !$0.isPresent && $0.content == nil && $0.reader.known.match(head) == .complete
    }) {
      bookmark = files[index].reader.bookmark
      forget(files[index])
    } else {
      return false
    }
    files.append(
      TrackedFile(
        candidate, compression: head.compression, bookmark: bookmark,
        nowSeconds: nowSeconds))
    return true
  }

  /// Adopts a file with the content of one that we know and that is there, or is open still.
  ///
  /// - Returns: Whether it is one.
  private mutating func adoptCopy(
    _ candidate: SourceListing.Candidate, _ head: FileHead, _ watcher: FileWatcher,
    _ nowSeconds: Double
  ) throws(IntakeProblem) -> Bool {
    guard head.compression == nil else { return false }
    // Of several predecessors, such as each copy that rsync put in its place, the last was read furthest.
    var furthest: Bookmark?
    for file in files {
      switch try file.relation(to: head, isSucceeded: file.path == candidate.path) {
      case .none: break
      case .copy:
        try wait(for: candidate, watcher, isGrowing: true)
        return true
      case .pendingReplacement:
        try wait(for: candidate, watcher, isGrowing: true)
        needsScan = true
        return true
      case .continuation(let bookmark):
        if bookmark.offset > furthest?.offset ?? -1 { furthest = bookmark }
      }
    }
    guard let furthest else { return false }
    files.append(
      TrackedFile(candidate, compression: nil, bookmark: furthest, nowSeconds: nowSeconds))
    return true
  }

  /// A truncated file is read from its beginning; what was not read of it yet may be in a copy, which is
  /// looked for at once, so that both become known in one commit.
  mutating func setAside(_ file: TrackedFile, _ watcher: FileWatcher, _ nowSeconds: Double) {
    truncated.add(file.restart(), nowSeconds)
    scan(watcher, nowSeconds: nowSeconds)
  }

  /// Whether the copy of a truncated file may be there and was not found, for names were moved meanwhile. Until that
  /// is settled nothing is read, and what is stored of the file stays: it alone outlives a kill.
  var isLookingForCopy: Bool { isUnsettled && !truncated.isEmpty }

  private func concerns(_ name: String?) -> Bool {
    directories.values.contains { $0.covers(name) }
  }

  /// - Parameter isGrowing: Too little of it is there to tell what it is.
  private mutating func wait(
    for candidate: SourceListing.Candidate, _ watcher: FileWatcher, isGrowing: Bool
  ) throws(IntakeProblem) {
    let key = candidate.status.key
    var file: WaitingFile
    if let known = waiting[key] {
      file = known
    } else {
      file = WaitingFile(file: try OpenFile(path: candidate.path))
    }
    if !isGrowing {
      file.watch = nil
    } else if file.watch == nil {
      file.watch = watcher.watch(file.file)
      // It may have grown before it was watched.
      needsScan = needsScan || file.watch != nil
    }
    waiting[key] = file
  }

  /// Where reading begins of a file never seen before.
  private func firstBookmark(_ candidate: SourceListing.Candidate, _ head: FileHead)
    throws(IntakeProblem) -> Bookmark
  {
    guard candidate.isFirstSight, !candidate.isNamed || source.start == .end else {
      return Bookmark()
    }
    guard head.compression == nil else {
      return Bookmark(
        offset: TrackedFile.wholeFile, headLength: head.bytes.count,
        head: Fingerprint.of(head.bytes).value, recent: nil)
    }
    return try head.bookmarkAtEnd(maxLineBytes: source.maxLineBytes)
  }

  /// Gives every file its role and its place in the reading order, and forgets what is gone for good.
  private mutating func arrange(_ listing: SourceListing, _ nowSeconds: Double) {
    let rank = Dictionary(
      listing.candidates.enumerated().map { ($1.status.key, $0) },
      uniquingKeysWith: { first, _ in first })
    files = files.enumerated().sorted {
      (rank[$0.element.key] ?? -1, $0.offset) < (rank[$1.element.key] ?? -1, $1.offset)
    }.map(\.element)
    giveRoles(nowSeconds)
    files = files.filter { $0.role != .current } + files.filter { $0.role == .current }
    forgetMissing(listing, nowSeconds)
  }

  /// - Precondition: `files` are in order of lineage and age.
  private func giveRoles(_ nowSeconds: Double) {
    var younger: TrackedFile?
    var hasYoungerRotated = false
    for file in files.reversed() {
      let isNewest = !(younger?.candidate.isSameLineage(as: file.candidate) ?? false)
      if isNewest { hasYoungerRotated = false }
      // A dated name may be that of the file being written, a numbered one never.
      let isDated = if case .date = file.candidate.name.age { true } else { false }
      let isCurrent =
        file.isPresent && file.candidate.isNamed && !file.candidate.name.isCompressed
        && (file.candidate.name.age == .current || (isDated && isNewest))
      file.take(isCurrent ? .current : file.isPresent ? .rotated : .gone, nowSeconds)
      file.isNewestRotated = file.isPlainRotated && !hasYoungerRotated
      hasYoungerRotated = hasYoungerRotated || file.isPlainRotated
      younger = file
    }
  }

  /// A missing file is forgotten once its lineage continues without it. If nothing of it is left, its whole
  /// directory may be away and come back.
  private mutating func forgetMissing(_ listing: SourceListing, _ nowSeconds: Double) {
    let missing = files.filter { $0.isMissing(nowSeconds) }
    let living = missing.isEmpty ? [] : files.filter(\.isPresent).map(\.candidate)
    for (index, file) in missing.enumerated() {
      let isSuperseded =
        listing.listedDirectories.contains(file.candidate.directory)
        && living.contains { $0.isSameLineage(as: file.candidate) }
      if isSuperseded || missing.count - index > SourceListing.maxFiles {
        forget(file)
      } else {
        file.isKept = true
      }
    }
  }

  private mutating func forget(_ file: TrackedFile) {
    forgotten.append(file.position(source: source.name).key)
    files.removeAll { $0 === file }
  }
}
