internal import CSystemd
internal import Glibc

/// An open journal with a read position. The only file that calls libsystemd's journal-reading functions.
final class JournalReader {
  private let journal: OpaquePointer
  /// Readable when entries were added or files changed.
  let descriptor: Int32

  /// The errno of a failed call.
  struct Failure: Error {
    var code: Int32
  }

  /// - Parameter maxValueBytes: Compressed values are truncated to about this size.
  init(_ selection: JournalSelection, maxValueBytes: Int) throws(Failure) {
    var opened: OpaquePointer?
    let flags = Int32(SD_JOURNAL_LOCAL_ONLY)
    if let directory = selection.directory {
      try Self.check(sd_journal_open_directory(&opened, directory, 0))
    } else {
      try Self.check(sd_journal_open(&opened, flags))
    }
    guard let journal = opened else { throw Failure(code: ENOMEM) }
    self.journal = journal
    // Created before anything is read, so that no change is missed.
    descriptor = sd_journal_get_fd(journal)
    try Self.check(descriptor)
    try Self.check(sd_journal_set_data_threshold(journal, maxValueBytes))
  }

  deinit { sd_journal_close(journal) }

  /// Restricts reading to entries that match.
  func select(_ matches: [JournalSelection.Match]) throws(Failure) {
    for match in matches {
      for value in match.values {
        let text = Array("\(match.field)=\(value)".utf8)
        try Self.check(sd_journal_add_match(journal, text, text.count))
      }
    }
  }

  func seekHead() throws(Failure) { try Self.check(sd_journal_seek_head(journal)) }

  /// Moves to the newest entry. Returns whether there is one.
  func seekNewest() throws(Failure) -> Bool {
    try Self.check(sd_journal_seek_tail(journal))
    return try Self.check(sd_journal_previous(journal)) > 0
  }

  func seek(_ cursor: String) throws(Failure) {
    try Self.check(sd_journal_seek_cursor(journal, cursor))
  }

  /// Moves before the first entry that the journal received at this time or later, in microseconds since the epoch.
  func seek(toMicroseconds time: UInt64) throws(Failure) {
    try Self.check(sd_journal_seek_realtime_usec(journal, time))
  }

  func isAt(_ cursor: String) throws(Failure) -> Bool {
    try Self.check(sd_journal_test_cursor(journal, cursor)) > 0
  }

  /// - Returns: Whether there is a next entry.
  func next() throws(Failure) -> Bool { try Self.check(sd_journal_next(journal)) > 0 }

  /// The cursor of the current entry.
  func cursor() throws(Failure) -> String {
    var text: UnsafeMutablePointer<CChar>?
    try Self.check(sd_journal_get_cursor(journal, &text))
    guard let text else { throw Failure(code: ENOMEM) }
    defer { free(text) }
    return String(cString: text)
  }

  /// When the journal received the entry, in microseconds since the epoch.
  func receivedMicroseconds() throws(Failure) -> UInt64 {
    var time: UInt64 = 0
    try Self.check(sd_journal_get_realtime_usec(journal, &time))
    return time
  }

  /// Calls `body` with the value of a field of the entry, which is valid only during the call; nil if the entry has no
  /// such field, or if it cannot be read.
  func withValue<Result>(of field: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    var data: UnsafeRawPointer?
    var count = 0
    guard sd_journal_get_data(journal, field, &data, &count) >= 0, let data else { return nil }
    // The data starts with the field's name and `=`.
    let name = field.utf8.count + 1
    guard count >= name else { return nil }
    return body(UnsafeRawBufferPointer(start: data + name, count: count - name))
  }

  enum Change { case none, entries, files }

  /// Processes the changes since the last call.
  @discardableResult func process() throws(Failure) -> Change {
    switch try Self.check(sd_journal_process(journal)) {
    case Int32(SD_JOURNAL_NOP): .none
    case Int32(SD_JOURNAL_APPEND): .entries
    default: .files
    }
  }

  /// The IDs of the machines that have entries in this journal.
  func machines() throws(Failure) -> [String] {
    try values(of: MachineJournal.machineField).filter { id in
      id.utf8.count == 32
        && id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
  }

  /// All distinct values of a field, sorted.
  func values(of field: String) throws(Failure) -> [String] {
    try Self.check(sd_journal_query_unique(journal, field))
    var values: [String] = []
    var data: UnsafeRawPointer?
    var count = 0
    while try Self.check(sd_journal_enumerate_available_unique(journal, &data, &count)) > 0 {
      guard let data else { break }
      let bytes = UnsafeRawBufferPointer(start: data, count: count).dropFirst(field.utf8.count + 1)
      values.append(String(decoding: bytes, as: UTF8.self))
    }
    return values.sorted()
  }

  /// The polling interval for files without change events, as on a network file system; nil if the descriptor reports
  /// all changes.
  var pollSeconds: Double? { sd_journal_reliable_fd(journal) > 0 ? nil : 2 }

  @discardableResult private static func check(_ result: Int32) throws(Failure) -> Int32 {
    if result < 0 { throw Failure(code: -result) }
    return result
  }
}
