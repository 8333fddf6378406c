import Arithmetic
import Foundation
import Glibc
import Monitoring
import Reporting
import Storage
import TestSupport
import Testing

/// Appends a log bit by bit, as a service and logrotate do: half lines, rotation in between.
private struct Writer {
  let bed: DaemonBed
  var rest: ArraySlice<String>
  private var half = ""

  init(bed: DaemonBed, lines: [String]) {
    self.bed = bed
    rest = lines[...]
  }

  mutating func write(atMost count: Int, _ chance: inout Chance) throws {
    let some = rest.prefix(count)
    rest = rest.dropFirst(count)
    guard !some.isEmpty else { return }
    var text = half + some.map { $0 + "\n" }.joined()
    half = ""
    if chance.happens(0.5) {
      let cut = chance.integer(in: 1...min(60, text.count))
      half = String(text.suffix(cut))
      text.removeLast(cut)
    }
    try bed.append(text)
  }

  /// A service finishes its line before it opens the new file.
  mutating func rotate() throws {
    try finishLine()
    try bed.rotate()
  }

  mutating func finishLine() throws {
    try bed.append(half)
    half = ""
  }
}

@Suite(.serialized) struct KillTests {
  /// Goal: no line lost and none counted twice, whenever the daemon dies. Method: it is killed with SIGKILL 30
  /// times at seeded moments while its log is written and rotated; afterwards it reads to the end, and
  /// its counts are those of a replay of the whole log.
  @Test(arguments: [1, 2] as [UInt64])
  func killedThirtyTimesNoLineIsLostOrCountedTwice(seed: UInt64) throws {
    let bed = try DaemonBed(
      settings: """
        training: { every: 30d, hidden: [4], epochs: 1 }
        forecast: { horizon: 2h }
        alert: { lead: 1h..2h }
        """)
    var chance = Chance(seed: seed)
    let lines = try bed.sampleLines(days: 30, seed: Int(seed))
    var writer = Writer(bed: bed, lines: lines)
    let kills = 30
    for _ in 0..<kills {
      try writer.write(atMost: lines.count / 80, &chance)
      let daemon = try RunningProgram(["run", "--config", bed.settingsPath], in: bed.folder)
      // From before it has opened anything to long after it has read all there is.
      let longest = chance.happens(0.5) ? 20_000 : 150_000
      for _ in 0..<chance.integer(in: 1...6) {
        usleep(UInt32(chance.integer(in: 0...longest)))
        try writer.write(atMost: lines.count / 300, &chance)
        if chance.happens(0.08) { try writer.rotate() }
      }
      #expect(daemon.isRunning, "\(daemon.errors)")
      daemon.send(SIGKILL)
      #expect(daemon.waitUntilExit() == 128 + SIGKILL)
    }
    try writer.write(atMost: .max, &chance)
    try writer.finishLine()

    let daemon = try bed.start()
    try daemon.wait(for: "every line to be counted") {
      try StateFile(readingAt: bed.statePath).counts().values.reduce(0, +) >= lines.count
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)

    try bed.folder.write(lines.map { $0 + "\n" }.joined(), to: "whole.log")
    let undisturbed = bed.folder.path("undisturbed.sqlite")
    let replay = try Program.run(
      ["replay", "--config", bed.settingsPath, "--state", undisturbed, "whole.log"], in: bed.folder)
    try #require(replay.status == 0, "\(replay.errors)")
    let expected = try StateFile(readingAt: undisturbed).counts()
    #expect(try StateFile(readingAt: bed.statePath).counts() == expected)
    #expect(expected.values.reduce(0, +) == lines.count)
  }
}
