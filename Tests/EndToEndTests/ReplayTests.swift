import Foundation
import Glibc
import Monitoring
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct ReplayTests {
  /// Goal: watching a log and replaying it give the same result. Method: the daemon reads a log of 40 days to its end,
  /// `replay --state` does too; counts, forecasts and alerts of both state files are compared, to the bit.
  @Test func theDaemonAndAReplayGiveTheSame() throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 40)
    try bed.append(lines)

    let replayed = bed.folder.path("replayed.sqlite")
    let replay = try Program.run(
      ["replay", "--config", bed.settingsPath, "--state", replayed, bed.logPath], in: bed.folder)
    try #require(replay.status == 0, "\(replay.errors)")
    let replayState = try StateFile(readingAt: replayed)
    let lastHour = try #require(try replayState.forecasts().map(\.hour).max())

    let daemon = try bed.start()
    try daemon.wait(for: "the daemon to reach the log's end") {
      guard let state = try? StateFile(readingAt: bed.statePath) else { return false }
      let hours = try state.forecasts().map(\.hour)
      return (hours.max() ?? 0) >= lastHour
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)

    let expected = try Told(replayState, upTo: lastHour)
    let found = try Told(StateFile(readingAt: bed.statePath), upTo: lastHour)
    #expect(found.counts == expected.counts)
    #expect(found.forecasts == expected.forecasts)
    #expect(found.alerts == expected.alerts)
    #expect(!expected.alerts.isEmpty && expected.counts.values.reduce(0, +) == lines.count)
  }

  @Test func aReplayGivesTheSameTwice() throws {
    let bed = try DaemonBed()
    try bed.append(try bed.sampleLines(days: 30))
    let outputs = try (0..<2).map { _ in
      try Program.run(
        ["replay", "--json", "--config", bed.settingsPath, bed.logPath], in: bed.folder)
    }
    #expect(outputs[0].status == 0)
    #expect(outputs[0].output == outputs[1].output)
    #expect(!outputs[0].output.isEmpty)
  }

  @Test func aReplayWithoutStateLeavesNothingBehind() throws {
    let bed = try DaemonBed()
    try bed.append(try bed.sampleLines(days: 10))
    _ = try Program.run(["replay", "--config", bed.settingsPath, bed.logPath], in: bed.folder)
    #expect(!FileManager.default.fileExists(atPath: bed.statePath))
    #expect(!FileManager.default.fileExists(atPath: bed.statusPath))
  }

  @Test(arguments: [
    ("time;host\n", ["--format", "csv", "--separator", ";", "--key", "{host}"]),
    ("", ["--format", "csv", "--separator", ";", "--columns", "at,host", "--time-field", "at"]),
  ])
  func aTableIsReplayed(header: String, options: [String]) throws {
    let folder = try TemporaryFolder()
    let rows = (0..<48).map { "\(1_767_225_600 + 3600 * $0);a\n" }.joined()
    try folder.write(header + rows, to: "log.csv")
    let result = try Program.run(["replay", "log.csv"] + options, in: folder)
    #expect(result.status == 0)
    #expect(result.errors.contains("48 counted"), "\(result.errors)")
  }

  @Test func aLogThatIsNotThereIsOneSentence() throws {
    let bed = try DaemonBed()
    let result = try Program.run(
      ["replay", "--config", bed.settingsPath, "nothing.log"], in: bed.folder)
    #expect(result.status != 0)
    #expect(result.errors.contains("nothing.log"))
  }

  /// Goal: no line counts twice because a replay is repeated, or written into the state of a daemon.
  @Test func replayIntoAStateThatHasCountsIsRefused() throws {
    let bed = try DaemonBed()
    try bed.append(DailyLog(days: 10, hoursFromNow: -200).lines)
    let arguments = ["replay", "--state", bed.statePath, "--format", "combined", bed.logPath]
    #expect(try Program.run(arguments, in: bed.folder).status == 0)
    let counts = try StateFile(readingAt: bed.statePath).counts()
    let again = try Program.run(arguments, in: bed.folder)
    #expect(again.status == 73 && again.output.isEmpty)
    #expect(again.errors.contains("is there already"))
    #expect(try StateFile(readingAt: bed.statePath).counts() == counts)
  }

  /// Goal: a state that is there is whole. Method: a replay whose log does not end is killed; the next one succeeds, and
  /// what the first had begun is gone.
  @Test func replayThatIsKilledLeavesNoState() throws {
    let bed = try DaemonBed()
    let lines = Data(DailyLog(days: 10, hoursFromNow: -200).lines.map { $0 + "\n" }.joined().utf8)
    try lines.write(to: URL(filePath: bed.logPath))
    let arguments = ["replay", "--state", bed.statePath, "--format", "combined", "-"]
    let endless = Pipe()
    let killed = try RunningProgram(
      arguments, in: bed.folder, input: endless.fileHandleForReading)
    try endless.fileHandleForWriting.write(contentsOf: lines)
    let partial = "\(bed.statePath).partial-\(killed.processIdentifier)"
    try killed.wait(for: "the state to be begun") {
      FileManager.default.fileExists(atPath: partial)
    }
    killed.send(SIGKILL)
    killed.waitUntilExit()
    #expect(!FileManager.default.fileExists(atPath: bed.statePath))
    let input = try #require(FileHandle(forReadingAtPath: bed.logPath))
    #expect(try Program.run(arguments, in: bed.folder, input: input).status == 0)
    #expect(try !StateFile(readingAt: bed.statePath).counts().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: partial))
  }

  @Test func logThatRunsBackwardsIsCalledSo() throws {
    let folder = try TemporaryFolder()
    let lines = DailyLog(days: 30, hoursFromNow: -200).lines
    func errors(_ lines: [String]) throws -> String {
      try folder.write(lines.map { $0 + "\n" }.joined(), to: "a.log")
      return try Program.run(["replay", "--format", "combined", "a.log"], in: folder).errors
    }
    #expect(try !errors(lines).contains("newest lines first"))
    #expect(try errors(lines.reversed()).contains("29 of 30 requests came after a line"))
  }
}
