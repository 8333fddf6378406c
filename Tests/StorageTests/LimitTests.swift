import Forecasting
import GRDB
import Monitoring
import Storage
import Testing

// What one commit takes and deletes, however many streams there are.

private func forecasts(of names: [String], at hour: Int) -> Changes {
  var changes = Changes()
  changes.forecasts = names.map { .init(stream: $0, hour: hour, probabilities: [0.5]) }
  return changes
}

/// Goal: forecasts that are too old do not add up. Method: three hours are kept of more streams than the least that one
/// commit deletes, first all hours and then only these.
@Test func noFewerForecastsArePrunedThanAreWritten() throws {
  let state = try Shelf().open()
  let names = (0..<5_000).map { "s\($0)" }
  for hour in 0..<6 { try state.commit(forecasts(of: names, at: hour)) }
  for hour in 6..<12 {
    try state.commit(
      forecasts(of: names, at: hour), StateFile.Pruning(forecasts: hour - 2))
  }
  #expect(try Set(state.forecasts().map(\.hour)) == [9, 10, 11])
}

/// SQLite binds at most 32,766 arguments, and as Debian builds it 250,000.
@Test func moreStreamsAreForgottenThanAStatementHasArguments() throws {
  let state = try Shelf().open()
  let names = (0..<260_000).map { "s\($0)" }
  var changes = forecasts(of: ["s7", "other"], at: 9)
  changes.trainingRows = ["s7", "other"].map {
    .added(.init(stream: $0, origin: 9, lead: 1, priority: 0.5, weight: 1, features: [1]))
  }
  try state.commit(changes)
  changes = Changes()
  changes.trainingRows = [.forgotten(streams: names)]
  try state.commit(changes)
  #expect(try state.storedState().trainingRows.map(\.stream) == ["other"])
  changes = Changes()
  changes.forgotten = Set(names)
  try state.commit(changes)
  #expect(try state.forecasts().map(\.stream) == ["other"])
}
