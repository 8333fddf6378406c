internal import CSystemd
internal import Glibc

/// An open journal with a place in it. The only file that calls libsystemd's functions for the journal.
final class JournalReader {
  private let journal: OpaquePointer
  /// Readable when entries came or files changed.
  let descriptor: Int32

  /// What went wrong, as an errno.
  struct Failure: Error {
    var code: Int32
  }

  /// - Parameter maxValueBytes: Compressed values are cut to about this.
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
    // Before anything is read, so that nothing comes unnoticed.
    descriptor = sd_journal_get_fd(journal)
    try Self.check(descriptor)
    try Self.check(sd_journal_set_data_threshold(journal, maxValueBytes))
  }

  deinit { sd_journal_close(journal) }

  /// Only entries that match are found from here on.
  func select(_ matches: [JournalSelection.Match]) throws(Failure) {
    for match in matches {
      for value in match.values {
        let text = Array("\(match.field)=\(value)".utf8)
        try Self.check(sd_journal_add_match(journal, text, text.count))
      }
    }
  }

  func seekHead() throws(Failure) { try Self.check(sd_journal_seek_head(journal)) }

  /// Stands on the newest entry, if there is one.
  func seekNewest() throws(Failure) -> Bool {
    try Self.check(sd_journal_seek_tail(journal))
    return try Self.check(sd_journal_previous(journal)) > 0
  }

  func seek(_ cursor: String) throws(Failure) {
    try Self.check(sd_journal_seek_cursor(journal, cursor))
  }

  /// Before the first entry that the journal got at this time or later, in microseconds since the epoch.
  func seek(toMicroseconds time: UInt64) throws(Failure) {
    try Self.check(sd_journal_seek_realtime_usec(journal, time))
  }

  func isAt(_ cursor: String) throws(Failure) -> Bool {
    try Self.check(sd_journal_test_cursor(journal, cursor)) > 0
  }

  /// - Returns: Whether there was one.
  func next() throws(Failure) -> Bool { try Self.check(sd_journal_next(journal)) > 0 }

  /// Of the entry it stands on.
  func cursor() throws(Failure) -> String {
    var text: UnsafeMutablePointer<CChar>?
    try Self.check(sd_journal_get_cursor(journal, &text))
    guard let text else { throw Failure(code: ENOMEM) }
    defer { free(text) }
    return String(cString: text)
  }

  /// When the journal got the entry, in microseconds since the epoch.
  func receivedMicroseconds() throws(Failure) -> UInt64 {
    var time: UInt64 = 0
    try Self.check(sd_journal_get_realtime_usec(journal, &time))
    return time
  }

  /// The value of a field of the entry, to be used at once; not called if there is none that can be read.
  func withValue<Result>(of field: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    var data: UnsafeRawPointer?
    var count = 0
    guard sd_journal_get_data(journal, field, &data, &count) >= 0, let data else { return nil }
    // The field's name and `=` stand before it.
    let name = field.utf8.count + 1
    guard count >= name else { return nil }
    return body(UnsafeRawBufferPointer(start: data + name, count: count - name))
  }

  enum Change { case none, entries, files }

  /// Takes note of what came.
  @discardableResult func process() throws(Failure) -> Change {
    switch try Self.check(sd_journal_process(journal)) {
    case Int32(SD_JOURNAL_NOP): .none
    case Int32(SD_JOURNAL_APPEND): .entries
    default: .files
    }
  }

  /// The IDs of the machines that have entries here.
  func machines() throws(Failure) -> [String] {
    try values(of: MachineJournal.machineField).filter { id in
      id.utf8.count == 32
        && id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
  }

  /// Every value that a field has in any entry, in order.
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

  /// For files that announce nothing, as on a network; nil: the descriptor tells.
  var pollSeconds: Double? { sd_journal_reliable_fd(journal) > 0 ? nil : 2 }

  @discardableResult private static func check(_ result: Int32) throws(Failure) -> Int32 {
    if result < 0 { throw Failure(code: -result) }
    return result
  }
}
