internal import Glibc

/// The entries of one machine in a journal, in order.
///
/// Each machine has its own reader, because only the entries of one machine are in order: a machine may deliver entries
/// that are older than those of others, which a common reader would skip.
final class MachineJournal {
  /// Its ID; empty for all entries of the local journal, which are in order.
  let machine: String
  let reader: JournalReader
  /// The cursor of the entry returned last, or of the last skipped one.
  private(set) var cursor: String?
  /// When the journal received the next entry, in microseconds since the epoch; nil if there is none.
  private(set) var nextMicroseconds: UInt64?
  /// The entry returned last is no longer in the journal.
  private(set) var hasMissingEntries = false

  static let machineField = "_MACHINE_ID"

  /// - Parameter startsAtEnd: Skips the existing entries, unless a cursor says where to continue.
  init(
    _ selection: JournalSelection, machine: String, cursor: String?, startsAtEnd: Bool,
    maxValueBytes: Int
  ) throws(JournalReader.Failure) {
    self.machine = machine
    self.cursor = cursor
    reader = try JournalReader(selection, maxValueBytes: maxValueBytes)
    var matches = selection.matches
    if !machine.isEmpty {
      // Matches of the same field are alternatives, so other machines in the selection must be removed.
      matches.removeAll { $0.field == Self.machineField }
      matches.append(.init(field: Self.machineField, values: [machine]))
    }
    if cursor == nil, startsAtEnd, try reader.seekNewest() {
      // The cursor of the newest entry of any kind, so that a restart before the first matching entry does not skip to
      // the end again.
      self.cursor = try reader.cursor()
    }
    try findPlace(matches)
  }

  /// Moves before the first entry that was not returned yet.
  private func findPlace(_ matches: [JournalSelection.Match]) throws(JournalReader.Failure) {
    guard let cursor else {
      try reader.select(matches)
      try reader.seekHead()
      return try look()
    }
    // The cursor's entry may not match changed settings, so it is searched among all entries.
    try reader.seek(cursor)
    let hasEntry = try reader.next()
    hasMissingEntries = try hasEntry ? !reader.isAt(cursor) : true
    try reader.select(matches)
    try reader.seek(cursor)
    try look()
    if nextMicroseconds != nil, try reader.isAt(cursor) { try step() }
  }

  /// Looks for a next entry if none is known.
  func look() throws(JournalReader.Failure) {
    if nextMicroseconds == nil { try step() }
  }

  /// Moves to the entry after the one returned last.
  private func step() throws(JournalReader.Failure) {
    nextMicroseconds = nil
    if try reader.next() { nextMicroseconds = try reader.receivedMicroseconds() }
  }

  /// Calls `body` with the next entry; `look` then moves to the one after it. They are separate because `look` may fail
  /// after the entry has been returned.
  ///
  /// - Throws: Before `body` is called; the entry then stays the next one.
  func take(_ body: (JournalReader) -> Void) throws(JournalReader.Failure) {
    let here = try reader.cursor()
    body(reader)
    cursor = here
    nextMicroseconds = nil
  }
}
