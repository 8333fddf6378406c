internal import Glibc
internal import Records

/// Entries of the systemd journal, each of them a line: its message, or the fields that are wanted as JSON.
///
/// The place in it is the cursor of the entry counted last. Our own messages are left out, or each would
/// bring the next.
final class JournalFeed: LineFeed {
  private let source: FeedSource
  private let selection: JournalSelection
  private var reader: JournalReader?
  /// Of the entry whose line was handed out last.
  private var cursor: String?
  private var isChanged = false
  /// The reader stands on an entry that was not handed out.
  private var isOnUnread = false
  private var hasToldEnd = false
  private var problem: IntakeProblem?
  /// Until when it is said that entries may be missing.
  private var gapUntilSeconds: Double?
  private var nowSeconds = 0.0
  /// When the journal is to be opened again, or looked at.
  private(set) var deadlineSeconds: Double?
  private(set) var lines: [UInt8] = []
  private var wakeups: (wakeups: Wakeups, number: Int)?

  /// The most of one chunk.
  private static let chunkBytesMax = 256 << 10
  private static let chunkEntriesMax = 4_096
  private static let retrySeconds = 10.0
  private static let gapToldSeconds = 3_600.0
  private static let ownIdentifier = Array("harbinger".utf8)

  init(source: FeedSource, selection: JournalSelection, cursor: String?) {
    self.source = source
    self.selection = selection
    self.cursor = cursor
  }

  func takes(_ source: FeedSource) -> Bool { false }

  var isReady: Bool { isOnUnread || !hasToldEnd }

  func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double) {
    self.wakeups = (wakeups, number)
    self.nowSeconds = nowSeconds
    open()
  }

  // MARK: Opening

  private func open() {
    problem = JournalAccess.problem(selection)
    do throws(JournalReader.Failure) {
      let reader = try JournalReader(selection, maxValueBytes: source.maxLineBytes + 256)
      try findPlace(reader)
      self.reader = reader
      if let (wakeups, number) = wakeups { _ = wakeups.add(reader.descriptor, as: number) }
      try look()
    } catch {
      fail(error)
    }
    setDeadline()
  }

  private func fail(_ failure: JournalReader.Failure) {
    reader = nil
    isOnUnread = false
    problem = problem ?? .journalFailed(directory: selection.directory, errno: failure.code)
    setDeadline()
  }

  /// What may not be read, or is not there, may be one day, and nothing tells when.
  private func setDeadline() {
    let seconds = problem == nil ? reader?.pollSeconds : Self.retrySeconds
    deadlineSeconds = seconds.map { nowSeconds + $0 }
  }

  /// Stands before the first entry that was not counted.
  private func findPlace(_ reader: JournalReader) throws(JournalReader.Failure) {
    if cursor == nil, source.start == .end, try reader.seekNewest() {
      // Of any entry, so that a restart before the first match does not begin at the end again.
      cursor = try reader.cursor()
      isChanged = true
    }
    guard let cursor else {
      try reader.select(selection.matches)
      return try reader.seekHead()
    }
    // An entry that other settings do not match is still a place: it is looked for among all.
    try reader.seek(cursor)
    let hasEntry = try reader.next()
    let isThere = hasEntry ? try reader.isAt(cursor) : false
    if !isThere { gapUntilSeconds = nowSeconds + Self.gapToldSeconds }
    try reader.select(selection.matches)
    try reader.seek(cursor)
    let hasNext = try reader.next()
    let isCounted = hasNext ? try reader.isAt(cursor) : false
    isOnUnread = hasNext && !isCounted
  }

  private func look() throws(JournalReader.Failure) {
    if !isOnUnread, let reader { isOnUnread = try reader.next() }
  }

  func refresh(isAwake: Bool, nowSeconds: Double) {
    self.nowSeconds = nowSeconds
    let isDue = deadlineSeconds.map { $0 <= nowSeconds } ?? false
    guard isAwake || isDue else { return }
    let isOpenable = isDue && problem != nil && JournalAccess.problem(selection) == nil
    guard let reader, !isOpenable else { return open() }
    do throws(JournalReader.Failure) {
      try reader.process()
      try look()
      setDeadline()
    } catch {
      fail(error)
    }
  }

  // MARK: Reading

  func advance() -> Chunk? {
    lines.removeAll(keepingCapacity: true)
    var count = 0
    do throws(JournalReader.Failure) {
      while isOnUnread, let reader, count < Self.chunkEntriesMax, lines.count < Self.chunkBytesMax {
        let here = try reader.cursor()
        if !isOwn(reader) { try appendLine(of: reader) }
        cursor = here
        isChanged = true
        count += 1
        isOnUnread = try reader.next()
      }
    } catch {
      fail(error)
    }
    hasToldEnd = count == 0
    if count == 0 { return nil }
    return Chunk(path: "the journal", byteCount: lines.count, tooLongLineCount: 0)
  }

  private func isOwn(_ reader: JournalReader) -> Bool {
    reader.withValue(of: "SYSLOG_IDENTIFIER") { $0.elementsEqual(Self.ownIdentifier) } ?? false
  }

  private func appendLine(of reader: JournalReader) throws(JournalReader.Failure) {
    if let fields = source.fields {
      try appendJSON(fields, of: reader)
    } else {
      // An entry without a message is an empty line, and counted as malformed.
      reader.withValue(of: "MESSAGE") { message in
        for byte in message.prefix(source.maxLineBytes + 1) {
          lines.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: " ") : byte)
        }
      }
    }
    lines.append(UInt8(ascii: "\n"))
  }

  private func appendJSON(
    _ fields: [String], of reader: JournalReader
  ) throws(JournalReader.Failure) {
    lines += #"{"__REALTIME_TIMESTAMP":"\#(try reader.receivedMicroseconds())""#.utf8
    for field in fields where !field.hasPrefix("__") {
      reader.withValue(of: field) { value in
        lines += #",""#.utf8
        appendEscaped(field.utf8)
        lines += #"":""#.utf8
        appendEscaped(value.prefix(source.maxLineBytes + 1))
        lines += #"""#.utf8
      }
    }
    lines += "}".utf8
  }

  private func appendEscaped(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): lines += [UInt8(ascii: "\\"), byte]
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        lines += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: lines.append(byte)
      }
    }
  }

  // MARK: Telling

  func takePositionChanges() -> PositionChanges {
    guard isChanged, let cursor else { return PositionChanges() }
    isChanged = false
    return PositionChanges(cursors: [source.name: cursor])
  }

  func status() -> SourceStatus {
    var problems = [problem].compactMap { $0 }
    if let until = gapUntilSeconds, nowSeconds < until { problems.append(.journalGap) }
    return SourceStatus(
      name: source.name, isDrained: !isReady, lagBytes: 0, fileCount: 0,
      path: selection.directory, problems: problems)
  }
}
