import Glibc
import Records

/// All files of one source.
///
/// A scan lists the files that the source's paths match and decides for each whether it is known by its inode, known by
/// its content under another inode (a copy, perhaps compressed), or new. It runs when a name changes, not periodically.
struct SourceFiles {
  let source: TailSource
  let maxOpenFiles: Int
  private let patterns: [PathPattern]
  /// In reading order: rotated files before current ones, oldest first.
  private(set) var files: [TrackedFile] = []
  /// The file that the latest lines came from.
  weak var latest: TrackedFile?
  /// The latest chunk and its file, if another thread read it.
  var taken: (part: ReadAhead.Part, file: TrackedFile)?
  private(set) var truncated = TruncatedContents()
  /// Files that were found and must not be read yet: empty, or so far a copy of a file that is being read.
  private(set) var waiting: [FileKey: WaitingFile] = [:]
  private var unseenPatterns: Set<String>
  var newMarkers: [FilePosition] = []
  var forgotten: [FilePosition.Key] = []
  private(set) var directories: [String: DirectoryInterest] = [:]
  private(set) var problems: [IntakeProblem] = []
  /// The problems of finding the directories.
  private var directoryProblems: [IntakeProblem] = []
  var needsScan = true
  /// Files were renamed during the latest scan, which may therefore have missed some.
  private var isUnsettled = false

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

  // MARK: Scanning

  /// Lists and identifies all files.
  mutating func scan(_ watcher: FileWatcher, nowSeconds: Double) {
    needsScan = false
    isUnsettled = false
    let (listing, changeCount) = list(watcher)
    problems = listing.problems + directoryProblems.filter { !listing.problems.contains($0) }
    newMarkers += unseenPatterns.sorted().map { Self.marker($0, source: source.name) }
    unseenPatterns = []

    let unknown = recognise(listing.candidates, nowSeconds)
    waiting = waiting.filter { entry in unknown.contains { $0.status.key == entry.key } }
    // Current files first, because a rotated one may be a copy of a current one.
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

  /// Lists the files. If names change meanwhile, some may be missed or listed twice, so the listing is repeated, up to
  /// eight times.
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

  /// Updates the files that are known by device and inode.
  ///
  /// - Returns: The candidates that are not known.
  private mutating func recognise(_ candidates: [SourceListing.Candidate], _ nowSeconds: Double)
    -> [SourceListing.Candidate]
  {
    for file in files {
      file.isPresent = false
      // Truncated files first, because an unknown file may be the copy of one.
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
        // The file was truncated and rewritten while it was not open, or another file reuses its inode.
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

  /// Decides what a file with an unknown inode is.
  private mutating func identify(
    _ candidate: SourceListing.Candidate, _ all: [SourceListing.Candidate],
    _ watcher: FileWatcher, _ nowSeconds: Double
  ) throws(IntakeProblem) {
    let head: FileHead
    let originals: [FileKey]
    do throws(IntakeProblem) {
      (head, originals) = try examine(candidate)
    } catch {
      switch error {
      case .endsEarly:
        try wait(for: candidate, watcher, isGrowing: true)
        if waiting[candidate.status.key]?.isGrowing(nowSeconds) ?? false { return }
      case .systemCall(_, ENOENT):
        isUnsettled = true  // Renamed or removed since it was listed.
        return
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
    // An empty file may become a copy of a file that we read; wait, unless it continues the lineage of a rotated one.
    if !candidate.isFirstSight, head.bytes.isEmpty, files.contains(where: \.isPresent),
      !files.contains(where: { $0.candidate.isSameLineage(as: candidate) })
    {
      try wait(for: candidate, watcher, isGrowing: true)
      return
    }
    if candidate.name.isRotated, !isOld,
      head.bytes.isEmpty || isBeingCompressed || !originals.isEmpty
    {
      try wait(
        for: candidate, watcher, isGrowing: head.bytes.count < Fingerprint.headLength,
        copyOf: originals.count == 1 ? originals[0] : nil)
      return
    }
    if !isOld, try adoptCopy(candidate, head, watcher, nowSeconds) { return }
    files.append(
      TrackedFile(
        candidate, compression: head.compression, bookmark: try firstBookmark(candidate, head),
        nowSeconds: nowSeconds))
  }

  /// Reads the head of a file, and finds of which files that we read it may be a copy: of the current one, which is
  /// about to be truncated; a compressed copy of any; or the uncompressed original of a compressed one.
  ///
  /// - Throws: ENOENT also if the name leads to another file by now.
  private func examine(_ candidate: SourceListing.Candidate) throws(IntakeProblem)
    -> (head: FileHead, originals: [FileKey])
  {
    let originals = files.filter { file in
      let original = file.candidate
      let isCurrent = original.isNamed && !original.name.isRotated
      let isCompressed = file.compression != nil && original.name.age == candidate.name.age
      return original.isSameLineage(as: candidate) && (file.isPresent || file.content != nil)
        && (candidate.name.isCompressed || isCurrent || isCompressed)
    }
    // An original may be truncated at any moment, so its beginning is read before the copy's head. If it matches then,
    // a copy shorter than what we read is still being written. If we have read nothing of the original, its beginning
    // is compared afterwards: if it has changed by then, the copy must be read.
    var before: [[UInt8]] = []
    for file in originals { before.append(file.compression == nil ? try file.beginning() : []) }
    let head = try FileHead(path: candidate.path, isCompressed: candidate.name.isCompressed)
    guard head.key == candidate.status.key else {
      throw .systemCall(path: candidate.path, errno: ENOENT)
    }
    var found: [FileKey] = []
    for (file, bytes) in zip(originals, before) {
      let bookmark = file.reader.bookmark
      if bookmark.headLength == 0 {
        if file.compression == nil, try file.beginning().starts(with: head.bytes) {
          found.append(file.key)
        }
      } else if head.bytes.count >= bookmark.headLength
        ? head.begins(bookmark) : bytes.starts(with: head.bytes)
      {
        found.append(file.key)
      }
    }
    return (head, found)
  }

  /// Continues a file of unknown inode at the position to which the same content was read under another inode.
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

  /// Adopts a file with the content of a known file that still exists or is still open.
  ///
  /// - Returns: Whether the file is such a copy.
  private mutating func adoptCopy(
    _ candidate: SourceListing.Candidate, _ head: FileHead, _ watcher: FileWatcher,
    _ nowSeconds: Double
  ) throws(IntakeProblem) -> Bool {
    guard head.compression == nil else { return false }
    // Of several predecessors (rsync replaces the file by a new copy each time), the newest was read furthest.
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

  /// Restarts a truncated file at its beginning, and scans at once for a copy that holds what was not read yet, so that
  /// one commit contains both positions.
  mutating func handleTruncation(_ file: TrackedFile, _ watcher: FileWatcher, _ nowSeconds: Double)
  {
    truncated.add(file.restart(), nowSeconds)
    scan(watcher, nowSeconds: nowSeconds)
  }

  /// Whether a copy of a truncated file may exist that the scan missed because files were renamed meanwhile. Until
  /// another scan nothing is read, and the stored position of the file is kept, because after a kill it is the only way
  /// to recognise the copy.
  var isLookingForCopy: Bool { isUnsettled && !truncated.isEmpty }

  private func concerns(_ name: String?) -> Bool {
    directories.values.contains { $0.covers(name) }
  }

  /// - Parameters:
  ///   - isGrowing: The file is still too short to be identified, so its growth is watched.
  ///   - original: The only file of which it may be a copy; nil if that is not known.
  private mutating func wait(
    for candidate: SourceListing.Candidate, _ watcher: FileWatcher, isGrowing: Bool,
    copyOf original: FileKey? = nil
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
      // It may have grown before the watch existed.
      needsScan = needsScan || file.watch != nil
    }
    file.original = original
    waiting[key] = file
  }

  /// Where reading of a new file starts.
  private func firstBookmark(_ candidate: SourceListing.Candidate, _ head: FileHead)
    throws(IntakeProblem) -> Bookmark
  {
    guard candidate.isFirstSight, !candidate.isNamed || source.start == .end else {
      return Bookmark()
    }
    guard head.compression == nil else {
      return Bookmark(
        offset: TrackedFile.wholeFile, headLength: head.bytes.count,
        head: head.fingerprint.value, recent: nil)
    }
    return try head.bookmarkAtEnd(maxLineBytes: source.maxLineBytes)
  }

  /// Sorts the files in reading order, assigns their roles, and forgets those that no longer exist.
  private mutating func arrange(_ listing: SourceListing, _ nowSeconds: Double) {
    let rank = Dictionary(
      listing.candidates.enumerated().map { ($1.status.key, $0) },
      uniquingKeysWith: { first, _ in first })
    files = files.enumerated().sorted {
      (rank[$0.element.key] ?? -1, $0.offset) < (rank[$1.element.key] ?? -1, $1.offset)
    }.map(\.element)
    assignRoles(nowSeconds)
    files = files.filter { $0.role != .current } + files.filter { $0.role == .current }
    forgetMissing(listing, nowSeconds)
  }

  /// - Precondition: `files` are in order of lineage and age.
  private func assignRoles(_ nowSeconds: Double) {
    var younger: TrackedFile?
    var hasYoungerRotated = false
    for file in files.reversed() {
      let isNewest = !(younger?.candidate.isSameLineage(as: file.candidate) ?? false)
      if isNewest { hasYoungerRotated = false }
      // The file being written may have a dated name, but never a numbered one.
      let isDated = if case .date = file.candidate.name.age { true } else { false }
      let isCurrent =
        file.isPresent && file.candidate.isNamed && !file.candidate.name.isCompressed
        && (file.candidate.name.age == .current || (isDated && isNewest))
      file.setRole(isCurrent ? .current : file.isPresent ? .rotated : .absent, nowSeconds)
      file.isNewestRotated = file.isPlainRotated && !hasYoungerRotated
      hasYoungerRotated = hasYoungerRotated || file.isPlainRotated
      younger = file
    }
  }

  /// Forgets a missing file once other files of its lineage exist. If there are none, its whole directory may be
  /// unmounted and come back.
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
