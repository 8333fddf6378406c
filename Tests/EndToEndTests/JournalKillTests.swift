import Arithmetic
import Foundation
import Glibc
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: JournalFiles.isAvailable, "needs systemd-journal-remote"), .serialized)
struct JournalKillTests {
  /// Goal: the place in the journal and the counts are one commit. Method: the daemon is killed again and
  /// again while the journal grows and is rotated; at the end each entry was counted once.
  @Test func everyEntryCountsOnceHoweverOftenItIsKilled() throws {
    let bed = try DaemonBed()
    let journal = JournalFiles(in: bed.folder.url)
    mkdir(journal.directory, 0o755)
    try bed.folder.write(
      """
      sources:
        - { name: web, journal: { directory: \(journal.directory) }, key: '{_SYSTEMD_UNIT}' }
      training: { every: 720h, hidden: [4], epochs: 1, max_rows: 1000 }
      state: \(bed.statePath)
      status: \(bed.statusPath)

      """, to: "harbinger.yaml")
    func total() throws -> Int {
      try StateFile(readingAt: bed.statePath).counts().values.reduce(0, +)
    }
    var chance = Chance(seed: 1)
    // So that few hours are to be closed.
    let start = Int(Date().timeIntervalSince1970) - 1_767_225_600 - 7_200
    let rounds = 12
    let size = 100
    for round in 0..<rounds {
      let daemon = try bed.start()
      let entries = (0..<size).map { JournalFiles.Entry(message: "\(round) \($0)") }
      try journal.append(entries, from: start + round * size)
      if round % 4 == 3 {
        rename(journal.path("remote.journal"), journal.path("remote@\(round).journal"))
      }
      usleep(UInt32(chance.integer(in: 0...100_000)))
      daemon.send(SIGKILL)
      daemon.waitUntilExit()
    }
    let daemon = try bed.start()
    try daemon.wait(for: "all entries to be counted") { try total() >= rounds * size }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    let counted = try total()
    #expect(counted == rounds * size)
  }
}
