import Alerts
import Foundation
import Host
import Monitoring
import Reporting
import Settings
import Storage
import TestSupport
import Testing
import harbinger

/// A disk that takes nothing for hours while lines come, with a scripted time; files and SQLite are real.
@Suite struct FullDiskTests {
  /// Of the first line, in hours since the epoch.
  private static let firstHour = 480_000
  private static let refusal =
    "CREATE TRIGGER refusal BEFORE INSERT ON memory BEGIN SELECT RAISE(ABORT, 'refused'); END;"

  /// A daemon that has read some days of a log in which each stream has a line in the tenth minute of every hour.
  private struct Life {
    let bed: DaemonBed
    let time: SetTime
    let journal = RecordingJournal()
    let names: [String]
    /// The hour after the log's last.
    let hour: Int

    init(days: Int, streamCount: Int = 1) throws {
      bed = try DaemonBed()
      try bed.writeSettings("forecast: { grace: 0s }", key: "'{2}'")
      let settings = try String(contentsOfFile: bed.settingsPath, encoding: .utf8)
      try bed.folder.write(
        settings.replacing("format: combined", with: "format: epoch"), to: "harbinger.yaml")
      names = (0..<streamCount).map { "k\($0)" }
      hour = firstHour + 24 * days
      time = SetTime(startingAt: Int64(hour) * 3_600 + 5)
      for hour in firstHour..<hour { try append(hour) }
    }

    func append(_ hour: Int) throws {
      try bed.append(names.map { "\(hour * 3_600 + 600) \($0)" })
    }

    func advance(to seconds: Int) {
      time.advance(microseconds: (Int64(seconds) - time.source.nowSeconds) * 1_000_000)
    }

    /// Lets an hour pass.
    ///
    /// - Parameter isNoticed: Whether the loop learns of the lines before the hour ends.
    func pass(_ hour: Int, hasLines: Bool = true, isNoticed: Bool = true)
      -> [ScriptedTriggers.Step]
    {
      let coming = ScriptedTriggers.Step.perform {
        advance(to: hour * 3_600 + 601)
        if hasLines { try append(hour) }
      }
      return [coming] + (isNoticed ? [.deliver([.sources])] : []) + [
        .perform { advance(to: (hour + 1) * 3_600 + 5) },
        .deliver([.clock(ClockJumps.Jump(setSeconds: 0, asleepSeconds: 0))]),
      ]
    }

    func refuse() -> [ScriptedTriggers.Step] { [.perform { try sql(refusal) }] }

    func accept() -> [ScriptedTriggers.Step] {
      [.perform { try sql("DROP TRIGGER refusal;") }, .awaitDeadline, .awaitDeadline]
    }

    private func sql(_ statements: String) throws { try bed.sql(statements, in: bed.statePath) }

    func run(_ steps: [ScriptedTriggers.Step]) throws { try bed.run(steps, time, journal) }

    func status() throws -> StatusReport {
      try StatusReport(json: [UInt8](Data(contentsOf: URL(filePath: bed.statusPath))))
    }

    /// That the state has what an undisturbed one has. Whether an alert of a past hour was delivered may differ.
    func isLike(_ other: Life) throws {
      let states = try [self, other].map { try StateFile(readingAt: $0.bed.statePath) }
      try #expect(states[0].counts() == states[1].counts())
      let forecasts = try states.map { try $0.forecasts() }
      #expect(forecasts[0].count == forecasts[1].count)
      let differing = zip(forecasts[0], forecasts[1]).first { $0 != $1 }
      #expect(differing == nil)
      let alerts = try states.map { state in
        try state.alerts().map(\.alert).filter { $0.kind != .stateProblem }.map(\.id)
      }
      #expect(alerts[0] == alerts[1])
    }
  }

  /// Goal: what is not read because the disk is full is learned later, and nothing is said about its absence. Method: the
  /// same twenty hours with a disk that takes nothing, and with one that does; the streams are more than one turn of the
  /// loop closes an hour for, or one.
  @Test(arguments: [(days: 10, streamCount: 1), (days: 4, streamCount: 300)])
  func hoursWithUnreadLinesAreNotIdle(days: Int, streamCount: Int) throws {
    let lives = try (0..<2).map { _ in try Life(days: days, streamCount: streamCount) }
    for (life, isFull) in zip(lives, [true, false]) {
      let hours = (life.hour..<life.hour + 20).flatMap { life.pass($0) }
      try life.run((isFull ? life.refuse() : []) + hours + (isFull ? life.accept() : []))
      #expect(life.journal.count("No request from") == 0)
      #expect(life.journal.count("State problem: ") == (isFull ? 1 : 0))
    }
    try lives[0].isLike(lives[1])
  }

  /// Goal: what the hours come to does not fill the memory instead of the disk. Method: a day without a line.
  @Test func hoursWaitForTheDisk() throws {
    let lives = try (0..<2).map { _ in try Life(days: 4) }
    for (life, isFull) in zip(lives, [true, false]) {
      let hours = (life.hour..<life.hour + 24).flatMap { life.pass($0, hasLines: false) }
      let look: [ScriptedTriggers.Step] = [
        .deliver([.request(.report)]),
        .perform {
          let left = try life.status().catchUp.map { $0.totalHours - $0.closedHours } ?? 0
          #expect(isFull ? left == 16 : left == 0)
        },
      ]
      try life.run(
        (isFull ? life.refuse() : []) + hours + look + (isFull ? life.accept() : []))
    }
    try lives[0].isLike(lives[1])
  }

  /// Goal: lines that were written before an hour's end belong to it, also when the loop was held up and learns of them
  /// together with the end of the hour.
  @Test func linesAreLookedForBeforeAnHourCloses() throws {
    let lives = try (0..<2).map { _ in try Life(days: 4) }
    for (life, isNoticed) in zip(lives, [true, false]) {
      try life.run((life.hour..<life.hour + 4).flatMap { life.pass($0, isNoticed: isNoticed) })
    }
    try lives[0].isLike(lives[1])
  }
}
