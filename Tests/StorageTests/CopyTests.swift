import Arithmetic
import Foundation
import GRDB
import Monitoring
import Records
import Storage
import TestSupport
import Testing

/// Backups, as files.
struct CopyTests {
  /// The copy includes what is only in the write-ahead log, and nothing that is written later.
  @Test func aCopyIsOfOneInstant() throws {
    let shelf = try Shelf()
    let state = try shelf.open()
    try state.commit(.full)
    let copy = shelf.folder.path("copy.sqlite")
    try StateFile.copy(shelf.path, to: copy)
    try state.commit(.counts([("web", 600_000, 1)]))
    for suffix in ["-wal", "-shm", "-journal"] {
      #expect(!FileManager.default.fileExists(atPath: copy + suffix))
    }
    let copied = try StateFile(readingAt: copy)
    #expect(try copied.counts() == Changes.full.counts)
    #expect(try copied.forecasts() == Changes.full.forecasts)
    #expect(try copied.positions() == Changes.full.positions.updated)
    // The copy is a complete state.
    let opened = try StateFile(path: copy)
    try opened.commit(.counts([("web", 600_000, 1)]))
    #expect(try opened.counts() == state.counts())
  }

  @Test func onlyAStateIsCopied() throws {
    let shelf = try Shelf()
    let copy = shelf.folder.path("copy.sqlite")
    #expect(throws: StateFileError.self) { try StateFile.copy(shelf.path, to: copy) }
    try DatabaseQueue(path: shelf.path).write { try $0.execute(sql: "CREATE TABLE other (a)") }
    #expect(
      throws: StateFileError.unusable(shelf.path, reason: "it is no state of harbinger")
    ) { try StateFile.copy(shelf.path, to: copy) }
    let newer = try Shelf()
    try newer.open().commit(.full)
    try DatabaseQueue(path: newer.path).write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')")
    }
    #expect(throws: StateFileError.newer(newer.path)) {
      try StateFile.copy(newer.path, to: newer.folder.path("copy.sqlite"))
    }
  }

  /// Whichever page is damaged, the copy is refused or complete.
  @Test(arguments: 1...UInt64(Fuzzing.rounds(usually: 20)))
  func aDamagedStateIsNoBackup(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let shelf = try Shelf()
    var changes = Changes.full
    for hour in 0..<2_000 { changes.counts[.init(stream: "s\(hour % 7)", hour: hour)] = 1 }
    try shelf.open().commit(changes)
    try StateFile.checkpoint(shelf.path)
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: shelf.path)))
    let start = chance.integer(in: 100...bytes.count - 200)
    for offset in 0..<100 { bytes[start + offset] = UInt8(truncatingIfNeeded: chance.next()) }
    try Data(bytes).write(to: URL(filePath: shelf.path))
    let copy = shelf.folder.path("copy.sqlite")
    do {
      try StateFile.copy(shelf.path, to: copy)
      // The damage hit unused bytes, or a value that may be anything.
      #expect(try StateFile(readingAt: copy).counts().count >= 1_900)
    } catch let error as StateFileError {
      #expect(!"\(error)".contains("copy.sqlite"))
    }
  }

  /// After a checkpoint the file alone is the whole state.
  @Test func aSettledStateIsOneFile() throws {
    let shelf = try Shelf()
    try shelf.open().commit(.full)
    try StateFile.checkpoint(shelf.path)
    let names = try FileManager.default.contentsOfDirectory(atPath: shelf.folder.url.path)
    #expect(names == ["state.sqlite"])
    #expect(try StateFile(readingAt: shelf.path).counts() == Changes.full.counts)
  }
}
