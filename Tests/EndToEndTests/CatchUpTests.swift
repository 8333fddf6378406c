import Foundation
import Host
import Monitoring
import Records
import Reporting
import Settings
import Storage
import TestSupport
import Testing
import harbinger

/// A daemon with old lines, which it reads quickly and learns from slowly.
@Suite struct CatchUpTests {
  private let bed: DaemonBed
  private let time = SetTime(startingAt: Int64(Date().timeIntervalSince1970))
  private let journal = RecordingJournal()

  init() throws {
    bed = try DaemonBed(
      settings: """
        training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
        forecast: { grace: 0s }
        """)
  }

  private func run(_ steps: [ScriptedTriggers.Step]) throws {
    try bed.run(steps, time, journal)
  }

  private func report() throws -> StatusReport {
    try StatusReport(json: [UInt8](Data(contentsOf: URL(filePath: bed.statusPath))))
  }

  private func forecast(_ arguments: String...) throws -> String {
    let result = try Program.run(["forecast"] + arguments, in: bed.folder)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Goal: while the daemon learns from old hours, the status, the forecast and the line for systemd show how far it
  /// is, although all bytes are read; afterwards they show nothing of it. Method: forty days of a log, plain or
  /// compressed, of which the first network waits to be trained after about twenty.
  @Test(arguments: [false, true])
  func whileOldHoursAreLearnedFromAllSaySo(isCompressed: Bool) throws {
    try bed.append(DailyLog(days: 40, hoursFromNow: 4).lines)
    if isCompressed {
      let settings = try String(contentsOfFile: bed.settingsPath, encoding: .utf8)
      try bed.folder.write(
        settings.replacing("access.log,", with: "access.log*,"), to: "harbinger.yaml")
      #expect(try SystemdTestbed.run(["/bin/gzip", bed.logPath]).status == 0)
    }
    let now = Int(time.source.nowSeconds / 3_600)
    try run([
      .deliver([.request(.report)]),
      .perform {
        let report = try report()
        let catchUp = try #require(report.catchUp)
        #expect(report.sources[0].lagBytes == 0 && report.training.isRunning)
        #expect((300..<700).contains(catchUp.totalHours - catchUp.closedHours), "\(catchUp)")
        let next = try #require(report.streams.first?.next.first?.hour)
        #expect(catchUp.closedUpTo == next)
        let text = StatusText(report).lines
        #expect(text.contains { $0.hasPrefix("CATCHING UP with old lines: hours are learned ") })
        #expect(text.contains("  Until then nothing that is shown here is of today."))
        let shown = try forecast("--config", bed.settingsPath)
        #expect(shown.contains("a newer one: the daemon catches up with old lines, hours are"))
        #expect(shown.contains(catchUp.sentence))
        let json = try forecast("--config", bed.settingsPath, "--json")
        #expect(json.contains(#""stale_reason" : "catching_up""#))
        try #expect(forecast("--state", bed.statePath).contains("the daemon that has the state"))
        #expect(journal.count("catching up: ") == 1 && journal.count("next: web") == 0)
      },
      .await(
        .thread,
        until: {
          let outlook = try StreamOutlook.all(in: StateFile(readingAt: bed.statePath)).first
          return (outlook?.origin ?? 0) >= now - 1
        }),
      .deliver([.request(.report)]),
      .perform {
        let report = try report()
        #expect(report.catchUp == nil)
        #expect(!StatusText(report).lines.contains { $0.contains("CATCHING UP") })
        try #expect(!forecast("--config", bed.settingsPath).contains("STALE"))
        #expect(journal.count("catching up: ") == 1 && journal.count("next: web") == 1)
      },
    ])
  }

  /// Goal: forecasts of old hours that will not be kept are not written first. Method: forty days of a log, of which the
  /// first network waits to be trained after about twenty, and forecasts that are kept for five days.
  @Test func forecastsThatWillNotBeKeptAreNotWritten() throws {
    try bed.writeSettings(
      """
      training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
      forecast: { grace: 0s }
      retention: { forecasts: 5d }
      """)
    try bed.append(DailyLog(days: 40, hoursFromNow: 4).lines)
    let now = Int(time.source.nowSeconds / 3_600)
    func hours() throws -> [Int] { try StateFile(readingAt: bed.statePath).forecasts().map(\.hour) }
    try run([
      .perform {
        try #expect(!StateFile(readingAt: bed.statePath).counts().isEmpty)
        try #expect(hours() == [])
      },
      .await(.thread, until: { try (hours().max() ?? 0) >= now - 1 }),
      .perform { try #expect(hours().min().map { $0 >= now - 24 * 5 } == true) },
    ])
  }

  /// Goal: the backlog of compressed logs is given in bytes on disk, because their uncompressed size is unknown.
  /// Method: the status that is written before anything is read.
  @Test func compressedLogsCountAsTheyAreOnDisk() throws {
    let settings = try String(contentsOfFile: bed.settingsPath, encoding: .utf8)
    try bed.folder.write(
      settings.replacing("access.log,", with: "access.log*,"), to: "harbinger.yaml")
    try bed.append(DailyLog(days: 10, hoursFromNow: 4).lines)
    #expect(try SystemdTestbed.run(["/bin/gzip", bed.logPath]).status == 0)
    let size =
      try FileManager.default.attributesOfItem(atPath: bed.logPath + ".gz")[.size] as? Int
    var triggers = OneLook {
      #expect(size.map { $0 > 100 } == true)
      try #expect(report().sources[0].lagBytes == size)
    }
    try bed.run(&triggers, time, journal)
  }
}
