import Arithmetic
import Foundation
import GRDB
import Monitoring
import Records
import Storage
import TestSupport
import Testing

private let (walHeader, walFrame, page) = (32, 24 + 4_096, 4_096)

/// What can happen to a page of a file.
private enum Damage: String, CaseIterable {
  case bit, bytes, zeros, exchange, cut

  func applied(
    _ bytes: [UInt8], toPart range: Range<Int>, exchangedWith other: Range<Int>,
    _ chance: inout Chance
  ) -> [UInt8] {
    var bytes = bytes
    switch self {
    case .bit:
      bytes[chance.integer(in: range.lowerBound...range.upperBound - 1)] ^=
        1 << UInt8(chance.integer(in: 0...7))
    case .bytes:
      let start = chance.integer(in: range.lowerBound...range.upperBound - 100)
      for offset in 0..<100 { bytes[start + offset] = UInt8(truncatingIfNeeded: chance.next()) }
    case .zeros: for place in range { bytes[place] = 0 }
    case .exchange:
      for (mine, theirs) in zip(range, other) { bytes.swapAt(mine, theirs) }
    case .cut: bytes.removeSubrange(chance.integer(in: range.lowerBound...range.upperBound - 1)...)
    }
    return bytes
  }
}

/// Goal: whichever page is damaged, the state gives what was stored or is refused with an error. Method: every kind of
/// damage to every page of a file, each at its own offset.
@Test(arguments: Damage.allCases.map(\.rawValue))
func noPageCanBeDamagedUnnoticed(kind: String) throws {
  let damage = try #require(Damage(rawValue: kind))
  let shelf = try Shelf()
  let truth = try filled(shelf)
  let whole = [UInt8](try Data(contentsOf: URL(filePath: shelf.path)))
  let pages = stride(from: 0, to: whole.count, by: page).map { $0..<$0 + page }
  #expect(pages.count > 20)
  var chance = Chance(seed: Fuzzing.seed)
  var (refusedCount, rightCount) = (0, 0)
  for round in 0..<Fuzzing.rounds(usually: 1) {
    for range in pages {
      let other = pages[chance.integer(in: 0...pages.count - 1)]
      let damaged = damage.applied(whole, toPart: range, exchangedWith: other, &chance)
      try Data(damaged).write(to: URL(filePath: shelf.path))
      do {
        let state = try shelf.open()
        try #expect(Stored(state) == truth, "page \(range.lowerBound / page), round \(round)")
        _ = try state.storedState()
        _ = try state.alerts()
        _ = try state.forecasts()
        try state.commit(.counts([("s1", 5_000, 1)]))
        rightCount += 1
      } catch let error as StateFileError {
        #expect("\(error)".contains(shelf.path))
        refusedCount += 1
      }
      for suffix in ["-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: shelf.path + suffix)
      }
    }
  }
  #expect(refusedCount > 0)
  // Some flipped bits are in unused bytes.
  #expect(damage != .bit || rightCount > 0)
}

/// Goal: the same for the write-ahead log, of which only whole commits at its end may be lost. Method: every kind of
/// damage to every frame of a log before any checkpoint.
@Test(arguments: Damage.allCases.map(\.rawValue))
func noFrameCanBeDamagedUnnoticed(kind: String) throws {
  let damage = try #require(Damage(rawValue: kind))
  let shelf = try Shelf()
  let copy = try Shelf()
  let commitCount = 20
  let state = try shelf.open()
  for number in 1...commitCount {
    var changes = Changes.counts([("a", number, 1), ("b", number, 2)])
    changes.positions = PositionChanges(updated: [.sample(inode: 1, offset: Int64(number))])
    try state.commit(changes)
  }
  let file = try Data(contentsOf: URL(filePath: shelf.path))
  let whole = [UInt8](try Data(contentsOf: URL(filePath: shelf.path + "-wal")))
  // The last frame may be incomplete.
  let frames = stride(from: walHeader, through: whole.count - walFrame, by: walFrame)
    .map { $0..<$0 + walFrame }
  #expect(frames.count > 60)
  var chance = Chance(seed: Fuzzing.seed)
  for _ in 0..<Fuzzing.rounds(usually: 1) {
    for range in frames {
      let other = frames[chance.integer(in: 0...frames.count - 1)]
      let damaged = damage.applied(whole, toPart: range, exchangedWith: other, &chance)
      try? FileManager.default.removeItem(atPath: copy.path + "-shm")
      try file.write(to: URL(filePath: copy.path))
      try Data(damaged).write(to: URL(filePath: copy.path + "-wal"))
      do {
        let opened = try copy.open()
        let counts = try opened.counts()
        let number = counts.keys.map(\.hour).max() ?? 0
        #expect((0...commitCount).contains(number))
        #expect(counts.count == 2 * number && counts.values.reduce(0, +) == 3 * number)
        #expect(try opened.positions().map(\.offset) == (number > 0 ? [Int64(number)] : []))
      } catch is StateFileError {
        // The state is refused with an error.
      }
    }
  }
}

/// The stored counts and positions.
private struct Stored: Equatable {
  var counts: [Changes.Count: Int]
  var positions: Set<String>
  var cursors: [String: [String: String]]

  init(_ state: StateFile) throws {
    counts = try state.counts()
    positions = Set(try state.positions().map { "\($0)" })
    cursors = try state.cursors()
  }
}

/// A state of some dozens of pages, all in the one file.
private func filled(_ shelf: Shelf) throws -> Stored {
  let state = try shelf.open()
  var changes = Changes.full
  for stream in 0..<40 {
    for hour in 0..<60 {
      changes.counts[.init(stream: "s\(stream)", hour: 7 * hour + stream)] = 1 + hour % 5
    }
    changes.positions.updated.append(.sample(inode: UInt64(100 + stream), offset: Int64(stream)))
  }
  try state.commit(changes)
  let stored = try Stored(state)
  try DatabaseQueue(path: shelf.path).writeWithoutTransaction { database in
    try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
  }
  return stored
}
