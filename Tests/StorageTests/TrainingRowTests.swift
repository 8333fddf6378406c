import Forecasting
import Monitoring
import Series
import Storage
import TestSupport
import Testing

private func row(_ stream: String, origin: Int, priority: Double) -> TrainingBuffer.Row {
  TrainingBuffer.Row(
    stream: stream, origin: origin, lead: 1, priority: priority, weight: 1.5,
    features: FeatureRows.names.indices.map { Float16($0) / 8 })
}

/// Goal: the table holds what the buffer holds. Method: rows are added, dropped and forgotten, over several commits and
/// within one; afterwards the file has the remaining ones, unchanged and in their order.
@Test func rowsToLearnFromAreStoredAsTheyChange() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  let rows = [("a", 10, 0.1), ("b", 10, 0.9), ("a", 11, 0.6), ("c", 11, 0.2), ("b", 12, 0.3)]
    .map { row($0.0, origin: $0.1, priority: $0.2) }
  var changes = Changes()
  changes.trainingRows = rows.prefix(4).map { .added($0) }
  try state.commit(changes)
  #expect(try state.storedState().trainingRows == Array(rows.prefix(4)))

  var rule = TrainingBuffer.Rule()
  rule.learnedBefore = 11
  rule.sampleShare = 0.5
  changes = Changes()
  // A rule applies only to rows that were added before it.
  changes.trainingRows = [.dropped(rule), .added(rows[1]), .added(rows[4])]
  try state.commit(changes)
  let kept = [rows[0], rows[2], rows[3], rows[1], rows[4]]
  #expect(try state.storedState().trainingRows == kept)

  changes = Changes()
  changes.trainingRows = [.forgotten(streams: ["a", "c"])]
  try state.commit(changes)
  #expect(try state.storedState().trainingRows == [rows[1], rows[4]])

  changes = Changes()
  changes.trainingRows = [.forgottenAll, .added(rows[0])]
  try state.commit(changes)
  #expect(try state.storedState().trainingRows == [rows[0]])
}
