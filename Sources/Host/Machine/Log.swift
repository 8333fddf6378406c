/// The daemon's own log, written to the same journal as its alerts.
///
/// A message that cannot be written is dropped: there is no other place to report it, and the daemon continues.
package struct Log {
  private let journal: Journal

  /// Messages of lower priority are dropped.
  package var leastPriority: JournalMessage.Priority

  package init(_ journal: Journal, leastPriority: JournalMessage.Priority = .info) {
    self.journal = journal
    self.leastPriority = leastPriority
  }

  /// - Parameter text: A constant; variable parts belong into the fields.
  package func write(
    _ priority: JournalMessage.Priority, _ text: String, id: MessageID? = nil,
    fields: [JournalMessage.Field] = [],
    file: String = #fileID, line: Int = #line, function: String = #function
  ) {
    guard priority >= leastPriority else { return }
    let message = JournalMessage(
      text, priority: priority, id: id, fields: fields, file: file, line: line, function: function)
    try? journal.send(message)
  }
}
