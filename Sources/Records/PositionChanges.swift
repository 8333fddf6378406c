/// Changed positions, to be stored in the transaction that stores the counts.
package struct PositionChanges: Equatable, Sendable {
  package var forgotten: [FilePosition.Key] = []
  package var updated: [FilePosition] = []
  /// Positions in sources that are no files, by source. For the systemd journal: the cursor of the entry that was
  /// counted last, by machine ID, which is empty for the local journal. For Kafka: the offset of the next record, by
  /// `TOPIC/PARTITION`.
  package var cursors: [String: [String: String]] = [:]

  package init(
    forgotten: [FilePosition.Key] = [], updated: [FilePosition] = [],
    cursors: [String: [String: String]] = [:]
  ) {
    self.forgotten = forgotten
    self.updated = updated
    self.cursors = cursors
  }

  package var isEmpty: Bool { forgotten.isEmpty && updated.isEmpty && cursors.isEmpty }

  /// Appends later changes; of each position, only the newest is kept.
  package mutating func append(_ later: PositionChanges) {
    let keys = Set(later.forgotten + later.updated.map(\.key))
    forgotten.removeAll { keys.contains($0) }
    updated.removeAll { keys.contains($0.key) }
    forgotten += later.forgotten
    updated += later.updated
    cursors.merge(later.cursors) { $0.merging($1) { $1 } }
  }
}
