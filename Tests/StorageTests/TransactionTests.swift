import Alerts
import Arithmetic
import Foundation
import GRDB
import Glibc
import Monitoring
import Records
import Storage
import TestSupport
import Testing

/// Changes that fail: the schema refuses a forecast that is no number, after counts and positions were written.
private var refused: Changes {
  var changes = Changes.full
  changes.forecasts = [.init(stream: "web", hour: 1, probabilities: [.nan])]
  return changes
}

@Test func aFailedCommitLeavesNothing() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  #expect(throws: StateFileError.self) { try state.commit(refused) }
  #expect(try state.counts().isEmpty)
  #expect(try state.positions().isEmpty)
  #expect(try state.alerts().isEmpty)
  #expect(try state.storedState().streams.isEmpty)
}

/// Goal: a commit that is tried again because old forecasts could not be deleted counts once. Method: a trigger refuses
/// the deletion the first time.
@Test func aCommitWhoseForgettingFailedCountsOnceWhenTriedAgain() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  try state.commit(.full)
  let other = try DatabaseQueue(path: shelf.path)
  try other.write {
    try $0.execute(
      sql: """
        CREATE TRIGGER refuse BEFORE DELETE ON forecast BEGIN SELECT raise(ABORT, 'refused'); END
        """)
  }
  let more = Changes.counts([("web", 500_000, 4)])
  #expect(throws: StateFileError.self) {
    try state.commit(more, StateFile.Pruning(forecasts: 600_000))
  }
  #expect(try state.counts() == Changes.full.counts)

  try other.write { try $0.execute(sql: "DROP TRIGGER refuse") }
  try state.commit(more, StateFile.Pruning(forecasts: 600_000))
  #expect(try state.counts()[.init(stream: "web", hour: 500_000)] == 7)
  #expect(try state.forecasts().isEmpty)
}

@Test func aFailedCommitLeavesTheOneBefore() throws {
  let state = try Shelf().open()
  try state.commit(.full)
  #expect(throws: StateFileError.self) { try state.commit(refused) }
  #expect(try state.counts() == Changes.full.counts)
  #expect(try state.forecasts() == Changes.full.forecasts)
  try state.commit(.counts([("web", 500_000, 1)]))
  #expect(try state.counts()[.init(stream: "web", hour: 500_000)] == 4)
}

@Test func aCountOfNothingIsRefused() throws {
  let state = try Shelf().open()
  #expect(throws: StateFileError.self) { try state.commit(.counts([("a", 1, 0)])) }
  #expect(try state.counts().isEmpty)
}

/// A reader on another connection sees only whole commits, and none that fails.
@Test func aReaderSeesWholeCommitsWhileAnotherWrites() throws {
  let shelf = try Shelf()
  let writer = try shelf.open()
  try writer.commit(.full)
  let reader = try StateFile(readingAt: shelf.path)
  for hour in 0..<200 {
    var changes = Changes.counts([("a", hour, 1), ("b", hour, 1)])
    changes.forecasts = [.init(stream: "a", hour: hour, probabilities: [0.5])]
    try writer.commit(changes)
    let counts = try reader.counts()
    let ofA = counts.filter { $0.key.stream == "a" }.count
    #expect(ofA == hour + 1)
    #expect(counts.filter { $0.key.stream == "b" }.count == ofA)
    #expect(try reader.forecasts().filter { $0.stream == "a" }.count == ofA)
  }
}

@Test func aReaderDoesNotWrite() throws {
  let shelf = try Shelf()
  try shelf.open().commit(.full)
  #expect(throws: StateFileError.self) { try StateFile(readingAt: shelf.path).commit(.full) }
}

// MARK: - A full disk

/// A file system of a megabyte, where the tests may mount one.
private final class SmallDisk {
  let folder: TemporaryFolder
  private let isMounted: Bool

  init?() throws {
    folder = try TemporaryFolder()
    isMounted = mount("tmpfs", folder.url.path, "tmpfs", 0, "size=1m") == 0
    if !isMounted { return nil }
  }

  deinit {
    if isMounted { umount2(folder.url.path, Int32(MNT_DETACH)) }
  }

  static var isPossible: Bool { ((try? SmallDisk()) ?? nil) != nil }
}

/// Three megabytes go through the write-ahead log of a file system of one.
@Test(.enabled(if: SmallDisk.isPossible, "mounting a small file system is not permitted here"))
func theWriteAheadLogDoesNotFillASmallDisk() throws {
  let disk = try #require(try SmallDisk())
  let state = try StateFile(path: disk.folder.path("state.sqlite"))
  for round in 0..<150 {
    var changes = Changes.counts([("web", 500_000, 1)])
    changes.streams["web"] = LearnedStream(
      bytes: [UInt8](repeating: UInt8(round), count: 20_000))
    try state.commit(changes)
  }
  #expect(try state.counts() == [.init(stream: "web", hour: 500_000): 150])
}

@Test(.enabled(if: SmallDisk.isPossible, "mounting a small file system is not permitted here"))
func aFullDiskLosesNothingAndIsWellAgain() throws {
  let disk = try #require(try SmallDisk())
  let state = try StateFile(path: disk.folder.path("state.sqlite"))
  try state.commit(.full)
  // What the write-ahead log has taken of the disk would be room for more.
  try DatabaseQueue(path: disk.folder.path("state.sqlite")).writeWithoutTransaction {
    _ = try $0.checkpoint(.truncate)
  }
  let ballast = disk.folder.url.appending(path: "ballast")
  // A file that fills the rest of the disk.
  _ = FileManager.default.createFile(atPath: ballast.path, contents: nil)
  let handle = try FileHandle(forWritingTo: ballast)
  while (try? handle.write(contentsOf: Data(count: 4_096))) != nil {}
  try handle.close()

  var changes = Changes.counts([("web", 500_000, 10)])
  changes.streams["web"] = LearnedStream(bytes: [UInt8](repeating: 7, count: 200_000))
  #expect(throws: StateFileError.full(disk.folder.path("state.sqlite"))) {
    try state.commit(changes)
  }
  #expect(try state.counts() == Changes.full.counts)

  try FileManager.default.removeItem(at: ballast)
  try state.commit(changes)
  #expect(try state.counts()[.init(stream: "web", hour: 500_000)] == 13)
  #expect(try state.storedState().streams["web"]?.bytes.count == 200_000)
}

/// Goal: one large transaction does not leave a large write-ahead log on a small disk.
@Test func theLogIsCutBackAfterALargeCommit() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  func logBytes() throws -> Int {
    try Data(contentsOf: URL(filePath: shelf.path + "-wal")).count
  }
  var chance = Chance(seed: 1)
  let incompressible = chance.bytes(count: 5 << 20)
  var large = Changes()
  large.streams = ["web": LearnedStream(bytes: incompressible)]
  try state.commit(large)
  #expect(try logBytes() > 4 << 20)
  for requests in 1...3 { try state.commit(.counts([("web", 500_000, requests)])) }
  #expect(try logBytes() <= 512 << 10)
}
