import Arithmetic
import Foundation
import Monitoring
import Storage
import TestSupport
import Testing

/// Goal: whatever remains of the write-ahead log after a crash, the state is one of those that were committed. Method:
/// a file that was never closed is copied after thirty commits, each of which counts one request for two streams; its
/// log is cut, overwritten, or has two frames exchanged.
@Test(arguments: 1...UInt64(Fuzzing.rounds(usually: 40)))
func aDamagedWriteAheadLogLosesOnlyWholeCommits(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let shelf = try Shelf()
  let copy = try Shelf()
  let state = try shelf.open()
  for _ in 0..<30 { try state.commit(.counts([("a", 1, 1), ("b", 2, 1)])) }
  for suffix in ["", "-wal"] {
    try FileManager.default.copyItem(atPath: shelf.path + suffix, toPath: copy.path + suffix)
  }
  let log = URL(filePath: copy.path + "-wal")
  let whole = [UInt8](try Data(contentsOf: log))
  try Data(damaged(whole, &chance)).write(to: log)

  do {
    let opened = try copy.open()
    let counts = try opened.counts()
    let count = counts[.init(stream: "a", hour: 1)] ?? 0
    #expect((0...30).contains(count))
    #expect(counts[.init(stream: "b", hour: 2)] ?? 0 == count)
    try opened.commit(.counts([("a", 1, 1)]))
    #expect(try opened.counts()[.init(stream: "a", hour: 1)] == count + 1)
  } catch is StateFileError {
    // The state is refused with an error.
  }
  #expect(try state.counts()[.init(stream: "a", hour: 1)] == 30)
}

private func damaged(_ log: [UInt8], _ chance: inout Chance) -> [UInt8] {
  // A header, then frames of a header and a page.
  let (header, frame) = (32, 24 + 4_096)
  let frameCount = (log.count - header) / frame
  var bytes = log
  switch chance.integer(in: 0...2) {
  case 0: return Array(log.prefix(chance.integer(in: 0...log.count - 1)))
  case 1:
    let start = chance.integer(in: 0...log.count - 100)
    for offset in 0..<100 { bytes[start + offset] = UInt8(truncatingIfNeeded: chance.next()) }
  default:
    let places = (0..<2).map { _ in header + frame * chance.integer(in: 0...frameCount - 1) }
    for offset in 0..<frame {
      bytes[places[0] + offset] = log[places[1] + offset]
      bytes[places[1] + offset] = log[places[0] + offset]
    }
  }
  return bytes
}
