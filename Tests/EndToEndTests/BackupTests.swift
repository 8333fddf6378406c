import Arithmetic
import Foundation
import Glibc
import Monitoring
import Storage
import TestSupport
import Testing

/// `backup` and `restore`, with the real daemon and with kills.
@Suite(.serialized) struct BackupTests {
  private let bed: DaemonBed
  private let manager = FileManager.default

  init() throws {
    bed = try DaemonBed()
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program.run(arguments + ["--config", bed.settingsPath], in: bed.folder)
  }

  private func counted(_ path: String) throws -> Int {
    try StateFile(readingAt: path).counts().values.reduce(0, +)
  }

  private var replaced: [String] {
    get throws {
      try manager.contentsOfDirectory(atPath: bed.folder.url.path)
        .filter { $0.hasPrefix("state.sqlite.replaced-") }.sorted()
    }
  }

  /// Goal: a backup is made beside the running daemon and restored without a line lost or counted twice. Method: half
  /// of a log, a backup, the other half, and the backup again.
  @Test func aBackupComesBackAndTheLinesAfterItAreReadAgain() throws {
    let lines = try bed.sampleLines(days: 20)
    let half = lines.count / 2
    let copy = bed.folder.path("backup.sqlite")
    try bed.append(lines.prefix(half))
    let daemon = try bed.start()
    try daemon.wait(for: "the first half") { try counted(bed.statePath) == half }
    let made = try run("backup", copy)
    #expect(made.status == 0 && made.output.hasPrefix("\(copy): copied and checked, "))
    try #expect(counted(copy) == half)
    try #expect(manager.attributesOfItem(atPath: copy)[.posixPermissions] as? Int == 0o600)

    let refused = try run("restore", copy)
    #expect(refused.status == 75 && refused.errors.hasPrefix("harbinger is running: "))
    try bed.append(lines.dropFirst(half))
    try daemon.wait(for: "the other half") { try counted(bed.statePath) == lines.count }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)

    let restored = try run("restore", copy)
    #expect(restored.status == 0, "\(restored.errors)")
    try #expect(counted(bed.statePath) == half)
    let aside = try #require(try replaced.first)
    #expect(restored.output.contains(aside))
    try #expect(counted(bed.folder.path(aside)) == lines.count)
    let again = try bed.start()
    try again.wait(for: "all lines") { try counted(bed.statePath) == lines.count }
    again.send(SIGTERM)
    #expect(again.waitUntilExit() == 0)
  }

  @Test func aStateThatIsGoneIsRestored() throws {
    let copy = bed.folder.path("backup.sqlite")
    try StateFile(path: copy).commit(.counted(3))
    let restored = try run("restore", copy)
    #expect(restored.status == 0 && !restored.output.contains("the state before"))
    try #expect(counted(bed.statePath) == 3)
    try #expect(replaced.isEmpty)
  }

  /// Goal: a restore works without settings, to a named state or to the default place of a daemon that is started by
  /// hand.
  @Test func aStateIsRestoredWithoutSettings() throws {
    let copy = bed.folder.path("backup.sqlite")
    try StateFile(path: copy).commit(.counted(3))
    let named = bed.folder.path("named.sqlite")
    let restored = try Program.run(["restore", "--state", named, copy], in: bed.folder)
    #expect(restored.status == 0, "\(restored.errors)")
    try #expect(counted(named) == 3)
    guard
      ["/etc/harbinger/harbinger.yaml", "/var/lib/harbinger"].allSatisfy({
        !manager.fileExists(atPath: $0)
      })
    else { return }
    let nowhere = try Program.run(["restore", copy], in: bed.folder)
    #expect(nowhere.status == 66 && nowhere.errors.hasPrefix("harbinger is not installed here: "))
    let folder = bed.folder.url.appending(path: ".local/state/harbinger")
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    let own = folder.appending(path: "harbinger.sqlite").path
    try StateFile(path: own).commit(.counted(5))
    let found = try Program.run(["restore", copy], in: bed.folder)
    #expect(found.status == 0, "\(found.errors)")
    try #expect(counted(own) == 3)
  }

  @Test func whatIsNoBackupChangesNothing() throws {
    try StateFile(path: bed.statePath).commit(.counted(5))
    try bed.folder.write("This is no database.", to: "text")
    let text = try run("restore", bed.folder.path("text"))
    #expect(text.status == 74 && text.errors.split(separator: "\n").count == 1)
    let absent = try run("restore", bed.folder.path("nothing"))
    #expect(absent.status == 66)
    try #expect(run("backup", "/no/such/folder/copy").status == 73)
    // Onto the state itself, which the daemon may have open.
    try bed.folder.write("", to: "state.sqlite-wal")
    try #expect(run("backup", bed.statePath).status == 73)
    try #expect(replaced.isEmpty)
    try #expect(counted(bed.statePath) == 5)
  }

  /// Goal: neither a pipe as the backup, nor one in the state's place, is waited for.
  @Test(arguments: [false, true]) func aPipeIsRefused(asState: Bool) throws {
    let (pipe, link) = (bed.folder.path("pipe"), bed.folder.path("link"))
    #expect(mkfifo(pipe, 0o600) == 0 && symlink(pipe, link) == 0)
    let copy = bed.folder.path("backup.sqlite")
    try StateFile(path: copy).commit(.counted(3))
    let result = try Program.run(
      asState ? ["restore", "--state", link, copy] : ["restore", "--state", bed.statePath, link],
      in: bed.folder)
    #expect(result.status == 66 && result.errors == "\(link) is no regular file\n")
  }

  /// A backup replaces a damaged state, which is kept for an examination.
  @Test func aDamagedStateIsReplaced() throws {
    let copy = bed.folder.path("backup.sqlite")
    try StateFile(path: copy).commit(.counted(3))
    try bed.folder.write(String(repeating: "damage", count: 1_000), to: "state.sqlite")
    try bed.folder.write("log", to: "state.sqlite-wal")
    try #expect(run("restore", copy).status == 0)
    try #expect(counted(bed.statePath) == 3)
    let kept = try #require(try replaced.first)
    let bytes = try String(contentsOfFile: bed.folder.path(kept), encoding: .utf8)
    #expect(bytes.hasPrefix("damagedamage"))
  }

  /// Goal: a backup that is killed leaves the one before. Method: a state of some megabytes, and SIGKILL as soon as the
  /// new file appears, until five kills have come before its end.
  @Test func aKilledBackupLeavesTheOneBefore() throws {
    let copy = bed.folder.path("backup.sqlite")
    try StateFile(path: bed.statePath).commit(.counted(1))
    try #expect(run("backup", copy).status == 0)
    try StateFile(path: bed.statePath).commit(.counted(1, megabytes: 12))
    try killing(["backup", copy], writing: "backup.sqlite") {
      try #expect([1, 2].contains(counted(copy)))
    }
    try #expect(run("backup", copy).status == 0)
    try #expect(counted(copy) == 2)
    try #expect(leftovers("backup.sqlite") == [])
  }

  /// Goal: a killed restore leaves a whole state, the old or the new one. Method: as above.
  @Test func aKilledRestoreLeavesAWholeState() throws {
    let copy = bed.folder.path("backup.sqlite")
    try StateFile(path: copy).commit(.counted(2, megabytes: 12))
    try StateFile(path: bed.statePath).commit(.counted(1))
    try killing(["restore", copy], writing: "state.sqlite") {
      try #expect([1, 2].contains(counted(bed.statePath)))
      for name in try replaced { try #expect([1, 2].contains(counted(bed.folder.path(name)))) }
    }
    try #expect(run("restore", copy).status == 0)
    try #expect(counted(bed.statePath) == 2)
    try #expect(leftovers("state.sqlite") == [])
  }

  private func leftovers(_ name: String) throws -> [String] {
    try manager.contentsOfDirectory(atPath: bed.folder.url.path)
      .filter { $0.hasPrefix("\(name).partial-") }
  }

  /// Runs a command and kills it, at first when its new file appears and then after growing delays, until five were
  /// killed before that file had its final name.
  private func killing(
    _ arguments: [String], writing name: String, _ check: () throws -> Void
  ) throws {
    var killedInTheMidst = 0
    for round in 0..<100 where killedInTheMidst < 5 {
      let before = try leftovers(name)
      let program = try RunningProgram(
        arguments + ["--config", bed.settingsPath], in: bed.folder)
      while program.isRunning, try leftovers(name).allSatisfy(before.contains) { usleep(500) }
      usleep(UInt32(round % 10) * 2_000)
      program.send(SIGKILL)
      if program.waitUntilExit() == 128 + SIGKILL, try !leftovers(name).isEmpty {
        killedInTheMidst += 1
      }
      try check()
    }
    #expect(killedInTheMidst == 5)
  }
}

extension Changes {
  /// Changes with `count` requests in one hour, and megabytes that cannot be compressed.
  fileprivate static func counted(_ count: Int, megabytes: Int = 0) -> Changes {
    var changes = Changes()
    changes.counts[.init(stream: "web", hour: 500_000)] = count
    for number in 0..<megabytes {
      var chance = Chance(seed: UInt64(number))
      changes.streams["web:\(number)"] = LearnedStream(bytes: chance.bytes(count: 1_000_000))
    }
    return changes
  }
}
