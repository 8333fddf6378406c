/// What is remembered of the bytes that were read of a file: enough to know them again under another name or
/// inode, also where a copy has only a part of them.
///
/// `copytruncate` makes such a copy: what the program writes while the log is copied is read from the log,
/// is not in the copy, and is gone with the truncation. The copy is shorter than what was read, and none of
/// it is new.
struct KnownContent {
  let bookmark: Bookmark
  /// The first bytes, as far as they are still at hand.
  let beginning: [UInt8]
  let marks: [ContentMark]

  enum Match {
    case different
    /// It holds all that was read, and perhaps more.
    case complete
    /// It ends before the bookmark, and holds nothing that was not read.
    case part
  }

  /// A shorter match between files whose names do not say that they belong together is no evidence: two logs
  /// may well begin with the same line.
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

/// What was read of files that were truncated, for half a minute, in which their copies are found.
struct TruncatedContents {
  private(set) var all: [(known: KnownContent, seconds: Double)] = []
  var isEmpty: Bool { all.isEmpty }

  mutating func add(_ known: KnownContent, _ nowSeconds: Double) {
    if known.bookmark.headLength > 0 { all.append((known, nowSeconds)) }
  }

  mutating func forgetOld(_ nowSeconds: Double) {
    all.removeAll { nowSeconds - $0.seconds > TrackedFile.quiescenceSeconds }
  }

  /// Where reading continues in the copy of one; nil if it is none. A copy with less than was read stays beside
  /// one that may come with all of it, compressed perhaps.
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

/// A place that reading passed, and the fingerprint of the 256 bytes before it.
struct ContentMark {
  var offset: Int64
  var recent: UInt64
}

/// Some of the places that reading passed, the latest densely, the older ones ever more thinly.
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
  /// How a file found beside this one, or in its place, is related to it.
  enum Relation {
    case none
    /// It holds nothing that is not in this one: it is not read while this one is there.
    case copy
    /// It took the place of this one, of which not everything was read yet.
    case pendingReplacement
    /// It takes up what was read of this one.
    case continuation(Bookmark)
  }

  /// - Parameters:
  ///   - head: Of a plain file.
  ///   - isSucceeded: Whether the other has the name that this one had.
  func relation(to head: FileHead, isSucceeded: Bool) throws(IntakeProblem) -> Relation {
    let bookmark = reader.bookmark
    let match = reader.known.match(head)
    if case .different = match {
      // An editor that replaces the file by a changed copy keeps its name.
      guard !isPresent, isSucceeded, let place = head.place(of: bookmark) else { return .none }
      return mayHaveMore ? .pendingReplacement : .continuation(place)
    }
    if min(head.byteCount, bookmark.offset) < KnownContent.evidenceByteCount { return .none }
    if isPresent {
      if compression == nil {
        // One that cannot be opened just now has no copies that we could tell.
        if let original = plainFile ?? (try? OpenFile(path: path)), original.key == key,
          head.endsWithin(original)
        {
          return .copy
        }
      } else if head.byteCount <= bookmark.offset {
        return .copy
      }
      // A log being written is truncated at any moment, and then seen as such.
      if role == .current || match == .part { return .none }
    }
    if mayHaveMore { return .pendingReplacement }
    return .continuation(
      match == .part ? try head.bookmark(at: head.byteCount) : bookmark)
  }
}
