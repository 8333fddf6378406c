import Glibc
import Records

/// Where the bytes of a file come from.
enum FileContent {
  /// Can be read at any offset.
  case plain(OpenFile)
  /// Can only be read front to back.
  case stream(ByteStream)

  var stream: ByteStream? {
    if case .stream(let stream) = self { stream } else { nil }
  }

  /// The file; nil for a pipe.
  var file: OpenFile? {
    switch self {
    case .plain(let file): file
    case .stream(let stream): stream.file
    }
  }

  /// Long enough for every known header.
  private static let beginningLength = 64 << 10

  /// What determines how the file's lines are parsed, found before they are read.
  ///
  /// - Parameter offset: The offset where reading continues.
  func outline(from offset: Int64) throws(IntakeProblem) -> FileOutline {
    switch self {
    case .plain(let file):
      return FileOutline(
        beginning: try file.bytes(at: 0, count: Self.beginningLength),
        sample: try Self.sample(file, from: offset),
        lastWritten: try file.status().modifiedSeconds)
    case .stream(let stream):
      let beginning = try stream.beginning(count: Self.beginningLength)
      let isWhole = beginning.count < Self.beginningLength
      return FileOutline(
        beginning: beginning, sample: isWhole ? beginning : [],
        lastWritten: try stream.lastWrittenSeconds())
    }
  }

  private static let sampleLength: Int64 = 64 << 10
  private static let sampledPlaces: Int64 = 256
  private static let placeLength = 1 << 10

  /// All lines of a short file; of a long one, some lines at each of many evenly spread places, the last of them at its
  /// end.
  private static func sample(_ file: OpenFile, from offset: Int64) throws(IntakeProblem) -> [UInt8]
  {
    let rest = try file.status().size - offset
    guard rest > sampleLength else {
      return rest > 0 ? try file.bytes(at: offset, count: Int(rest)) : []
    }
    let newline = UInt8(ascii: "\n")
    var sample = try file.bytes(at: offset, count: placeLength)
    for place in 1...sampledPlaces {
      let start = offset + (rest - Int64(placeLength)) * place / sampledPlaces
      let bytes = try file.bytes(at: start, count: placeLength)
      // The first line at each place is incomplete.
      sample += [newline] + bytes.drop { $0 != newline }
    }
    return sample
  }
}

/// An offset in a file, with fingerprints of the first 4,096 bytes and of the last 256 bytes before it.
struct Bookmark: Equatable {
  private(set) var offset: Int64 = 0
  private(set) var head = Fingerprint()
  private(set) var headLength = 0
  /// The fingerprint of the last 256 bytes; nil if unknown.
  private(set) var recent: UInt64?

  init() {}

  init(offset: Int64, headLength: Int, head: UInt64, recent: UInt64?) {
    self.offset = offset
    self.headLength = headLength
    self.head = Fingerprint(head)
    self.recent = recent
  }

  /// Moves the bookmark past bytes that were read.
  mutating func advance(over read: Range<Int>, _ buffer: borrowing LineBuffer) {
    let added = min(Fingerprint.headLength - headLength, read.count)
    head.add(buffer.bytes(read.lowerBound..<read.lowerBound + added))
    headLength += added
    offset += Int64(read.count)
    recent = buffer.fingerprint(
      max(0, read.upperBound - Fingerprint.recentLength)..<read.upperBound)
  }

  mutating func forgetRecent() { recent = nil }
}

/// How far the lines of one file have been read.
///
/// The bookmark is always at the end of a finished line: an unfinished line is read again when it has grown. Every read
/// includes the 256 bytes before the bookmark and compares them, so that a file that was truncated and has grown past
/// the bookmark again is noticed before its bytes are taken for a continuation.
struct FileLineReader {
  /// The result of one read; the lines are in the buffer.
  struct Outcome {
    var tooLongLineCount = 0
    /// Everything that the file holds now was read.
    var reachedEnd = false
    /// The bytes before the bookmark have changed, because the file was truncated. No line was read.
    var wasTruncated = false
  }

  private(set) var bookmark: Bookmark
  private var marks = ContentMarks()
  private var beginning: [UInt8] = []
  /// The number of bytes after the bookmark that are known to contain no newline.
  private(set) var unfinishedByteCount: Int64 = 0
  /// The fingerprint of the first 256 of them.
  private var unfinished = Fingerprint()
  /// How far a line that is too long has been skipped; nil if none is being skipped.
  private var skipped: Bookmark?
  /// Whether there are only zero bytes before the bookmark.
  private var isAtBeginning: Bool

  /// What identifies the bytes that were read, to recognise them under another name.
  var known: KnownContent {
    KnownContent(bookmark: bookmark, beginning: beginning, marks: marks.all)
  }

  /// Keeps only what is stored of the position, so that thousands of idle files take little memory.
  mutating func forgetDetails() {
    marks = ContentMarks()
    beginning = []
  }

  var offset: Int64 { bookmark.offset }
  /// The offset up to which bytes have been read.
  var end: Int64 { bookmark.offset + unfinishedByteCount }

  init(_ bookmark: Bookmark = Bookmark()) {
    self.bookmark = bookmark
    // Every other bookmark follows a line feed, so its recent bytes are not all zero.
    let zeroCount = Int(min(bookmark.offset, Int64(Fingerprint.recentLength)))
    isAtBeginning =
      zeroCount == 0
      || bookmark.recent == Fingerprint.of(repeatElement(UInt8(0), count: zeroCount)).value
  }

  /// Reads once.
  ///
  /// - Parameters:
  ///   - maxLineBytes: A longer line is skipped in pieces and counted.
  ///   - maxBytes: At most this many bytes of lines; at least `maxLineBytes + 2`.
  ///   - isFinal: The file will not grow any more: its last line counts as finished even without a newline.
  mutating func advance(
    _ content: FileContent, _ buffer: inout LineBuffer, maxLineBytes: Int, maxBytes: Int,
    isFinal: Bool
  ) throws(IntakeProblem) -> Outcome {
    buffer.setLines(0..<0)
    let start = skipped ?? bookmark
    var lead = 0
    let end: Int
    switch content {
    case .plain(let file):
      lead = Int(min(start.offset, Int64(Fingerprint.recentLength)))
      end = try file.read(into: buffer.part(0..<lead + maxBytes), at: start.offset - Int64(lead))
      guard continues(buffer.bytes(0..<end), lead: lead), try isUnchanged(file, buffer, lead..<end)
      else { return Outcome(wasTruncated: true) }
    case .stream(let stream):
      if stream.position < start.offset {
        return try catchUp(stream, to: start.offset, &buffer, maxBytes: maxBytes)
      }
      end = try stream.read(into: buffer.part(0..<maxBytes))
    }
    var outcome = Outcome(reachedEnd: end < lead + maxBytes)
    // The last bytes of a damaged file are not taken for a line.
    let isLast = isFinal && outcome.reachedEnd && content.stream?.problem == nil
    if skipped != nil {
      skip(lead..<end, content, &buffer, &outcome, isLast: isLast)
    } else {
      try cut(lead..<end, content, &buffer, &outcome, maxLineBytes: maxLineBytes, isLast: isLast)
    }
    return outcome
  }

  /// Whether the first bytes of a read are unchanged when they are read again.
  ///
  /// A file that is truncated and written to during a read may yield old bytes from pages that the kernel has not
  /// dropped yet, followed by new ones: a content that it never had.
  private func isUnchanged(
    _ file: OpenFile, _ buffer: borrowing LineBuffer, _ read: Range<Int>
  ) throws(IntakeProblem) -> Bool {
    guard !read.isEmpty else { return true }
    let start = skipped ?? bookmark
    let bytes = buffer.bytes(0..<min(read.lowerBound + Fingerprint.recentLength, read.upperBound))
    let now = try file.bytes(at: start.offset - Int64(read.lowerBound), count: bytes.count)
    return now.elementsEqual(bytes)
  }

  /// Whether an open file still holds what was read last.
  func isIntact(in file: OpenFile) throws(IntakeProblem) -> Bool {
    let start = skipped ?? bookmark
    let lead = Int(min(start.offset, Int64(Fingerprint.recentLength)))
    let bytes = try file.bytes(
      at: start.offset - Int64(lead), count: lead + Fingerprint.recentLength)
    return bytes.withUnsafeBytes { continues($0, lead: lead) }
  }

  /// - Parameter bytes: Bytes of the file, from `lead` bytes before the offset where reading continues.
  private func continues(_ bytes: UnsafeRawBufferPointer, lead: Int) -> Bool {
    guard bytes.count >= lead else { return false }
    let start = skipped ?? bookmark
    if let recent = start.recent, Fingerprint.of(bytes[..<lead]).value != recent { return false }
    guard skipped == nil, unfinishedByteCount > 0 else { return true }
    let known = Int(min(unfinishedByteCount, Int64(Fingerprint.recentLength)))
    return bytes.count - lead >= known
      && Fingerprint.of(bytes[lead..<lead + known]) == unfinished
  }

  /// Puts the finished lines of a read into the buffer and moves the bookmark.
  private mutating func cut(
    _ read: Range<Int>, _ content: FileContent, _ buffer: inout LineBuffer,
    _ outcome: inout Outcome, maxLineBytes: Int, isLast: Bool
  ) throws(IntakeProblem) {
    let first = isAtBeginning ? Self.firstNonzero(of: read, buffer) : read.lowerBound
    var end = read.upperBound
    if case .plain(let file) = content, !read.isEmpty, !isAtBeginning || first < end {
      let nonzeroEnd = Self.endOfNonzero(of: first..<end, buffer)
      // Zero bytes at the end are space that the writer has reserved, not part of a line.
      if nonzeroEnd < end {
        if buffer.lastNewline(in: first..<nonzeroEnd) != nil {
          end = nonzeroEnd
        } else if try file.endsInZeros() {
          end = nonzeroEnd
          outcome.reachedEnd = true
        }
      }
    }
    var finished = buffer.lastNewline(in: first..<end).map { $0 + 1 }
    let isHole = first == read.upperBound || (first > read.lowerBound && !outcome.reachedEnd)
    if finished == nil, isAtBeginning, isHole { finished = first }
    // A line of exactly the limit that ends in CR LF has one byte more.
    if finished == nil, end - first > maxLineBytes + 1 {
      var skipped = bookmark
      skipped.advance(over: read, buffer)
      self.skipped = skipped
      unfinishedByteCount = Int64(read.count)
      outcome.reachedEnd = false
      return
    }
    var linesEnd = finished ?? first
    if isLast, linesEnd < end {
      buffer.memory[end] = 0x0a
      finished = end
      linesEnd = end + 1
    }
    let rest = (finished ?? read.lowerBound)..<end
    unfinishedByteCount = Int64(rest.count)
    unfinished = Fingerprint.of(buffer.bytes(rest).prefix(Fingerprint.recentLength))
    content.stream?.putBack(buffer.bytes(rest))
    guard let finished else { return }
    if finished > first { isAtBeginning = false }
    move(over: read.lowerBound..<finished, content, buffer)
    buffer.setLines(first..<linesEnd)
  }

  /// Looks for the end of a line that is too long.
  private mutating func skip(
    _ read: Range<Int>, _ content: FileContent, _ buffer: inout LineBuffer,
    _ outcome: inout Outcome, isLast: Bool
  ) {
    guard var skipped else { return }
    let newline = buffer.firstNewline(in: read)
    let end = newline.map { $0 + 1 } ?? read.upperBound
    skipped.advance(over: read.lowerBound..<end, buffer)
    guard newline != nil || isLast else {
      unfinishedByteCount += Int64(read.count)
      self.skipped = skipped
      return
    }
    content.stream?.putBack(buffer.bytes(end..<read.upperBound))
    bookmark = skipped
    if content.stream != nil { bookmark.forgetRecent() }
    self.skipped = nil
    isAtBeginning = false
    unfinishedByteCount = 0
    outcome.tooLongLineCount = 1
    if newline != nil { outcome.reachedEnd = false }
  }

  private mutating func move(
    over read: Range<Int>, _ content: FileContent, _ buffer: borrowing LineBuffer
  ) {
    let missing = Fingerprint.headLength - beginning.count
    if missing > 0, bookmark.offset == beginning.count, content.stream == nil {
      beginning += buffer.bytes(read).prefix(missing)
    }
    bookmark.advance(over: read, buffer)
    // The buffer does not contain the bytes of a stream before this read, so their fingerprint is unknown.
    if content.stream != nil { bookmark.forgetRecent() }
    marks.add(bookmark)
  }

  /// If a file is truncated while its writer keeps writing at its old offset, the file starts with a hole of zero
  /// bytes.
  private static func firstNonzero(of read: Range<Int>, _ buffer: borrowing LineBuffer) -> Int {
    var first = read.lowerBound
    while first < read.upperBound, buffer.memory[first] == 0 { first += 1 }
    return first
  }

  private static func endOfNonzero(of read: Range<Int>, _ buffer: borrowing LineBuffer) -> Int {
    var end = read.upperBound
    while end > read.lowerBound, buffer.memory[end - 1] == 0 { end -= 1 }
    return end
  }

  /// Decodes again, in bounded pieces, what was read before a restart.
  private func catchUp(
    _ stream: ByteStream, to start: Int64, _ buffer: inout LineBuffer, maxBytes: Int
  ) throws(IntakeProblem) -> Outcome {
    let wanted = Int(min(start - stream.position, Int64(maxBytes)))
    let got = try stream.read(into: buffer.part(0..<wanted))
    return Outcome(reachedEnd: got < wanted)
  }
}
