/// What to store of the positions, in the transaction that stores the counts.
package struct PositionChanges: Equatable, Sendable {
  package var forgotten: [FilePosition.Key] = []
  package var updated: [FilePosition] = []

  package init(forgotten: [FilePosition.Key] = [], updated: [FilePosition] = []) {
    self.forgotten = forgotten
    self.updated = updated
  }

  package var isEmpty: Bool { forgotten.isEmpty && updated.isEmpty }

  /// Takes in what came later, of which only the newest counts.
  package mutating func append(_ later: PositionChanges) {
    let keys = Set(later.forgotten + later.updated.map(\.key))
    forgotten.removeAll { keys.contains($0) }
    updated.removeAll { keys.contains($0.key) }
    forgotten += later.forgotten
    updated += later.updated
  }
}
