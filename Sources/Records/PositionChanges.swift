/// What to store of the positions, in the transaction that stores the counts.
package struct PositionChanges: Equatable, Sendable {
  package var forgotten: [FilePosition.Key] = []
  package var updated: [FilePosition] = []
  /// Places in sources that are no files, by source: the systemd journal's own name of the entry that was counted last, by
  /// the machine it came from, where the empty name stands for all; the offset of a topic's next record, by
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

  /// Takes in what came later, of which only the newest counts.
  package mutating func append(_ later: PositionChanges) {
    let keys = Set(later.forgotten + later.updated.map(\.key))
    forgotten.removeAll { keys.contains($0) }
    updated.removeAll { keys.contains($0.key) }
    forgotten += later.forgotten
    updated += later.updated
    cursors.merge(later.cursors) { $0.merging($1) { $1 } }
  }
}
