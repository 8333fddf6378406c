import Foundation
import Glibc
import Monitoring
import Storage

/// A long run with everything at once: fifty logs with two thousand keys and every kind of rotation, training, reloads,
/// kills, and a disk that is full at times. Checks every minute that each line is counted once, and at the end that
/// memory and descriptors did not grow.
final class Soak {
  /// Figures at a moment when all lines had been read.
  private struct Sample {
    var minute: Int
    var lineCount: Int
    var residentKilobytes: Int
    var descriptorCount: Int
    var stateBytes: Int
  }

  private let seconds: Double
  private let linesPerSecond: Int
  private let folder = NSTemporaryDirectory() + "/harbinger-soak-\(getpid())"
  private var writer: SoakWriter
  private var daemon: TracedProgram?
  private var samples: [Sample] = []
  private var violations: [String] = []
  private var (killCount, reloadCount, fullDiskCount, refusedCommitCount) = (0, 0, 0, 0)
  private var startCount = 0
  private let hasSmallDisk: Bool
  /// The clock of the daemon and of the written lines, on which an hour passes in ten seconds.
  private let clock: SetClock
  private static let clockFactor = 360
  private static let tick = 0.1
  private static let minute = 60.0
  private static let timeoutSeconds = 300.0

  private var statePath: String { folder + "/state/state.sqlite" }
  private var errors: String { folder + "/errors\(startCount)" }

  init(seconds: Double, linesPerSecond: Int, seed: UInt64) throws {
    self.seconds = seconds
    self.linesPerSecond = linesPerSecond
    for name in ["logs", "state"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    writer = try SoakWriter(folder: folder + "/logs", seed: seed)
    clock = try SetClock(file: folder + "/clock")
    let mount = "mount -o loop '\(folder)/disk' '\(folder)/state'"
    hasSmallDisk =
      geteuid() == 0
      && (try? shell(
        "truncate -s 1G '\(folder)/disk' && mkfs.ext4 -q '\(folder)/disk' && (\(mount)) 2>/dev/null"
      )) != nil
    if !hasSmallDisk { note("no disk of its own could be made: it is never full") }
    let settings = """
      sources: [{ name: app, files: '\(folder)/logs/*.log', format: combined, key: '{path}', start: beginning }]
      forecast: { max_streams: \(SoakWriter.keyCount) }
      training: { every: 24h, hidden: [16], epochs: 1, max_rows: 50000 }
      state: \(statePath)
      status: \(folder)/status.json

      """
    try Data(settings.utf8).write(to: URL(filePath: folder + "/harbinger.yaml"))
  }

  deinit {
    daemon = nil
    if hasSmallDisk { try? shell("umount '\(folder)/state'") }
    if violations.isEmpty { try? FileManager.default.removeItem(atPath: folder) }
  }

  /// - Returns: Whether every line was counted once and nothing grew.
  func play() throws -> Bool {
    do {
      try writeAndWatch()
    } catch {
      violations.append("\(error)")
    }
    return finish()
  }

  private func writeAndWatch() throws {
    let begin = Stage.now
    let startOfClock = Date().timeIntervalSince1970
    try clock.run(timesAsFast: Self.clockFactor)
    try start()
    let end = Stage.now + seconds
    var (due, nextSample) = (begin, begin + Self.minute)
    var (nextRotation, nextReload, nextKill, nextFull) = (
      begin + 2, begin + 37, begin + 281, begin + 397
    )
    while Stage.now < end {
      let passed = (Stage.now - begin) * Double(Self.clockFactor)
      try writer.write(Int(Double(linesPerSecond) * Self.tick), at: Int(startOfClock + passed))
      if Stage.now > nextRotation {
        try writer.rotate()
        nextRotation = Stage.now + 1
      }
      if Stage.now > nextReload {
        daemon?.send(SIGHUP)
        reloadCount += 1
        nextReload = Stage.now + 37
      }
      if Stage.now > nextKill {
        try restart()
        nextKill = Stage.now + 281
      }
      if hasSmallDisk, Stage.now > nextFull {
        try fillDisk()
        nextFull = Stage.now + 397
      }
      if Stage.now > nextSample {
        try sample(minute: Int((Stage.now - begin) / Self.minute))
        due = Stage.now
        nextSample = Stage.now + Self.minute
      }
      due += Self.tick
      usleep(UInt32(max(0, due - Stage.now) * 1e6))
    }
    try sample(minute: Int((Stage.now - begin) / Self.minute))
  }

  // MARK: - Disturbances

  private func start() throws {
    startCount += 1
    daemon = try TracedProgram(
      [
        "env"
      ] + clock.launcher + [
        "nice", "-n", "5", siblingProduct("harbinger"), "run", "--config",
        folder + "/harbinger.yaml",
      ],
      errors: errors)
    guard wait(until: { Self.text(self.errors).contains("Harbinger started") }) else {
      throw Failure("it does not start: \(Self.text(errors).suffix(500))")
    }
  }

  private func restart() throws {
    daemon?.end(SIGKILL, within: 5)
    killCount += 1
    try start()
  }

  /// Fills the disk until the daemon reports that the state cannot be used, for a minute at most: a commit that fits
  /// into the free pages of the state still succeeds.
  private func fillDisk() throws {
    fullDiskCount += 1
    let ballast = folder + "/state/ballast"
    try? shell("cat /dev/zero >'\(ballast)' 2>/dev/null")
    let deadline = Stage.now + 60
    let before = Self.text(errors).ranges(of: "the state cannot be used").count
    while Stage.now < deadline,
      Self.text(errors).ranges(of: "the state cannot be used").count == before
    {
      usleep(200_000)
    }
    if Stage.now < deadline { refusedCommitCount += 1 }
    try FileManager.default.removeItem(atPath: ballast)
  }

  // MARK: - Samples

  /// Waits until all lines are read, takes a sample, and deletes the rotated files.
  private func sample(minute: Int) throws {
    let isRead = wait {
      self.daemon?.send(SIGUSR2)
      return self.readCount == self.writer.lineCount
    }
    // Wait for the commit as well: uncommitted lines are read again after a kill, so their files must not be deleted.
    guard isRead, wait(until: { self.storedDifference == 0 }) else {
      throw Failure("of \(writer.lineCount) lines \(readCount ?? 0) were read: \(folder)")
    }
    guard let daemon else { return }
    let size = try? FileManager.default.attributesOfItem(atPath: statePath)[.size] as? Int
    let sample = Sample(
      minute: minute, lineCount: writer.lineCount, residentKilobytes: daemon.residentKilobytes,
      descriptorCount: daemon.descriptorCount, stateBytes: size ?? 0)
    samples.append(sample)
    note(
      "minute \(sample.minute): \(sample.lineCount) lines, \(sample.residentKilobytes / 1024) MB, "
        + "\(sample.descriptorCount) descriptors, state \(sample.stateBytes >> 20) MB")
    try writer.deleteRotated()
  }

  private func finish() -> Bool {
    let isEnded = daemon?.end(SIGTERM, within: 60) == true && daemon?.ending == 0
    if !isEnded { violations.append("it did not end as asked") }
    let difference = storedDifference
    if difference != 0 { violations.append("\(difference) lines were lost or counted twice") }
    for (what, value, allowed) in [
      ("kB of memory", \Sample.residentKilobytes, 1.25), ("descriptors", \.descriptorCount, 1.25),
    ] {
      let half = samples.dropFirst(samples.count / 4).map { Double($0[keyPath: value]) }
      let (early, late) = (half.prefix(half.count / 3), half.suffix(half.count / 3))
      guard let before = early.max(), let after = late.max() else { continue }
      note("\(what): at most \(Int(before)) early, \(Int(after)) late")
      if after > before * allowed { violations.append("\(what) grew from \(before) to \(after)") }
    }
    note(
      "\(Int(seconds)) s: \(writer.lineCount) lines, \(writer.rotationCount) rotations, "
        + "\(reloadCount) reloads, \(killCount) kills, \(fullDiskCount) full disks, of which \(refusedCommitCount) "
        + "stopped commits; "
        + (violations.isEmpty ? "every line counted once" : violations.joined(separator: "; ")))
    return violations.isEmpty
  }

  /// The number of lines by which the state differs from what was written, by hour and key.
  private var storedDifference: Int {
    guard let stored = try? StateFile(readingAt: statePath).counts() else { return .max }
    var expected: [String: [Int: Int]] = [:]
    for (hour, counts) in writer.counts {
      for (key, count) in counts.enumerated() where count > 0 {
        expected["app:/k\(key)", default: [:]][hour] = count
      }
    }
    var difference = 0
    for (key, count) in stored {
      let found = expected[key.stream]?.removeValue(forKey: key.hour) ?? 0
      difference += abs(found - count)
    }
    return difference + expected.values.reduce(0) { $0 + $1.values.reduce(0, +) }
  }

  /// The number of counted lines, according to the status.
  private var readCount: Int? {
    struct Status: Decodable {
      struct Source: Decodable { var counted: Int }
      var sources: [Source]
    }
    return FileManager.default.contents(atPath: folder + "/status.json")
      .flatMap { try? JSONDecoder().decode(Status.self, from: $0) }?.sources.first?.counted
  }

  private func wait(until condition: () -> Bool) -> Bool {
    let deadline = Stage.now + Self.timeoutSeconds
    while Stage.now < deadline {
      if condition() { return true }
      guard daemon?.isRunning == true else { return false }
      usleep(200_000)
    }
    return false
  }

  private func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
