internal import Glibc

/// The entries of one machine in a journal, in their order.
///
/// Only those are in order: a machine may deliver late what is older than what another has delivered, and
/// who reads all at once passes over it. So each is read for itself.
final class MachineJournal {
  /// Its ID; empty stands for whatever there is, which on one machine is in order.
  let machine: String
  let reader: JournalReader
  /// Of the entry handed out last, or passed over.
  private(set) var cursor: String?
  /// When the journal got the entry that comes next, in microseconds since the epoch; nil: there is none.
  private(set) var nextMicroseconds: UInt64?
  /// The entry handed out last is no longer there.
  private(set) var hasMissingEntries = false

  static let machineField = "_MACHINE_ID"

  /// - Parameter startsAtEnd: What is there now is passed over, unless a cursor says where to resume.
  init(
    _ selection: JournalSelection, machine: String, cursor: String?, startsAtEnd: Bool,
    maxValueBytes: Int
  ) throws(JournalReader.Failure) {
    self.machine = machine
    self.cursor = cursor
    reader = try JournalReader(selection, maxValueBytes: maxValueBytes)
    var matches = selection.matches
    if !machine.isEmpty {
      // Values of one field are alternatives: the others would come in again.
      matches.removeAll { $0.field == Self.machineField }
      matches.append(.init(field: Self.machineField, values: [machine]))
    }
    if cursor == nil, startsAtEnd, try reader.seekNewest() {
      // Of any entry, so that a restart before the first match does not begin at the end again.
      self.cursor = try reader.cursor()
    }
    try findPlace(matches)
  }

  /// Stands before the first entry that was not handed out.
  private func findPlace(_ matches: [JournalSelection.Match]) throws(JournalReader.Failure) {
    guard let cursor else {
      try reader.select(matches)
      try reader.seekHead()
      return try look()
    }
    // An entry that other settings do not match is still a place: it is looked for among all.
    try reader.seek(cursor)
    let hasEntry = try reader.next()
    hasMissingEntries = try hasEntry ? !reader.isAt(cursor) : true
    try reader.select(matches)
    try reader.seek(cursor)
    try look()
    if nextMicroseconds != nil, try reader.isAt(cursor) { try step() }
  }

  /// Looks whether something came.
  func look() throws(JournalReader.Failure) {
    if nextMicroseconds == nil { try step() }
  }

  /// Goes on to the entry after the one that was handed out.
  private func step() throws(JournalReader.Failure) {
    nextMicroseconds = nil
    if try reader.next() { nextMicroseconds = try reader.receivedMicroseconds() }
  }

  /// Hands out the entry that comes next; `look` then moves to the one after it. They are two calls because
  /// the second may fail, and the entry is handed out all the same.
  ///
  /// - Throws: before `body` is called; the entry stays the next one.
  func take(_ body: (JournalReader) -> Void) throws(JournalReader.Failure) {
    let here = try reader.cursor()
    body(reader)
    cursor = here
    nextMicroseconds = nil
  }
}
