import Arithmetic
import Foundation
import Glibc
import Interchange
import Records
import Reporting
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct DaemonTests {
  /// Waits until every written line is counted and stored.
  private func waitForCount(_ count: Int, _ daemon: RunningProgram, _ bed: DaemonBed) throws {
    try daemon.wait(for: "\(count) lines to be counted") {
      try StateFile(readingAt: bed.statePath).counts().values.reduce(0, +) == count
    }
  }

  private func statusText(_ bed: DaemonBed) -> String {
    String(decoding: FileManager.default.contents(atPath: bed.statusPath) ?? Data(), as: UTF8.self)
  }

  // MARK: - Stopping

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalEndsItWithEverythingCommitted(signal: Int32) throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 5)
    try bed.append(lines)
    let daemon = try bed.start()
    daemon.send(signal)
    #expect(daemon.waitUntilExit() == 0)
    #expect(daemon.errors.contains("Harbinger stopped"))
    // However much it had read, positions and counts agree, and a second run counts the rest.
    let next = try bed.start()
    try waitForCount(lines.count, next, bed)
    next.send(SIGTERM)
    #expect(next.waitUntilExit() == 0)
    let size = try FileManager.default.attributesOfItem(atPath: bed.logPath)[.size] as? Int
    let offsets = try StateFile(readingAt: bed.statePath).positions().filter { !$0.isMarker }
    #expect(offsets.map { Int($0.offset) } == [size])
  }

  @Test func itEndsDuringTrainingToo() throws {
    let bed = try DaemonBed(settings: "training: { every: 24h, hidden: [300, 300], epochs: 50 }")
    try bed.append(try bed.sampleLines(days: 60))
    let daemon = try bed.start()
    try daemon.wait(for: "training to be on") { statusText(bed).contains("\"is_running\" : true") }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  // MARK: - Signals

  /// A cause that makes a reload fail, and the reported message.
  struct BadReload: CustomTestStringConvertible {
    /// Nil: there is no file any more.
    var settings: String?
    var sentences: [String]

    var testDescription: String { settings ?? "no file" }
  }

  @Test(arguments: [
    BadReload(
      settings: "alert: { threshold: 7 }",
      sentences: [
        "Settings not reloaded; the old ones stay",
        "alert.threshold: found '7', expected a number from 0 to 1",
      ]),
    BadReload(settings: nil, sentences: ["found no such file"]),
  ])
  func aBadReloadChangesNothingAndSaysSo(_ reload: BadReload) throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 3)
    try bed.append(lines.dropLast(2))
    let daemon = try bed.start()
    try waitForCount(lines.count - 2, daemon, bed)
    if let settings = reload.settings {
      try bed.writeSettings(settings)
    } else {
      try FileManager.default.removeItem(atPath: bed.settingsPath)
    }
    daemon.send(SIGHUP)
    try daemon.wait(for: "the refusal") {
      reload.sentences.allSatisfy(daemon.errors.contains)
    }
    try daemon.wait(for: "the status to say so") {
      statusText(bed).contains("settings not reloaded")
    }
    try bed.append(lines.suffix(2))
    try waitForCount(lines.count, daemon, bed)
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  @Test func aReloadContinuesWithTheNewSettings() throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 3)
    try bed.append(lines.dropLast(2))
    let daemon = try bed.start()
    try waitForCount(lines.count - 2, daemon, bed)
    try bed.writeSettings(DaemonBed.quickTraining + "\nalert: { threshold: 0.7 }")
    daemon.send(SIGHUP)
    try daemon.wait(for: "the reload") { daemon.errors.contains("Settings reloaded") }
    #expect(daemon.errors.contains("alert.threshold"))
    try bed.append(lines.suffix(2))
    try waitForCount(lines.count, daemon, bed)
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  @Test func aUserSignalTrains() throws {
    let bed = try DaemonBed(
      settings: "training: { every: 30d, hidden: [4], epochs: 1, max_rows: 1000 }")
    let lines = try bed.sampleLines(days: 40)
    try bed.append(lines)
    let daemon = try bed.start()
    try waitForCount(lines.count, daemon, bed)
    func runs() -> Int { daemon.errors.components(separatedBy: "HARBINGER_RUN=").count - 1 }
    let before = runs()
    daemon.send(SIGUSR1)
    try daemon.wait(for: "the training") { runs() > before }
    #expect(daemon.errors.contains("Training requested"))
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  @Test func anotherUserSignalWritesTheStatus() throws {
    let bed = try DaemonBed()
    try bed.append(try bed.sampleLines(days: 3))
    let daemon = try bed.start()
    try daemon.wait(for: "the first status") { try bed.status() != nil }
    try FileManager.default.removeItem(atPath: bed.statusPath)
    daemon.send(SIGUSR2)
    try daemon.wait(for: "the status") { try bed.status() != nil }
    #expect(try bed.status()?["schema"] as? Int == 1)
    #expect(try bed.status()?["pid"] as? Int == Int(daemon.processIdentifier))
    let shown = try Program.run(["status", "--config", bed.settingsPath], in: bed.folder)
    #expect(shown.status == 0)
    #expect(shown.output.contains("source web"))
  }

  /// Goal: the service manager is notified of each step in order. Method: the real daemon with a socket instead of
  /// systemd's.
  @Test func theServiceManagerHearsEachStep() throws {
    let manager = try NotifySocket("daemon")
    let bed = try DaemonBed()
    try bed.append(try bed.sampleLines(days: 3))
    let daemon = try bed.start(
      environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "1000000"])
    var heard: [String] = []
    func hear(_ beginning: String) throws {
      try daemon.wait(for: beginning) {
        heard.append(manager.receive())
        return heard.last?.hasPrefix(beginning) == true
      }
      heard.removeAll { $0.isEmpty || $0 == "WATCHDOG=1" }
    }
    try hear("EXTEND_TIMEOUT_USEC=")
    try hear("READY=1")
    // More often where a start takes long.
    let extended = "EXTEND_TIMEOUT_USEC=600000000"
    #expect(heard.first == extended && heard.drop { $0 == extended } == ["READY=1"])
    daemon.send(SIGUSR2)
    try hear("STATUS=1 stream")
    try hear("WATCHDOG=1")
    daemon.send(SIGHUP)
    heard = []
    try hear("READY=1")
    let steps = heard.filter { !$0.hasPrefix("STATUS=") }
    #expect(steps.first?.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=\d+/) != nil)
    #expect(steps.dropFirst().drop { $0 == extended } == ["READY=1"])
    daemon.send(SIGTERM)
    try hear("STOPPING=1")
    #expect(daemon.waitUntilExit() == 0)
  }

  @Test func debugMessagesAreTurnedOnAndOff() throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 3)
    let daemon = try bed.start()
    func messages() -> Int { daemon.errors.components(separatedBy: " debug: ").count - 1 }
    daemon.send(__libc_current_sigrtmin() + 22)
    daemon.send(SIGUSR2)
    // Of signals that arrive together, the one for the summary is handled last.
    try daemon.wait(for: "a summary") { daemon.errors.contains("0 streams") }
    try bed.append(lines.dropLast(2))
    try daemon.wait(for: "a debug message") { daemon.errors.contains(" debug: Committing (") }
    try waitForCount(lines.count - 2, daemon, bed)
    daemon.send(__libc_current_sigrtmin() + 23)
    daemon.send(SIGUSR2)
    try daemon.wait(for: "another summary") { daemon.errors.contains(" info: 1 stream ") }
    let before = messages()
    try bed.append(lines.suffix(2))
    try waitForCount(lines.count, daemon, bed)
    #expect(before > 0 && messages() == before)
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  // MARK: - Refusals

  @Test func badSettingsAreOneSentenceAnd78() throws {
    let bed = try DaemonBed(settings: "alert: { treshold: 0.5 }")
    let result = try Program.run(["run", "--config", bed.settingsPath], in: bed.folder)
    #expect(result.status == 78)
    #expect(result.output.isEmpty)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 1)
    #expect(result.errors.hasPrefix("\(bed.settingsPath):3:10: alert.treshold: found"))
    #expect(!FileManager.default.fileExists(atPath: bed.statePath))
  }

  @Test func settingsThatAreNotThereAre78() throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(["run", "--config", "nothing.yaml"], in: folder)
    #expect(result.status == 78)
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.contains("nothing.yaml"))
  }

  @Test func aSecondDaemonOnTheSameStateIsRefused() throws {
    let bed = try DaemonBed()
    let first = try bed.start()
    let second = try Program.run(["run", "--config", bed.settingsPath], in: bed.folder)
    #expect(second.status == 75)
    #expect(second.errors.contains("\(first.processIdentifier)"))
    #expect(first.isRunning)
  }

  @Test(arguments: ["this is no database", String(repeating: "x", count: 50_000)])
  func aFileThatIsNoStateIsMovedAsideAndReported(text: String) throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 3)
    try bed.append(lines)
    try bed.folder.write(text, to: "state.sqlite")
    let daemon = try bed.start()
    try waitForCount(lines.count, daemon, bed)
    let aside = try #require(try damagedStates(bed).first)
    #expect(try String(contentsOfFile: bed.folder.path(aside), encoding: .utf8) == text)
    #expect(
      daemon.errors.contains("error: State problem: the state was damaged"))
    try daemon.wait(for: "the status to say so") { statusText(bed).contains(aside) }
  }

  @Test(arguments: ["/proc/state.sqlite", "/proc/no/folder/state.sqlite"])
  func aStateThatCannotBeMadeIsOneSentenceAnd74(path: String) throws {
    let bed = try DaemonBed()
    let settings = try String(contentsOfFile: bed.settingsPath, encoding: .utf8)
    try bed.folder.write(settings.replacing(bed.statePath, with: path), to: "harbinger.yaml")
    let result = try Program.run(["run", "--config", bed.settingsPath], in: bed.folder)
    #expect(result.status == 74)
    #expect(result.errors.split(separator: "\n").count == 1 && result.errors.contains(path))
    #expect(!result.errors.contains("another harbinger") && !result.errors.contains("Domain="))
  }

  /// Goal: a state that a newer version wrote is refused, named and left as it is.
  @Test func aStateOfANewerVersionIsRefused() throws {
    let bed = try DaemonBed()
    try bed.append(try bed.sampleLines(days: 3))
    let first = try bed.start()
    first.send(SIGTERM)
    #expect(first.waitUntilExit() == 0)
    try bed.folder.write(
      """
      import sqlite3
      state = sqlite3.connect('\(bed.statePath)')
      state.execute("INSERT INTO grdb_migrations VALUES ('2 from the future')")
      state.commit()

      """, to: "age.py")
    #expect(
      try SystemdTestbed.run(["/usr/bin/env", "python3", bed.folder.path("age.py")]).status == 0)
    let result = try Program.run(["run", "--config", bed.settingsPath], in: bed.folder)
    #expect(result.status == 65)
    #expect(result.errors == "\(bed.statePath) was written by a newer version of harbinger\n")
    #expect(try damagedStates(bed).isEmpty)
  }

  /// The files that were moved aside; their names say when.
  private func damagedStates(_ bed: DaemonBed) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: bed.folder.url.path)
      .filter { $0.wholeMatch(of: /state\.sqlite\.damaged-\d{8}T\d{6}Z/) != nil }
  }

  @Test func aDamagedStateIsLearnedAgainFromTheLogs() throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 20)
    try bed.append(lines)
    let first = try bed.start()
    try waitForCount(lines.count, first, bed)
    first.send(SIGTERM)
    #expect(first.waitUntilExit() == 0)
    let state = try FileHandle(forUpdating: URL(filePath: bed.statePath))
    try state.seek(toOffset: 4_096)
    var chance = Chance(seed: 3)
    try state.write(contentsOf: Data(chance.bytes(count: 60_000)))
    try state.close()

    let second = try bed.start()
    #expect(try damagedStates(bed).count == 1)
    try waitForCount(lines.count, second, bed)
    second.send(SIGTERM)
    #expect(second.waitUntilExit() == 0)
    // The problem is reported until the next start, which finds none.
    let third = try bed.start()
    try third.wait(for: "a status without problems") {
      (try bed.status()?["problems"] as? [String]) == []
    }
  }

  // MARK: - Hostile lines

  /// Whatever the log contains, it is counted or rejected with an example, and the daemon continues.
  @Test func hostileLinesAreCountedAndShownSafely() throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 2)
    var chance = Chance(seed: 1)
    try bed.append(lines.prefix(20))
    try bed.append("\u{1b}[31mred\u{202e}\u{0}\n")
    try bed.append(String(repeating: "A", count: 300_000) + "\n")
    let handle = try FileHandle(forWritingTo: URL(filePath: bed.logPath))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(chance.bytes(count: 100_000) + [10]))
    try handle.close()
    try bed.append(lines.dropFirst(20))
    let daemon = try bed.start()
    try waitForCount(lines.count, daemon, bed)
    daemon.send(SIGUSR2)
    try daemon.wait(for: "the rejections in the status") { statusText(bed).contains("malformed") }
    let shown = try Program.run(["status", "--config", bed.settingsPath], in: bed.folder)
    for text in [statusText(bed), shown.output] {
      #expect(!text.contains("\u{1b}") && !text.contains("\u{202e}"))
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  /// Goal: a log in another format than the settings say is reported once, in the journal and the status, however many
  /// lines follow. Method: thirty lines that are not combined, then more of them.
  @Test func logThatIsMostlyRejectedIsReportedOnce() throws {
    let bed = try DaemonBed()
    try bed.append((0..<30).map { "{\"line\": \($0)}" })
    let daemon = try bed.start()
    let sentence = "web: 30 of the last 30 lines are rejected, most as malformed"
    try daemon.wait(for: "the problem") { daemon.errors.contains(sentence) }
    try bed.append((0..<50).map { "{\"line\": \($0)}" })
    try daemon.wait(for: "all lines in the status") {
      daemon.send(SIGUSR2)
      let sources = try bed.status()?["sources"] as? [[String: Any]]
      return sources?.first?["lines"] as? Int == 80
    }
    #expect(daemon.errors.components(separatedBy: "not read as it should be").count == 2)
    let check = try Program.run(["status", "--check", "--file", bed.statusPath], in: bed.folder)
    #expect(check.status == 1 && check.output.contains(sentence))
    let shown = try Program.run(["status", "--file", bed.statusPath], in: bed.folder)
    #expect(shown.output.contains("process \(daemon.processIdentifier), up "))
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    let gone = try Program.run(["status", "--file", bed.statusPath], in: bed.folder)
    #expect(gone.output.contains("NOT RUNNING: process \(daemon.processIdentifier) is gone"))
  }
}
