/// The first 4,096 uncompressed bytes of a file, for comparing.
struct FileHead {
  let bytes: [UInt8]
  let key: FileKey
  let compression: Compression?
  private let file: OpenFile

  /// - Parameter isCompressed: Its name says so.
  /// - Throws: `.corrupt` or `.endsEarly` where the name says compressed and the bytes do not.
  init(path: String, isCompressed: Bool) throws(IntakeProblem) {
    file = try OpenFile(path: path)
    key = file.key
    let start = try file.bytes(at: 0, count: isCompressed ? 6 : Fingerprint.headLength)
    guard isCompressed else {
      bytes = start
      compression = nil
      return
    }
    guard let compression = Compression(magic: start) else {
      throw start.count < 6 ? .endsEarly(path: path) : .corrupt(path: path)
    }
    self.compression = compression
    let stream = try ByteStream(.file(file), compression: compression)
    bytes = try stream.next(count: Fingerprint.headLength)
    if bytes.isEmpty, let problem = stream.problem { throw problem }
  }

  /// Behind the last finished line there is.
  func bookmarkAtEnd(maxLineBytes: Int) throws(IntakeProblem) -> Bookmark {
    let size = try file.status().size
    let length = Int(min(size, Int64(maxLineBytes + Fingerprint.recentLength + 1)))
    let tail = try file.bytes(at: size - Int64(length), count: length)
    let end = tail.lastIndex(of: 0x0a).map { $0 + 1 } ?? (length == size ? 0 : tail.count)
    let offset = size - Int64(length) + Int64(end)
    let headLength = Int(min(offset, Int64(Fingerprint.headLength)))
    return Bookmark(
      offset: offset, headLength: headLength, head: Fingerprint.of(bytes[..<headLength]).value,
      recent: Fingerprint.of(tail[max(0, end - Fingerprint.recentLength)..<end]).value)
  }

  func begins(_ bookmark: Bookmark) -> Bool {
    bytes.count >= bookmark.headLength
      && Fingerprint.of(bytes[..<bookmark.headLength]) == bookmark.head
  }

  /// Whether the file begins as it did up to the bookmark, and goes on to there. Of a compressed file only
  /// the beginning is looked at.
  func holds(_ bookmark: Bookmark) -> Bool {
    guard begins(bookmark) else { return false }
    if compression != nil { return true }
    let length = Int(min(bookmark.offset, Int64(Fingerprint.recentLength)))
    guard let recent = try? file.bytes(at: bookmark.offset - Int64(length), count: length),
      recent.count == length
    else { return false }
    return bookmark.recent.map { $0 == Fingerprint.of(recent).value } ?? true
  }

  /// The same of a file under another inode: there must be something to know it by.
  func isSame(as bookmark: Bookmark) -> Bool { bookmark.headLength > 0 && holds(bookmark) }
}
