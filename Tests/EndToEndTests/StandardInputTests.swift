import Foundation
import Glibc
import Reporting
import Storage
import TestSupport
import Testing

/// Lines that come through a pipe.
@Suite(.serialized) struct StandardInputTests {
  private func bed() throws -> DaemonBed {
    let bed = try DaemonBed()
    try bed.folder.write(
      """
      sources: [{ name: web, files: '-', max_line_bytes: 256 }]
      \(DaemonBed.quickTraining)
      state: \(bed.statePath)
      status: \(bed.statusPath)

      """, to: "harbinger.yaml")
    return bed
  }

  private func start(_ bed: DaemonBed, _ pipe: Pipe) throws -> RunningProgram {
    let daemon = try RunningProgram(
      ["run", "--config", bed.settingsPath], in: bed.folder, input: pipe.fileHandleForReading)
    try daemon.wait(for: "the daemon to start") { daemon.errors.contains("Harbinger started") }
    return daemon
  }

  private func waitForCount(_ count: Int, _ daemon: RunningProgram, _ bed: DaemonBed) throws {
    try daemon.wait(for: "\(count) lines to be counted") {
      try StateFile(readingAt: bed.statePath).counts().values.reduce(0, +) == count
    }
  }

  /// Goal: each line counts once, however it is cut into writes, through a reload in the middle of a line, and also the
  /// last one without a line break. A line that is too long does not count, and does not affect others.
  @Test func everyLineOfAPipeIsCounted() throws {
    let bed = try bed()
    let lines = try bed.sampleLines(days: 3)
    let pipe = Pipe()
    let daemon = try start(bed, pipe)
    func write(_ text: some StringProtocol) throws {
      try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }
    try write(lines.dropLast(2).map { $0 + "\n" }.joined())
    try write(String(repeating: "x", count: 200_000) + "\n")
    try write(lines[lines.count - 2].prefix(20))
    try waitForCount(lines.count - 2, daemon, bed)
    daemon.send(SIGHUP)
    try daemon.wait(for: "the reload") { daemon.errors.contains("Settings reloaded") }
    try write(lines[lines.count - 2].dropFirst(20) + "\n")
    try write(lines[lines.count - 1])
    try pipe.fileHandleForWriting.close()
    try waitForCount(lines.count, daemon, bed)
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    #expect(try StateFile(readingAt: bed.statePath).positions().isEmpty)
    let rejected = try (bed.status()?["sources"] as? [[String: Any]])?.first?["rejected"]
    #expect((rejected as? [String: [String: Any]])?["too long"]?["count"] as? Int == 1)
  }

  @Test func replayEvaluateAndDetectReadAPipe() throws {
    let bed = try DaemonBed()
    let lines = try bed.sampleLines(days: 30)
    try bed.append(lines)
    func run(_ arguments: [String]) throws -> Program.Result {
      let input = try #require(FileHandle(forReadingAtPath: bed.logPath))
      return try Program.run(arguments, in: bed.folder, input: input)
    }
    let replay = try run(["replay", "--json", "--config", bed.settingsPath, "-"])
    let file = try run(["replay", "--json", "--config", bed.settingsPath, bed.logPath])
    #expect(replay.status == 0 && replay.output == file.output)
    #expect(try run(["evaluate", "--config", bed.settingsPath, "-"]).status == 0)
    let detect = try run(["detect", "-"])
    #expect(detect.output.contains("files: \"-\"\n    format: combined"))
  }
}

/// Input that is no log, or of no known format, is reported in a sentence that says what to try instead.
@Test func detectSaysWhatKeepsALogFromBeingRead() throws {
  let folder = try TemporaryFolder()
  try folder.write("", to: "empty.log")
  try folder.write("hello\n\u{1b}[31mred\n", to: "letter.txt")
  for (log, said) in [
    ("missing.log", "missing.log: No such file or directory\n"),
    ("empty.log", "empty.log: there is no line in it\n"),
    (".", ".: not a regular file\n"),
  ] {
    let result = try Program.run(["detect", log], in: folder)
    #expect(result.status == 66 && result.errors == said && result.output.isEmpty)
  }
  let unknown = try Program.run(["detect", "letter.txt"], in: folder)
  #expect(unknown.status == 65)
  for hint in ["format: json\n  time: { field:", "format: regex\n  pattern:"] {
    #expect(unknown.output.contains(hint))
  }
}

@Test func detectReadsStampsInTheZoneThatIsNamed() throws {
  let folder = try TemporaryFolder()
  try folder.write("2026-01-05 10:00:00 GET /a\n2026-01-05 10:00:01 GET /b\n", to: "a.log")
  let result = try Program.run(["detect", "--time-zone", "Europe/Berlin", "a.log"], in: folder)
  for text in [
    "from Mon 2026-01-05 10:00:00 to Mon 2026-01-05 10:00:01, in Europe/Berlin\n",
    "    time_zone: Europe/Berlin",
  ] {
    #expect(result.output.contains(text), "\(result.output)")
  }
  let unknown = try Program.run(["detect", "--time-zone", "Nowhere", "a.log"], in: folder)
  #expect(unknown.status == 64)
  #expect(unknown.errors.contains("--time-zone: found 'Nowhere', expected a zone"))
}

@Test func detectWarnsOfTimesFromBeforeTheClockWasSet() throws {
  let folder = try TemporaryFolder()
  let unset = "1970-01-01 00:00:05 GET /a\n"
  try folder.write(unset, to: "unset.log")
  try folder.write(unset + "2026-01-05 10:00:01 GET /b\n", to: "set.log")
  let all = try Program.run(["detect", "unset.log"], in: folder)
  #expect(all.status == 65 && all.output.contains("Times before 1990 are none of a log"))
  let one = try Program.run(["detect", "set.log"], in: folder)
  #expect(one.output.contains("  1 line is from before 1990: was the clock not set yet?\n"))
}
