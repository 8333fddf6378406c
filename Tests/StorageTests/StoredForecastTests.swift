import Arithmetic
import Foundation
import GRDB
import Monitoring
import Storage
import TestSupport
import Testing

/// Probabilities are stored to four digits of the value, or of its difference to 1.
@Test(arguments: 1...5 as ClosedRange<UInt64>)
func forecastsAreKeptToFourDigits(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let state = try Shelf().open()
  var changes = Changes()
  changes.forecasts = (0..<100).map { hour in
    let small = (0..<12).map { _ in chance.uniform() * pow(10, -6 * chance.uniform()) }
    return Changes.Origin(
      stream: "s", hour: hour, probabilities: small + small.map { 1 - $0 } + [0, 1e-9, 0.5, 1])
  }
  try state.commit(changes)
  let kept = try state.forecasts()
  #expect(kept.count == 100)
  for (kept, made) in zip(kept, changes.forecasts) {
    #expect(kept.probabilities.count == made.probabilities.count)
    for (kept, made) in zip(kept.probabilities, made.probabilities) {
      #expect(abs(kept - made) <= 5.1e-4 * min(made, 1 - made))
      #expect((0...1).contains(kept) && (kept == 1) == (made == 1) && (kept == 0) == (made == 0))
    }
  }
}

/// Goal: the view for users of `sqlite3` computes from the bytes what the program does.
@Test func theViewShowsTheStoredForecasts() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  var changes = Changes.counts([("s", 12, 3)])
  changes.forecasts = [
    .init(stream: "s", hour: 10, probabilities: [0, 1, 0.5, 3e-7, 0.0123, 0.999_87])
  ]
  try state.commit(changes)
  let rows = try DatabaseQueue(path: shelf.path).read {
    try Row.fetchAll($0, sql: "SELECT * FROM judged_forecast ORDER BY lead_hours")
  }
  #expect(rows.map { $0["lead_hours"] } == Array(1...6))
  #expect(rows.map { $0["requests"] } == [0, 3, 0, 0, 0, 0])
  #expect(rows[1]["hour_utc"] == "1970-01-01 12:00:00")
  let kept = try #require(try state.forecasts().first).probabilities
  for (row, kept) in zip(rows, kept) {
    let shown: Double = row["probability"]
    #expect(abs(shown - kept) <= 1e-5 * kept)
  }
}
