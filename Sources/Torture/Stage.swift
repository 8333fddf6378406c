import Arithmetic
import Foundation
import Glibc

/// The environment of a scenario: a folder with a log that is written, and the readers that follow it.
struct Stage {
  let log: String
  var folderOfLog: String { String(log[..<(log.lastIndex(of: "/") ?? log.endIndex)]) }
  private let options: Options
  private let folder: String
  private let readers: [Reader]
  private var ledger = Ledger()
  var chance: SplitMix64
  private var end = 0.0
  /// How often each text had been logged when it was last waited for.
  var loggedCounts: [String: Int] = [:]
  var hasSmallDisk = false
  private let clock: SetClock?

  static let linesPerSecond = 1_500.0

  init(_ options: Options) throws {
    self.options = options
    folder = NSTemporaryDirectory() + "/harbinger-torture-\(getpid())"
    let logs = folder + "/logs"
    let pattern = logs + "/" + options.scenario.pattern
    log = pattern.replacing("*", with: "access")
    chance = SplitMix64(seed: options.seed)
    var readers: [Reader] = []
    try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    clock = options.scenario.needs == .ownClock ? try SetClock(file: folder + "/clock") : nil
    ledger.clockSetSeconds = clock.map { _ in 0 }
    for kind in options.readers where options.scenario.isFor(kind) {
      let own = folder + "/" + kind.rawValue
      try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
      let launcher = options.scenario.needs.launcher + (clock?.launcher ?? [])
      readers.append(try Reader.make(kind, log: pattern, folder: own, launcher: launcher))
    }
    self.readers = readers
    if options.scenario.needs == .smallDisk { try mountSmallDisk() }
    // The unprivileged user must be able to write here.
    if options.scenario.needs == .ordinaryUser { try shell("chmod 777 '\(ownFolder)'") }
  }

  /// The reader under test.
  var ours: Reader? { readers.first { $0.kind == .harbinger } }
  var ownFolder: String { folder + "/" + Reader.Kind.harbinger.rawValue }

  /// - Returns: A line for each reader: scenario, seed, reader, lines written, lost, doubled.
  mutating func play() throws -> [String] {
    if options.scenario.logIsThere { _ = try Pen(log) }
    try start()
    waitUntilWatched()
    end = Self.now + options.seconds
    try options.scenario.play(&self)
    waitUntilIdle()
    end(SIGTERM)
    var isExact = true
    defer { try? unmountSmallDisk() }
    let lines = readers.map { reader in
      let (lost, doubled) = ledger.differences(from: reader.counts())
      if reader.kind == .harbinger, lost + doubled > 0 { isExact = false }
      return "\(options.scenario.name)\t\(options.seed)\t\(reader.kind.rawValue)"
        + "\t\(ledger.lineCount)\t\(lost)\t\(doubled)"
    }
    if isExact {
      try unmountSmallDisk()
      hasSmallDisk = false
      try FileManager.default.removeItem(atPath: folder)
    } else {
      FileHandle.standardError.write(Data("what it happened in: \(folder)\n".utf8))
    }
    return lines
  }

  /// Waits until the readers have started: files that are rotated before that need not be read.
  private func waitUntilWatched() {
    let deadline = Self.now + 60
    for reader in readers {
      while Self.now < deadline, !reader.isWatching { usleep(20_000) }
    }
    // The other readers do not report their start.
    usleep(1_000_000)
  }

  /// Waits until no reader reads anything more.
  private func waitUntilIdle() {
    waitUntilWatched()
    var counts = readers.map { $0.counts() }
    var quietSince = Self.now
    let deadline = Self.now + 60
    while Self.now < deadline {
      usleep(250_000)
      let next = readers.map { $0.counts() }
      if next != counts { quietSince = Self.now }
      counts = next
      // Longer than the two seconds after which the last line of a rotated file counts.
      if Self.now - quietSince > 4 { break }
    }
  }

  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}

// MARK: - Writing

extension Stage {
  /// Repeats `body` until the time is over.
  mutating func rounds(_ body: (inout Stage) throws -> Void) rethrows {
    repeat { try body(&self) } while Self.now < end
  }

  /// A random duration with this mean.
  mutating func moment(_ seconds: Double) -> Double { seconds * (0.5 + chance.uniform()) }

  /// Writes at a given rate, a few lines at a time.
  mutating func write(
    seconds: Double, linesPerSecond: Double = Stage.linesPerSecond, to pen: some LineWriter
  ) throws {
    let stop = Self.now + seconds
    var due = Self.now
    repeat {
      let count = chance.integer(in: 1...max(1, Int(linesPerSecond / 75)))
      try burst(count, to: pen)
      due += Double(count) / linesPerSecond
      usleep(UInt32(max(0, due - Self.now) * 1e6))
    } while Self.now < stop
  }

  mutating func write(_ seconds: Double, alternatingBetween pens: [Pen]) throws {
    let stop = Self.now + seconds
    repeat {
      try write(seconds: 0.01, to: pens[chance.integer(in: 0...pens.count - 1)])
    } while Self.now < stop
  }

  mutating func burst(_ count: Int, to pen: some LineWriter, lineEnd: String = "\n") throws {
    var text = ""
    for _ in 0..<count { text += ledger.line() + lineEnd }
    try pen.write(text)
  }

  /// Writes lines with times in random order.
  mutating func burstOutOfOrder(_ count: Int, to pen: Pen) throws {
    var text = ""
    for _ in 0..<count { text += ledger.line(blocksEarlier: chance.integer(in: 0...60)) + "\n" }
    try pen.write(text)
  }

  /// Writes a line in small pieces.
  mutating func writeInPieces(to pen: Pen) throws {
    var rest = Substring(ledger.line() + "\n")
    while !rest.isEmpty {
      let count = chance.integer(in: 1...80)
      try pen.write(String(rest.prefix(count)))
      rest = rest.dropFirst(count)
      usleep(UInt32(moment(0.05) * 1e6))
    }
  }

  /// Sets the clock of Harbinger and of the writer to another time within three days of the true time: back by more
  /// than a state tolerates, and forward by less than `max_ahead`.
  mutating func stepClock() throws {
    let places: [Int] = [-3 * 86_400, -86_400, -3_600, -300, 0, 300, 3_600, 86_400, 3 * 86_400]
      .filter { $0 != ledger.clockSetSeconds ?? 0 }
    let place = places[chance.integer(in: 0...places.count - 1)]
    try clock?.set(forwardSeconds: place)
    ledger.clockSetSeconds = place
  }

  mutating func writeUnfinished(to pen: Pen) throws { try pen.write(ledger.line()) }

  /// - Parameter counts: The number of surviving lines, by block.
  mutating func noteSurviving(_ counts: [Int: Int]) { ledger.noteSurviving(counts) }

  func wait(_ seconds: Double) { usleep(UInt32(seconds * 1e6)) }

  /// Waits until Harbinger has read everything, before lines are destroyed.
  mutating func waitUntilRead() {
    let deadline = Self.now + 20
    for reader in readers where reader.kind == .harbinger {
      while Self.now < deadline, ledger.differences(from: reader.counts()).lost > 0 { wait(0.05) }
    }
    wait(0.3)
  }
}

/// Something that writes lines to a log.
protocol LineWriter {
  func write(_ text: String) throws
}

/// A file that is open for appending, as in a service.
final class Pen: LineWriter {
  private let descriptor: Int32
  /// Writes to a pipe are atomic and contain whole lines, as Apache's are, so that a program that reads 64 kB from it
  /// gets whole lines.
  private let isPipe: Bool

  init(_ path: String, mode: mode_t = 0o644) throws {
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw Failure("open \(path)") }
    isPipe = false
  }

  /// - Parameter pipe: Duplicated; the caller keeps ownership of its own.
  init(pipe: Int32) {
    descriptor = dup(pipe)
    isPipe = true
  }

  deinit { close(descriptor) }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = isPipe ? Self.wholeLines(rest) : rest
      let count = piece.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Failure("write") }
      rest = rest.dropFirst(count)
    }
  }

  private static func wholeLines(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let most = bytes.prefix(Int(PIPE_BUF))
    return most.lastIndex(of: UInt8(ascii: "\n")).map { most[...$0] } ?? most
  }
}

// MARK: - Files

extension Stage {
  func move(_ old: String, to new: String) throws {
    guard rename(old, new) == 0 else { throw Failure("mv \(old) \(new)") }
  }

  /// Renumbers the rotated files as logrotate does, oldest first, so that `.1` becomes free.
  func shift(_ suffix: String = "") throws {
    var oldest = 0
    while FileManager.default.fileExists(atPath: "\(log).\(oldest + 1)\(suffix)") { oldest += 1 }
    for number in stride(from: oldest, to: 0, by: -1) {
      try move("\(log).\(number)\(suffix)", to: "\(log).\(number + 1)\(suffix)")
    }
  }

  func rotate() throws {
    try shift()
    try move(log, to: log + ".1")
  }

  func copyTruncate() throws {
    try shift()
    try shell("cp -p '\(log)' '\(log).1' && : > '\(log)'")
  }

  /// Rotates, and compresses what was rotated.
  func rotate(compressingWith command: String, suffix: String) throws {
    try shift(suffix)
    try move(log, to: log + ".1")
    try shell("\(command) '\(log).1'")
  }
}

// MARK: - Readers

enum Signal {
  static let terminate = SIGTERM
  static let kill = SIGKILL
}

extension Stage {
  func start() throws {
    for reader in readers { try reader.start() }
  }

  func end(_ signal: Int32) {
    for reader in readers { reader.stop(signal) }
  }

  /// Stops the readers with SIGSTOP, or continues them.
  func freeze(_ isFrozen: Bool) {
    for reader in readers { reader.send(isFrozen ? SIGSTOP : SIGCONT) }
  }
}
