import Foundation
import Glibc
import Monitoring
import Storage

/// Injects one fault: a daemon reads a log that grows and is rotated while one of its system calls fails, and its
/// behaviour is checked against what Harbinger promises.
///
/// The daemon continues, or exits with a documented code; it reports the failure, unless there is no effect; memory and
/// descriptors return to their former numbers; and every line is counted once, if necessary after a restart.
final class FaultSweep {
  private let fault: Fault
  private let folder: String
  private var ledger = Ledger()
  private var violations: [String] = []
  private var daemon: TracedProgram?
  private var startCount = 0

  private var log: String { folder + "/logs/access.log" }
  private var errors: String { folder + "/errors\(startCount)" }
  private var trace: String { folder + "/trace" }

  /// The exit codes in the manual, except 0.
  private static let documentedCodes: Set<Int32> = [65, 66, 71, 73, 74, 75, 78]
  /// SQLite waits up to ten seconds for a lock, and a busy machine is slow.
  private static let timeoutSeconds = 30.0
  private static let growthKilobytesMax = 12_000

  init(_ fault: Fault) throws {
    self.fault = fault
    // Without a double slash, because strace compares the path with the kernel's.
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

  /// Whether strace is installed and permitted to trace.
  static var isPossible: Bool {
    (try? shell("strace -f -o /dev/null -e trace=none true >/dev/null 2>&1")) != nil
  }

  /// - Returns: The fault, the number of failed calls, and `exact` or what went wrong.
  func play() throws -> String {
    try write(75)
    try start(traced: fault.isStarting)
    _ = waitUntilCounted(Self.timeoutSeconds)
    try restartIfEnded()
    if !waitUntilCounted(Self.timeoutSeconds) {
      violations.append("the first lines are not counted")
    }
    let (openFiles, resident) = (daemon?.openFiles ?? [], daemon?.residentKilobytes ?? 0)
    let tracer = fault.isStarting ? nil : try attach()
    let reportsBefore = reportCount
    try write(40)
    guard rename(log, log + ".1") == 0 else { throw Failure("mv \(log)") }
    try write(40)
    if fault.moment == .lasting {
      let wasHandled = wait(Self.timeoutSeconds) {
        self.reportCount > reportsBefore || self.isCounted
      }
      if !wasHandled, daemon?.isRunning == true { violations.append("it was not reported") }
      // Calls that fail meanwhile are part of the fault. The tracer must not be killed, which would corrupt the call it
      // has stopped.
      usleep(500_000)
      tracer?.end(SIGTERM, within: Self.timeoutSeconds)
    }
    try restartIfEnded()
    if !waitUntilCounted(Self.timeoutSeconds) {
      violations.append("the later lines are not counted")
    }
    try restartIfEnded()
    tracer?.end(SIGTERM, within: Self.timeoutSeconds)
    checkSize(openFiles, resident)
    try end()
    return "\(fault)\t\(injectedCount)\t"
      + (violations.isEmpty ? "exact" : violations.joined(separator: "; "))
  }

  // MARK: - The daemon

  private func start(traced: Bool) throws {
    startCount += 1
    let command = [siblingProduct("harbinger"), "run", "--config", folder + "/harbinger.yaml"]
    // strace -D runs in the background, so that the daemon is our own child.
    daemon = try TracedProgram((traced ? tracing + ["-D"] : []) + command, errors: errors)
  }

  /// The strace command that injects the fault. `-I 1` lets it end on SIGTERM, which `-o` would otherwise block.
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
    let isAttached = wait(Self.timeoutSeconds) { Self.text(said).contains("attached") }
    guard isAttached else { throw Failure("strace does not attach: \(Self.text(said))") }
    return tracer
  }

  /// Restarts a daemon that has ended, without the fault, as a service manager would.
  private func restartIfEnded() throws {
    guard let daemon, !daemon.isRunning, let ending = daemon.ending else { return }
    // Without memory nothing can be reported: the runtime ends a program whose allocations fail.
    let isOutOfMemory = fault.call == "mmap" && ending < 0
    if !Self.documentedCodes.contains(ending), !isOutOfMemory {
      violations.append("it ended with \(ending)")
    } else if reportCount == 0, !isOutOfMemory {
      violations.append("it ended without a report")
    }
    try start(traced: false)
    if !wait(Self.timeoutSeconds, until: { self.hasStarted }) {
      violations.append("it does not start again: \(Self.text(errors).suffix(300))")
    }
  }

  private func end() throws {
    if daemon?.end(SIGTERM, within: Self.timeoutSeconds) != true {
      violations.append("it does not end")
    } else if daemon?.ending != 0 {
      violations.append("its exit code was \(daemon?.ending ?? 0)")
    }
    guard storedDifference != 0 else { return }
    // Lines that were only counted in memory are counted again by the next process.
    try start(traced: false)
    if !wait(Self.timeoutSeconds, until: { self.storedDifference == 0 }) {
      violations.append("the state is wrong by \(storedDifference) lines")
    }
    // It handles signals only once it has started.
    _ = wait(Self.timeoutSeconds) { self.hasStarted }
    daemon?.end(SIGTERM, within: Self.timeoutSeconds)
  }

  private func checkSize(_ openFiles: [String], _ resident: Int) {
    guard let daemon, daemon.isRunning, startCount == 1 else { return }
    // The rotated file stays open as well. Waits, because files may be open for a moment; leaked descriptors stay open.
    let isBack = wait(Self.timeoutSeconds) { daemon.openFiles.count <= openFiles.count + 1 }
    if !isBack {
      violations.append("\(openFiles.sorted()) became \(daemon.openFiles.sorted())")
    }
    if daemon.residentKilobytes > resident + Self.growthKilobytesMax {
      violations.append("\(resident) kB became \(daemon.residentKilobytes)")
    }
  }

  // MARK: - Counts and reports

  private func write(_ lineCount: Int) throws {
    let pen = try Pen(log)
    var text = ""
    for _ in 0..<lineCount { text += ledger.line() + "\n" }
    try pen.write(text)
  }

  private func wait(_ seconds: Double, until condition: () -> Bool) -> Bool {
    let deadline = Stage.now + seconds
    while Stage.now < deadline {
      if condition() { return true }
      // Before it has started, the signal would end it.
      if hasStarted { daemon?.send(SIGUSR2) }
      usleep(50_000)
      guard daemon?.isRunning == true else { return condition() }
    }
    return condition()
  }

  private func waitUntilCounted(_ seconds: Double) -> Bool { wait(seconds) { self.isCounted } }

  private var hasStarted: Bool { Self.text(errors).contains("Harbinger started") }

  /// Whether all lines are counted, according to the status or, if that cannot be written, to the state.
  private var isCounted: Bool {
    struct Status: Decodable {
      struct Source: Decodable { var lines: Int }
      var sources: [Source]
    }
    let status = FileManager.default.contents(atPath: folder + "/status/status.json")
      .flatMap { try? JSONDecoder().decode(Status.self, from: $0) }
    return status?.sources.first?.lines == ledger.lineCount || storedDifference == 0
  }

  /// The number of lines that are missing or counted twice in the state.
  private var storedDifference: Int {
    let stored = (try? StateFile(readingAt: folder + "/state/state.sqlite").counts()) ?? [:]
    let blocks = stored.map { (Ledger.block(ofHour: $0.key.hour), $0.value) }
    let (lost, doubled) = ledger.differences(
      from: Dictionary(blocks, uniquingKeysWith: +))
    return lost + doubled
  }

  private var injectedCount: Int { Self.text(trace).ranges(of: "(INJECTED)").count }

  /// The number of log messages of priority warning or higher.
  private var reportCount: Int {
    Self.text(errors).split(separator: "\n").count { line in
      !["info: ", "notice: "].contains { line.contains($0) }
    }
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
