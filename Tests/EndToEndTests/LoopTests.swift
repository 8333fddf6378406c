import Alerts
import Forecasting
import Foundation
import Glibc
import Host
import Monitoring
import Reporting
import Settings
import Storage
import TestSupport
import Testing
import harbinger

/// The loop with a scripted time, scripted wake-ups and a recording journal; files and SQLite are real.
@Suite struct LoopTests {
  private let bed: DaemonBed
  private let time: SetTime
  private let journal = RecordingJournal()

  init() throws {
    bed = try DaemonBed()
    time = SetTime(startingAt: Int64(Date().timeIntervalSince1970))
  }

  /// - Returns: The moments that were armed.
  @discardableResult private func run(_ steps: [ScriptedTriggers.Step]) throws -> [Int64] {
    try bed.run(steps, time, journal)
  }

  private func counted(in path: String? = nil) throws -> Int {
    try StateFile(readingAt: path ?? bed.statePath).counts().values.reduce(0, +)
  }

  private func isLocked(_ path: String) -> Bool {
    do {
      _ = try LockFile(path + ".lock")
      return false
    } catch {
      if case .held = error { return true }
      return false
    }
  }

  /// A process that another test is starting holds our open descriptors, including the lock, until its exec.
  private func becomesFree(_ path: String) -> Bool {
    for _ in 0..<200 {
      if !isLocked(path) { return true }
      usleep(50_000)
    }
    return false
  }

  private func writeSettings(state path: String) throws {
    let settings = try String(contentsOfFile: bed.settingsPath, encoding: .utf8)
    try bed.folder.write(settings.replacing(bed.statePath, with: path), to: "harbinger.yaml")
  }

  @Test func linesAreCountedAndStoredBeforeTheLoopSleeps() throws {
    try bed.append(DailyLog.now(count: 3))
    try run([
      .perform { try #expect(counted() == 3) },
      .perform { try bed.append(DailyLog.now(count: 2)) },
      .deliver([.sources]),
      .perform { try #expect(counted() == 5) },
    ])
    #expect(journal.count("Harbinger stopped") == 1)
    #expect(becomesFree(bed.statePath))
  }

  /// Goal: it is reported once that the years and the zone of a source's lines are inferred, and from then on it is in
  /// the status.
  @Test func whatIsInferredIsReportedOnceOfASource() throws {
    try bed.writeSettings(timeZone: "Europe/Berlin")
    let settings = try String(contentsOfFile: bed.settingsPath, encoding: .utf8)
    try bed.folder.write(
      settings.replacing("format: combined", with: "format: syslog"), to: "harbinger.yaml")
    let said = "A source's lines do not say all of their time"
    func status() throws -> StatusReport {
      try StatusReport(json: [UInt8](Data(contentsOf: URL(filePath: bed.statusPath))))
    }
    try run([
      .perform {
        try #expect(status().sources[0].inferred == [])
        #expect(journal.count(said) == 0)
        try bed.append("Jan  5 10:00:00 host program: hello\n")
      },
      .deliver([.sources]),
      .deliver([.request(.report)]),
      .perform {
        let report = try status()
        #expect(report.sources[0].inferred == ["year", "time_zone"])
        #expect(report.sources[0].timeZone == "Europe/Berlin")
        let lines = StatusText(report).lines
        #expect(lines.contains { $0.hasPrefix("  no year in the lines: ") })
        #expect(lines.contains { $0.hasPrefix("  no time zone in the lines: ") })
        try bed.append("Jan  5 10:00:01 host program: hello\n")
      },
      .deliver([.sources]),
      .deliver([.request(.report)]),
    ])
    #expect(journal.count(said) == 1)
    #expect(journal.count("they are read in Europe/Berlin") == 1)
    try run([
      .perform { try #expect(status().sources[0].inferred == ["year", "time_zone"]) }
    ])
  }

  /// Goal: a reload swaps everything or nothing. Method: the second state opens, and then lacks a table.
  @Test func aReloadThatFailsKeepsTheFirstStateItsLockAndItsCounting() throws {
    let second = bed.folder.path("second.sqlite")
    _ = try StateFile(path: second)
    try bed.sql("DROP TABLE cursor;", in: second)
    try bed.append(DailyLog.now(count: 3))
    try run([
      .perform { try writeSettings(state: second) },
      .deliver([.request(.reload)]),
      .perform {
        #expect(isLocked(bed.statePath))
        #expect(becomesFree(second))
        try bed.append(DailyLog.now(count: 2))
      },
      .deliver([.sources]),
      .perform { try #expect(counted() == 5) },
    ])
    #expect(journal.count("Settings not reloaded; the old ones stay") == 1)
    #expect(journal.count("no such table: cursor") == 1)
  }

  @Test func aReloadToAnotherStateMovesTheLockWithIt() throws {
    let second = bed.folder.path("second.sqlite")
    try bed.append(DailyLog.now(count: 3))
    try run([
      .perform { try writeSettings(state: second) },
      .deliver([.request(.reload)]),
      .perform {
        #expect(becomesFree(bed.statePath))
        #expect(isLocked(second))
        try #expect(counted(in: second) == 3)
      },
    ])
    #expect(journal.count("Settings reloaded") == 1)
  }

  /// The state as it is after a first run, so that there is something to lock.
  private func prepareState() throws {
    try bed.append(DailyLog.now(count: 1))
    try run([])
    try #expect(counted() == 1)
  }

  /// Adds the requests after triggers in the state refuse to store them.
  private func fourRequests(refusedBy triggers: String) -> [ScriptedTriggers.Step] {
    [
      .perform {
        try bed.sql(triggers, in: bed.statePath)
        try bed.append(DailyLog.now(count: 4))
      },
      .deliver([.sources]),
    ]
  }

  private static let refusal =
    "CREATE TRIGGER refusal BEFORE INSERT ON memory BEGIN SELECT RAISE(ABORT, 'refused'); END;"

  @Test func whatTheStateDoesNotTakeIsTriedAgainAndReportedOnce() throws {
    try prepareState()
    try run(
      fourRequests(refusedBy: Self.refusal) + [
        .awaitDeadline, .awaitDeadline,
        .perform {
          #expect(journal.count("the state cannot be used, and will be tried again") == 1)
          try #expect(counted() == 1)
          try bed.sql("DROP TRIGGER refusal;", in: bed.statePath)
        },
        .awaitDeadline, .awaitDeadline,
        .perform { try #expect(counted() == 5) },
      ])
    #expect(journal.count("State problem solved: the state cannot be used") == 1)
  }

  /// Goal: if the clock is set back by three days while commits are pending, the daemon does not end, and continues as
  /// soon as all is committed.
  @Test func aClockSetFarBackWhileCommitsWaitIsGotOver() throws {
    try prepareState()
    let armed = try run(
      fourRequests(refusedBy: Self.refusal) + [
        .perform { time.set(forwardSeconds: -3 * 86_400) },
        .deliver([.clock(ClockJumps.Jump(setSeconds: -3 * 86_400, asleepSeconds: 0))]),
        .perform { try bed.sql("DROP TRIGGER refusal;", in: bed.statePath) },
        .awaitDeadline, .awaitDeadline,
        .perform { try #expect(counted() == 5) },
      ])
    #expect(journal.count("The clock was set") == 1)
    // With the run that made the state.
    #expect(journal.count("Harbinger stopped") == 2)
    // At the start, when the clock was set, and when it went on from what was committed.
    #expect(armed.count == 3 && armed[1] == armed[0] - 3 * 86_400 && armed[2] == armed[1])
  }

  /// A failed wait is reported only after it has failed repeatedly.
  @Test func waitingThatFailsIsReportedUntilItIsOver() throws {
    let failing = Trigger.failing(SystemError("wait for descriptors", code: ENOMEM))
    let told = "nothing can be waited for, and will be tried again"
    try run([
      .deliver([failing]), .deliver([failing]),
      .perform { #expect(journal.count(told) == 1) },
      .deliver([.sources]),
      .perform { #expect(journal.count("State problem solved: " + told) == 1) },
    ])
    #expect(journal.count(told) == 2)
  }

  /// Goal: what could not be stored before is stored when the daemon ends, if the disk accepts it then.
  @Test func whatWaitsIsStoredAtTheEnd() throws {
    try prepareState()
    try run(
      fourRequests(refusedBy: Self.refusal) + [
        .perform { try bed.sql("DROP TRIGGER refusal;", in: bed.statePath) }
      ])
    try #expect(counted() == 5)
  }

  @Test func whatTheJournalDoesNotTakeIsDeliveredLater() throws {
    try bed.folder.write("this is no database", to: "state.sqlite")
    journal.isAway = true
    try run([
      .perform {
        #expect(journal.count("the state was damaged") == 0)
        journal.isAway = false
      },
      .awaitDeadline, .awaitDeadline,
      .perform { #expect(journal.count("the state was damaged") == 1) },
    ])
  }

  /// One request a day at the same hour, so that the next is expected.
  @Test func anAlertIsDeliveredOnceAndIsNotAgainAfterARestart() throws {
    try bed.writeSettings(
      """
      training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
      forecast: { grace: 0s }
      alert: { threshold: 0.3, clear: 0.1 }
      """)
    try bed.append(DailyLog(days: 40, hoursFromNow: 4).lines)
    try run([
      .await(.thread, until: { journal.count("is likely at") == 1 })
    ])
    #expect(journal.count("is likely at") == 1)
    try run([])
    #expect(journal.count("is likely at") == 1)
  }

  @Test func anAlertThatTheJournalDidNotTakeIsDeliveredAfterARestart() throws {
    try bed.writeSettings(
      """
      training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
      forecast: { grace: 0s }
      alert: { threshold: 0.3, clear: 0.1 }
      """)
    try bed.append(DailyLog(days: 40, hoursFromNow: 4).lines)
    journal.isAway = true
    try run([
      .await(
        .thread,
        until: {
          try !StateFile(readingAt: bed.statePath).undeliveredAlerts().isEmpty
        })
    ])
    journal.isAway = false
    try run([])
    #expect(journal.count("is likely at") == 1)
  }

  /// Goal: a problem of the daemon itself is an alert like any other. Method: the status cannot be written while the
  /// journal is away, and the daemon stops; the next one finds it in the state.
  @Test func aProblemThatTheJournalDidNotTakeIsDeliveredAfterARestart() throws {
    try prepareState()
    let problem = "State problem: the status file cannot be written"
    try FileManager.default.removeItem(atPath: bed.statusPath)
    try FileManager.default.createDirectory(
      atPath: bed.statusPath + "/in the way", withIntermediateDirectories: true)
    journal.isAway = true
    try run([])
    let kinds = try StateFile(readingAt: bed.statePath).undeliveredAlerts().map(\.kind)
    #expect(kinds == [.stateProblem])
    journal.isAway = false
    #expect(journal.count(problem) == 0)
    try FileManager.default.removeItem(atPath: bed.statusPath)
    try run([])
    #expect(journal.count(problem) == 1)
    try run([])
    #expect(journal.count(problem) == 1)
    #expect(try StateFile(readingAt: bed.statePath).alerts().map(\.alert.kind) == [.stateProblem])
  }

  /// Goal: an alert reaches the journal even if the state cannot store it, and is stored later. Method: triggers refuse
  /// commits and alerts, and are dropped.
  @Test func whatTheStateDoesNotTakeIsDeliveredAtOnceAndStoredLater() throws {
    try prepareState()
    let problem = "State problem: the state cannot be used"
    let refusal =
      "CREATE TRIGGER refused BEFORE INSERT ON alert BEGIN SELECT RAISE(ABORT, 'refused'); END;"
    try run(
      fourRequests(refusedBy: Self.refusal + refusal) + [
        .awaitDeadline, .awaitDeadline,
        .perform {
          #expect(journal.count(problem) == 1)
          try #expect(StateFile(readingAt: bed.statePath).alerts() == [])
          try bed.sql("DROP TRIGGER refusal; DROP TRIGGER refused;", in: bed.statePath)
        },
        .awaitDeadline, .awaitDeadline,
        .perform {
          let state = try StateFile(readingAt: bed.statePath)
          try #expect(state.alerts().map(\.alert.isOver) == [false, true])
          try #expect(state.undeliveredAlerts() == [])
        },
      ])
    #expect(journal.count(problem) == 1)
    #expect(journal.count("State problem solved: the state cannot be used") == 1)
  }

  /// Goal: the status says what is wrong rather than staying as it was. Method: another process's changes, in the
  /// write-ahead log, are overwritten, so that nothing can be read from the state.
  @Test func aStateThatCannotBeReadStandsInTheStatus() throws {
    try prepareState()
    try run([
      .perform {
        try bed.sql("CREATE TABLE more (number INTEGER);", in: bed.statePath)
        let log = try FileHandle(forUpdating: URL(filePath: bed.statePath + "-wal"))
        let size = try log.seekToEnd()
        #expect(size > 4_096)
        try log.seek(toOffset: 32)
        try log.write(contentsOf: Data(count: Int(size) - 32))
      },
      .deliver([.request(.report)]),
      .perform {
        let problems = try bed.status()?["problems"] as? [String]
        #expect(
          problems?.contains { $0.hasPrefix("the size of the state cannot be read: ") } == true)
      },
    ])
  }

  @Test func badSettingsChangeNothingAndStandInTheStatus() throws {
    try bed.append(DailyLog.now(count: 3))
    try run([
      .perform { try bed.folder.write("sources: [", to: "harbinger.yaml") },
      .deliver([.request(.reload)]),
      .perform {
        let problems = try bed.status()?["problems"] as? [String]
        #expect(problems?.count == 1)
        #expect(problems?.first?.hasPrefix("settings not reloaded: ") == true)
        try bed.append(DailyLog.now(count: 1))
      },
      .deliver([.sources]),
      .perform { try #expect(counted() == 4) },
    ])
  }

  @Test func theEndOfTheHourIsArmedWithItsGrace() throws {
    let settings = try SettingsReader.ofThisMachine.read(path: bed.settingsPath)
    let armed = try run([])
    let grace = Int64(settings.graceSeconds)
    #expect(armed.count == 1)
    #expect(
      armed.allSatisfy {
        ($0 - grace) % 3_600 == 0 && (1...3_600).contains($0 - time.source.nowSeconds)
      })
  }
}
