import Alerts
import Arithmetic
import Foundation
import GRDB
import Monitoring
import Storage
import TestSupport
import Testing

@Test func aFileOfANewerVersionIsRefused() throws {
  let shelf = try Shelf()
  try shelf.open().commit(.full)
  try DatabaseQueue(path: shelf.path).write { database in
    try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 from the future')")
  }
  #expect(throws: StateFileError.newer(shelf.path)) { try shelf.open() }
}

@Test(arguments: ["This is no database.", String(repeating: "x", count: 100_000)])
func aFileThatIsNoDatabaseIsCorrupt(text: String) throws {
  let shelf = try Shelf()
  try shelf.folder.write(text, to: "state.sqlite")
  do {
    _ = try shelf.open()
    Issue.record("it was opened")
  } catch let error as StateFileError {
    guard case .corrupt(shelf.path, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect("\(error)".contains(shelf.path))
  }
  // The file is left unchanged for an examination.
  #expect(try String(contentsOfFile: shelf.path, encoding: .utf8) == text)
}

/// Pages in the middle are overwritten: every query gives what was stored or an error.
@Test(arguments: 1...UInt64(Fuzzing.rounds(usually: 20)))
func aDamagedDatabaseIsAnErrorInWords(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let shelf = try Shelf()
  var changes = Changes.full
  for hour in 0..<2_000 { changes.counts[.init(stream: "s\(hour % 7)", hour: hour)] = 1 }
  try DatabaseQueue(path: shelf.path).close()
  do {
    let state = try shelf.open()
    try state.commit(changes)
  }
  // A checkpoint moves everything into the file.
  try DatabaseQueue(path: shelf.path).writeWithoutTransaction { database in
    try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
  }
  var bytes = [UInt8](try Data(contentsOf: URL(filePath: shelf.path)))
  for _ in 0..<20 {
    let start = chance.integer(in: 100...bytes.count - 200)
    for offset in 0..<100 { bytes[start + offset] = UInt8(truncatingIfNeeded: chance.next()) }
  }
  try Data(bytes).write(to: URL(filePath: shelf.path))
  do {
    let state = try shelf.open()
    _ = try state.storedState()
    _ = try state.counts()
    _ = try state.positions()
    try state.commit(.full)
  } catch is StateFileError {
    // The expected error.
  }
}

@Test func aFileThatIsNotThereCannotBeRead() throws {
  let shelf = try Shelf()
  #expect(throws: StateFileError.self) { try StateFile(readingAt: shelf.path) }
}

@Test func aFolderThatIsNotThereIsAnErrorInWords() throws {
  #expect(throws: StateFileError.self) { try StateFile(path: "/nowhere/at/all/state.sqlite") }
}

@Test func theViewsAreForPeople() throws {
  let shelf = try Shelf()
  try shelf.open().commit(.full)
  let rows = try DatabaseQueue(path: shelf.path).read { database in
    try (
      hourly: Row.fetchAll(
        database, sql: "SELECT * FROM hourly WHERE stream = 'web' ORDER BY hour_utc"),
      judged: Row.fetchAll(database, sql: "SELECT * FROM judged_forecast ORDER BY lead_hours"),
      alerts: Row.fetchAll(database, sql: "SELECT * FROM alerts ORDER BY hour_utc")
    )
  }
  #expect(rows.hourly.map { $0["requests"] as Int } == [3, 1])
  #expect(rows.hourly.first?["hour_utc"] == "2027-01-15 08:00:00")
  #expect(rows.judged.map { $0["lead_hours"] as Int } == [1, 2, 3, 4, 5, 6])
  #expect(rows.alerts.first?["lead_hours"] == 2)
  #expect(rows.alerts.map { $0["stream"] as String? } == ["web", nil])
  #expect(rows.alerts.map { $0["source"] as String? } == [nil, "web"])
  #expect(rows.alerts.map { $0["bits"] as Double? } == [nil, 20.5])
}
