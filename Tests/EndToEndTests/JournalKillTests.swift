import Arithmetic
import Foundation
import Glibc
import Monitoring
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: JournalFiles.isAvailable, "needs systemd-journal-remote"), .serialized)
struct JournalKillTests {
  /// Goal: the journal cursor and the counts are committed together. Method: the daemon is killed again and again while
  /// the journal grows and is rotated; at the end each entry was counted once.
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
    // So that only few hours must be closed.
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

  /// Goal: journals that are collected of two hosts make a stream of each unit on each host, and each entry counts once.
  /// Method: two files grow in turn, one of them with times that lie back; one is rotated, and the daemon is killed and
  /// started again in between.
  @Test func collectedJournalsAreStreamsByHostAndUnit() throws {
    let bed = try DaemonBed()
    let journal = JournalFiles(in: bed.folder.url)
    mkdir(journal.directory, 0o755)
    try bed.folder.write(
      """
      sources:
        - name: fleet
          journal: { directory: \(journal.directory), unit: [nginx.service, sshd.service] }
          key: '{_HOSTNAME}/{_SYSTEMD_UNIT}'
      training: { every: 720h, hidden: [4], epochs: 1, max_rows: 1000 }
      state: \(bed.statePath)
      status: \(bed.statusPath)

      """, to: "harbinger.yaml")
    let start = Int(Date().timeIntervalSince1970) - 1_767_225_600 - 7_200
    func entry(_ host: Character, _ unit: String) -> JournalFiles.Entry {
      JournalFiles.Entry(
        message: "m", unit: unit, machine: host, others: [("_HOSTNAME", "web\(host)")])
    }
    func append(_ round: Int) throws {
      for host in "12" {
        let units = ["nginx.service", "nginx.service", "sshd.service", "cron.service"]
        // The second host's entries come late.
        try journal.append(
          units.map { entry(host, $0) }, from: start + 60 * round - (host == "2" ? 1_800 : 0),
          to: "remote-web\(host).journal")
      }
    }
    func counts() throws -> [String: Int] {
      guard FileManager.default.fileExists(atPath: bed.statePath) else { return [:] }
      return try StateFile(readingAt: bed.statePath).counts().reduce(into: [:]) {
        $0[$1.key.stream, default: 0] += $1.value
      }
    }
    for round in 0..<6 {
      let daemon = try bed.start()
      try append(round)
      if round % 2 == 1 {
        rename(journal.path("remote-web1.journal"), journal.path("remote-web1@\(round).journal"))
      }
      if round == 3 {
        try daemon.wait(for: "entries to be counted") { try !counts().isEmpty }
      }
      daemon.send(SIGKILL)
      daemon.waitUntilExit()
    }
    let daemon = try bed.start()
    let expected = [
      "fleet:web1/nginx.service": 12, "fleet:web1/sshd.service": 6,
      "fleet:web2/nginx.service": 12, "fleet:web2/sshd.service": 6,
    ]
    try daemon.wait(for: "all entries to be counted") {
      try counts().values.reduce(0, +) >= 36
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    #expect(try counts() == expected)
  }
}
