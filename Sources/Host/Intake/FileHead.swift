/// The first 4,096 uncompressed bytes of a file, by which files are compared.
struct FileHead {
  let bytes: [UInt8]
  /// Of its first 0, 1, … bytes, because it is compared with all files that are read, each to its own length.
  private let fingerprints: [Fingerprint]
  let key: FileKey
  let compression: Compression?
  /// The size of the file on disk when it was opened.
  let byteCount: Int64
  private let file: OpenFile

  /// - Parameter isCompressed: Whether its name says that it is compressed.
  /// - Throws: `.corrupt` or `.endsEarly` if the name says that it is compressed and its bytes are not.
  init(path: String, isCompressed: Bool) throws(IntakeProblem) {
    try self.init(OpenFile(path: path), isCompressed: isCompressed)
  }

  init(_ file: OpenFile, isCompressed: Bool) throws(IntakeProblem) {
    self.file = file
    let path = file.path
    key = file.key
    byteCount = try file.status().size
    let start = try file.bytes(at: 0, count: isCompressed ? 6 : Fingerprint.headLength)
    guard isCompressed else {
      bytes = start
      fingerprints = Fingerprint.ofPrefixes(bytes)
      compression = nil
      return
    }
    guard let compression = Compression(magic: start) else {
      throw start.count < 6 ? .endsEarly(path: path) : .corrupt(path: path)
    }
    self.compression = compression
    let stream = try ByteStream(.file(file), compression: compression)
    bytes = try stream.next(count: Fingerprint.headLength)
    fingerprints = Fingerprint.ofPrefixes(bytes)
    if bytes.isEmpty, let problem = stream.problem { throw problem }
  }

  /// Of all its bytes.
  var fingerprint: Fingerprint { fingerprints[bytes.count] }

  /// A bookmark after the last finished line.
  func bookmarkAtEnd(maxLineBytes: Int) throws(IntakeProblem) -> Bookmark {
    let size = try file.status().size
    let length = Int(min(size, Int64(maxLineBytes + Fingerprint.recentLength + 1)))
    let tail = try file.bytes(at: size - Int64(length), count: length)
    let end = tail.lastIndex(of: 0x0a).map { $0 + 1 } ?? (length == size ? 0 : tail.count)
    return try bookmark(at: size - Int64(length) + Int64(end))
  }

  /// A bookmark at an offset of this file.
  func bookmark(at offset: Int64) throws(IntakeProblem) -> Bookmark {
    let headLength = Int(min(offset, Int64(bytes.count)))
    return Bookmark(
      offset: offset, headLength: headLength, head: fingerprints[headLength].value,
      recent: recentFingerprint(at: offset))
  }

  /// The fingerprint of the up to 256 bytes before an offset; nil if the file is shorter.
  func recentFingerprint(at offset: Int64) -> UInt64? {
    recentBytes(before: offset).map { Fingerprint.of($0).value }
  }

  private func recentBytes(before offset: Int64) -> [UInt8]? {
    let length = Int(min(offset, Int64(Fingerprint.recentLength)))
    // A file that cannot be read counts as a different one.
    guard let bytes = try? file.bytes(at: offset - Int64(length), count: length),
      bytes.count == length
    else { return nil }
    return bytes
  }

  /// Whether the last bytes of this file equal the bytes at the same offset of another file.
  func endsWithin(_ original: OpenFile) -> Bool {
    guard let recent = recentBytes(before: byteCount),
      let expected = try? original.bytes(
        at: byteCount - Int64(recent.count), count: recent.count)
    else { return false }
    return recent == expected
  }

  /// Finds where to continue in an edited copy of a file, in which some lines were changed or removed: after the last
  /// line end that is preceded by the same 256 bytes as the bookmark. Nil if there is none.
  func place(of bookmark: Bookmark) -> Bookmark? {
    guard compression == nil, let recent = bookmark.recent,
      bookmark.offset >= KnownContent.evidenceByteCount
    else { return nil }
    let length = Int64(Fingerprint.recentLength)
    var end = byteCount
    let start = max(0, byteCount - Self.searchedByteCount)
    while end > start + length {
      let first = max(start, end - Self.searchedAtOnce)
      guard let bytes = try? file.bytes(at: first, count: Int(end - first)) else { return nil }
      var index = bytes.count
      while index > Int(length) {
        if bytes[index - 1] == 0x0a,
          Fingerprint.of(bytes[index - Int(length)..<index]).value == recent
        {
          return try? self.bookmark(at: first + Int64(index))
        }
        index -= 1
      }
      // Pieces overlap by `length`, so that each line end is searched with all the bytes before it.
      end = first == start ? start : first + length
    }
    return nil
  }

  private static let searchedByteCount: Int64 = 16 << 20
  private static let searchedAtOnce: Int64 = 1 << 20

  func begins(_ bookmark: Bookmark) -> Bool {
    bytes.count >= bookmark.headLength
      && fingerprints[bookmark.headLength] == bookmark.head
  }

  /// Whether the file has the content up to the bookmark, by the head and the last 256 bytes; of a compressed file, by
  /// the head only.
  func holds(_ bookmark: Bookmark) -> Bool {
    guard begins(bookmark) else { return false }
    if compression != nil { return true }
    guard let recent = recentFingerprint(at: bookmark.offset) else { return false }
    return bookmark.recent.map { $0 == recent } ?? true
  }
}
