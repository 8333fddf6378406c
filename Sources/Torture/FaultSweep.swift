import Foundation
import Glibc
import Monitoring
import Storage

/// Plays one fault: a daemon reads a log that grows and is rotated while a call of it fails, and what comes of that
/// is held against what Harbinger promises.
///
/// It goes on, or ends with a code that the manual has; it says so, or no harm was done; memory and descriptors are
/// back; and every line is counted once, if need be after a restart.
final class FaultSweep {
  private let fault: Fault
  private let folder: String
  private var ledger = Ledger()
  private var complaints: [String] = []
  private var daemon: TracedProgram?
  private var startCount = 0

  private var log: String { folder + "/logs/access.log" }
  private var errors: String { folder + "/errors\(startCount)" }
  private var trace: String { folder + "/trace" }

  /// Those of the manual, but 0.
  private static let documentedCodes: Set<Int32> = [65, 66, 71, 73, 74, 75, 78]
  /// SQLite waits up to ten seconds for a lock that it does not get, and a busy machine for much else.
  private static let patienceSeconds = 30.0
  private static let growthKilobytesMax = 12_000

  init(_ fault: Fault) throws {
    self.fault = fault
    // Without a slash too many: strace compares it with what the kernel calls it.
    folder =
      URL(filePath: NSTemporaryDirectory()).appending(path: "harbinger-fault-\(getpid())").path
    try FileManager.default.createDirectory(
      atPath: folder + "/logs", withIntermediateDirectories: true)
    let settings = """
      sources: [{ name: log, files: '\(log)', start: beginning, format: combined }]
      forecast: { horizon: 2h }
      alert: { lead: 1h..2h }
      training: { every: 6h, hidden: [4], epochs: 1, max_rows: 1000 }
      state: \(folder)/state/state.sqlite
      status: \(folder)/status/status.json

      """
    try Data(settings.utf8).write(to: URL(filePath: folder + "/harbinger.yaml"))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Whether strace is installed, and may trace.
  static var isPossible: Bool {
    (try? shell("strace -f -o /dev/null -e trace=none true >/dev/null 2>&1")) != nil
  }

  /// - Returns: The fault, how many calls failed, and `exact` or what is wrong.
  func play() throws -> String {
    try write(75)
    try start(traced: fault.isStarting)
    _ = settle(Self.patienceSeconds)
    try reviveIfEnded()
    if !settle(Self.patienceSeconds) { complaints.append("the first lines are not counted") }
    let (openFiles, resident) = (daemon?.openFiles ?? [], daemon?.residentKilobytes ?? 0)
    let tracer = fault.isStarting ? nil : try attach()
    let toldBefore = toldCount
    try write(40)
    guard rename(log, log + ".1") == 0 else { throw Failure("mv \(log)") }
    try write(40)
    if fault.moment == .lasting {
      let wasNoticed = wait(Self.patienceSeconds) { self.toldCount > toldBefore || self.isCounted }
      if !wasNoticed, daemon?.isRunning == true { complaints.append("nobody was told") }
      // What fails once more on the way is part of it. A tracer that is killed leaves a call behind that is none.
      usleep(500_000)
      tracer?.end(SIGTERM, within: Self.patienceSeconds)
    }
    try reviveIfEnded()
    if !settle(Self.patienceSeconds) { complaints.append("the later lines are not counted") }
    try reviveIfEnded()
    tracer?.end(SIGTERM, within: Self.patienceSeconds)
    checkSize(openFiles, resident)
    try end()
    return "\(fault)\t\(injectedCount)\t"
      + (complaints.isEmpty ? "exact" : complaints.joined(separator: "; "))
  }

  // MARK: - The daemon

  private func start(traced: Bool) throws {
    startCount += 1
    let command = [builtBesideUs("harbinger"), "run", "--config", folder + "/harbinger.yaml"]
    // The tracer is in the background, so that the daemon is our own child.
    daemon = try TracedProgram((traced ? tracing + ["-D"] : []) + command, errors: errors)
  }

  /// strace and what it is to let fail. It is to end when it is asked to, which it is not with `-o` otherwise.
  private var tracing: [String] {
    let paths: [String] =
      switch fault.place {
      case .log: ["logs", "logs/access.log", "logs/access.log.1"]
      case .state:
        ["state"] + ["", "-wal", "-shm", ".lock"].map { "state/state.sqlite" + $0 }
      case .status:
        ["status"]
          + ["status.json", "metrics.prom"].flatMap { ["status/\($0)", "status/\($0).new"] }
      case .anywhere: []
      }
    return ["strace", "-f", "-I", "1", "-o", trace]
      + paths.flatMap { ["-P", "\(folder)/\($0)"] }
      + ["-e", "trace=" + fault.callNames]
      + ["-e", "inject=\(fault.callNames):\(fault.injection)"]
  }

  private func attach() throws -> TracedProgram? {
    guard let daemon, daemon.isRunning else { return nil }
    let said = folder + "/strace.errors"
    let tracer = try TracedProgram(tracing + ["-p", "\(daemon.identifier)"], errors: said)
    let isAttached = wait(Self.patienceSeconds) { Self.text(said).contains("attached") }
    guard isAttached else { throw Failure("strace does not attach: \(Self.text(said))") }
    return tracer
  }

  /// A daemon that has ended is started anew without the fault, as a service manager would.
  private func reviveIfEnded() throws {
    guard let daemon, !daemon.isRunning, let ending = daemon.ending else { return }
    // Without memory nothing can be said: a program that gets none is ended by its runtime.
    let isOutOfMemory = fault.call == "mmap" && ending < 0
    if !Self.documentedCodes.contains(ending), !isOutOfMemory {
      complaints.append("it ended with \(ending)")
    } else if toldCount == 0, !isOutOfMemory {
      complaints.append("it ended and said nothing")
    }
    try start(traced: false)
    if !wait(Self.patienceSeconds, until: { self.hasBegun }) {
      complaints.append("it does not start again: \(Self.text(errors).suffix(300))")
    }
  }

  private func end() throws {
    if daemon?.end(SIGTERM, within: Self.patienceSeconds) != true {
      complaints.append("it does not end")
    } else if daemon?.ending != 0 {
      complaints.append("at its end it said \(daemon?.ending ?? 0)")
    }
    guard storedDifference != 0 else { return }
    // What it had only in memory is counted by the next one.
    try start(traced: false)
    if !wait(Self.patienceSeconds, until: { self.storedDifference == 0 }) {
      complaints.append("the state is wrong by \(storedDifference) lines")
    }
    // Only when it has begun does it answer to a signal.
    _ = wait(Self.patienceSeconds) { self.hasBegun }
    daemon?.end(SIGTERM, within: Self.patienceSeconds)
  }

  private func checkSize(_ openFiles: [String], _ resident: Int) {
    guard let daemon, daemon.isRunning, startCount == 1 else { return }
    // The rotated file is kept open besides. What is open for a moment, as a file that is being replaced, is closed
    // again; what is lost stays open.
    let isBack = wait(Self.patienceSeconds) { daemon.openFiles.count <= openFiles.count + 1 }
    if !isBack {
      complaints.append("\(openFiles.sorted()) became \(daemon.openFiles.sorted())")
    }
    if daemon.residentKilobytes > resident + Self.growthKilobytesMax {
      complaints.append("\(resident) kB became \(daemon.residentKilobytes)")
    }
  }

  // MARK: - What it has read and said

  private func write(_ lineCount: Int) throws {
    let pen = try Pen(log)
    var text = ""
    for _ in 0..<lineCount { text += ledger.line() + "\n" }
    try pen.write(text)
  }

  private func wait(_ seconds: Double, until isSo: () -> Bool) -> Bool {
    let patience = Stage.now + seconds
    while Stage.now < patience {
      if isSo() { return true }
      // Before it has begun, the signal would end it.
      if hasBegun { daemon?.send(SIGUSR2) }
      usleep(50_000)
      guard daemon?.isRunning == true else { return isSo() }
    }
    return isSo()
  }

  private func settle(_ seconds: Double) -> Bool { wait(seconds) { self.isCounted } }

  private var hasBegun: Bool { Self.text(errors).contains("Harbinger started") }

  /// By the status; if that cannot be written, by the state.
  private var isCounted: Bool {
    struct Status: Decodable {
      struct Source: Decodable { var lines: Int }
      var sources: [Source]
    }
    let status = FileManager.default.contents(atPath: folder + "/status/status.json")
      .flatMap { try? JSONDecoder().decode(Status.self, from: $0) }
    return status?.sources.first?.lines == ledger.lineCount || storedDifference == 0
  }

  /// Lines that are missing in the state, and those that are there twice.
  private var storedDifference: Int {
    let stored = (try? StateFile(readingAt: folder + "/state/state.sqlite").counts()) ?? [:]
    let blocks = stored.map { (Ledger.block(ofHour: $0.key.hour), $0.value) }
    let (lost, doubled) = ledger.differences(
      from: Dictionary(blocks, uniquingKeysWith: +))
    return lost + doubled
  }

  private var injectedCount: Int { Self.text(trace).ranges(of: "(INJECTED)").count }

  /// Sentences that say that something is wrong.
  private var toldCount: Int {
    Self.text(errors).split(separator: "\n").count { line in
      !["info: ", "notice: "].contains { line.contains($0) }
    }
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
