/// What identifies the bytes that were read from a file: enough to recognise them under another name or inode, also in
/// a copy that has only part of them.
///
/// `copytruncate` makes such a copy: bytes written after the copy and before the truncation are read from the log and
/// are missing in the copy. The copy is then shorter than what was read, and nothing in it is new.
struct KnownContent {
  let bookmark: Bookmark
  /// The first bytes, if they are still in memory.
  let beginning: [UInt8]
  let marks: [ContentMark]

  enum Match {
    case different
    /// The file contains everything that was read, and perhaps more.
    case complete
    /// The file ends before the bookmark; everything in it was read.
    case part
  }

  /// If the names do not relate two files, a shorter match is no evidence: two logs may start with the same line.
  static let evidenceByteCount: Int64 = 512

  func match(_ head: FileHead) -> Match {
    guard bookmark.headLength > 0 else { return .different }
    if head.compression != nil || head.byteCount >= bookmark.offset {
      return head.holds(bookmark) ? .complete : .different
    }
    guard head.byteCount > 0, head.begins(bookmark) || beginning.starts(with: head.bytes) else {
      return .different
    }
    guard let mark = marks.last(where: { $0.offset <= head.byteCount }) else { return .part }
    return head.recentFingerprint(at: mark.offset) == mark.recent ? .part : .different
  }
}

/// What was read of files that were truncated, kept for half a minute to recognise their copies.
struct TruncatedContents {
  private(set) var all: [(known: KnownContent, seconds: Double)] = []
  var isEmpty: Bool { all.isEmpty }

  mutating func add(_ known: KnownContent, _ nowSeconds: Double) {
    if known.bookmark.headLength > 0 { all.append((known, nowSeconds)) }
  }

  mutating func forgetOld(_ nowSeconds: Double) {
    all.removeAll { nowSeconds - $0.seconds > TrackedFile.quiescenceSeconds }
  }

  /// Where reading continues in a file that is a copy of a truncated one; nil if it is none. A partial copy keeps the
  /// entry, because a complete one, perhaps compressed, may follow.
  mutating func take(_ candidate: SourceListing.Candidate, _ head: FileHead) throws(IntakeProblem)
    -> Bookmark?
  {
    if let index = all.firstIndex(where: { $0.known.match(head) == .complete }) {
      return all.remove(at: index).known.bookmark
    }
    let isEvidence =
      candidate.name.isRotated || head.byteCount >= KnownContent.evidenceByteCount
    guard isEvidence, all.contains(where: { $0.known.match(head) == .part }) else { return nil }
    return try head.bookmark(at: head.byteCount)
  }
}

/// An offset that reading passed, with the fingerprint of the 256 bytes before it.
struct ContentMark {
  var offset: Int64
  var recent: UInt64
}

/// A sample of the offsets that reading passed, denser for the latest and sparser for older ones.
struct ContentMarks {
  private(set) var all: [ContentMark] = []
  static let limit = 32

  mutating func add(_ bookmark: Bookmark) {
    guard let recent = bookmark.recent, bookmark.offset > all.last?.offset ?? 0 else { return }
    all.append(ContentMark(offset: bookmark.offset, recent: recent))
    guard all.count > Self.limit else { return }
    let older = all[..<(Self.limit / 2)].enumerated().filter { !$0.offset.isMultiple(of: 2) }
    all.replaceSubrange(..<(Self.limit / 2), with: older.map(\.element))
  }
}

extension TrackedFile {
  /// How another file relates to this one.
  enum Relation {
    case none
    /// It holds only what is in this file, and is not read while this file exists.
    case copy
    /// It replaced this file, which has not been read completely.
    case pendingReplacement
    /// It continues this file; reading continues at the bookmark.
    case continuation(Bookmark)
  }

  /// - Parameters:
  ///   - head: The head of an uncompressed file.
  ///   - isSucceeded: Whether the other file has the name that this one had.
  func relation(to head: FileHead, isSucceeded: Bool) throws(IntakeProblem) -> Relation {
    let bookmark = reader.bookmark
    let match = reader.known.match(head)
    if case .different = match {
      // An editor replaces the file by a changed copy of the same name.
      guard !isPresent, isSucceeded, let place = head.place(of: bookmark) else { return .none }
      return mayHaveMore ? .pendingReplacement : .continuation(place)
    }
    if min(head.byteCount, bookmark.offset) < KnownContent.evidenceByteCount { return .none }
    if isPresent {
      if compression == nil {
        // Copies of a file that cannot be opened cannot be recognised.
        if let original = plainFile ?? (try? OpenFile(path: path)), original.key == key,
          head.endsWithin(original)
        {
          return .copy
        }
      } else if head.byteCount <= bookmark.offset {
        return .copy
      }
      // The current log may be truncated at any moment, and that is detected elsewhere.
      if role == .current || match == .part { return .none }
    }
    if mayHaveMore { return .pendingReplacement }
    return .continuation(
      match == .part ? try head.bookmark(at: head.byteCount) : bookmark)
  }
}
