import Forecasting
import Foundation
import Host
import Monitoring
import Records
import Storage

/// One set of settings at work: the state, the monitor restored from it, the tail that feeds it, and those
/// who are told. A reload opens another one from the same state.
struct WatchPost: ~Copyable {
  private(set) var settings: Settings
  var monitor: Monitor
  var intake: Intake
  private var state: StateFile
  private var lock: LockFile?
  private let journal: Journal
  private let log: Log
  /// Commits that the disk did not take yet, oldest first.
  private var waiting: [Changes] = []
  private var problems: [Problem: String] = [:]
  /// Those of sources that the log tells of already.
  private var toldProblems: [SourceProblem: Bool] = [:]
  private(set) var retryDue: Int64?

  private struct SourceProblem: Hashable {
    var source: String
    var sentence: String
  }

  private enum Problem: Comparable {
    case state, journal, status, restoring
  }

  private static let retryMicroseconds: Int64 = 5_000_000
  /// While the disk is full, counting goes on in memory for this many commits; then reading waits.
  private static let waitingMax = 8
  private static let forecastsKeptHours = 24 * 120

  init(settings: Settings, journal: Journal, log: Log) throws {
    try Self.makeFolder(of: settings.statePath)
    let lock = try LockFile(settings.statePath + ".lock")
    let state = try StateFile(path: settings.statePath)
    let (monitor, problem) = try Self.restoredMonitor(settings, state)
    let intake = try Self.intake(settings, state, monitor, reusing: [])
    self.settings = settings
    self.journal = journal
    self.log = log
    self.lock = consume lock
    self.state = state
    self.monitor = monitor
    self.intake = consume intake
    problems[.restoring] = problem
    tellNews()
  }

  /// Goes on under other settings; throws, and changes nothing, if that cannot be.
  mutating func reopen(_ settings: Settings) throws {
    guard waiting.isEmpty else {
      throw StateFileError.full(self.settings.statePath)
    }
    var state = state
    if settings.statePath != self.settings.statePath {
      try Self.makeFolder(of: settings.statePath)
      let lock = try LockFile(settings.statePath + ".lock")
      state = try StateFile(path: settings.statePath)
      self.lock = consume lock
    }
    let (monitor, problem) = try Self.restoredMonitor(settings, state)
    intake = try Self.intake(settings, state, monitor, reusing: intake.reusable)
    self.monitor = monitor
    self.state = state
    self.settings = settings
    problems[.restoring] = problem
  }

  private static func makeFolder(of path: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
  }

  private static func restoredMonitor(
    _ settings: Settings, _ state: StateFile
  ) throws -> (Monitor, String?) {
    var monitor = Monitor(settings: settings.monitor)
    let relearned = monitor.restore(try state.storedState())
    let problem =
      relearned.isEmpty
      ? nil : "\(relearned.count) streams are learned anew from their counts"
    return (monitor, problem)
  }

  private static func intake(
    _ settings: Settings, _ state: StateFile, _ monitor: borrowing Monitor,
    reusing old: [any LineFeed]
  ) throws -> Intake {
    try Intake(
      settings: settings, positions: try state.positions(), cursors: try state.cursors(),
      watermarks: monitor.sources.map(\.watermark), reusing: old,
      nowSeconds: Double(WallClock.monotonicMicroseconds) / 1e6)
  }

  // MARK: - Committing

  /// Whether more may be read.
  var hasRoom: Bool { waiting.count < Self.waitingMax }

  mutating func commit(_ changes: Changes) {
    waiting.append(changes)
    commitWaiting()
  }

  mutating func retryIfDue() {
    guard let due = retryDue, due <= WallClock.monotonicMicroseconds else { return }
    retryDue = nil
    commitWaiting()
    tellNews()
  }

  private mutating func commitWaiting() {
    var hasNews = false
    while let changes = waiting.first {
      do {
        try state.commit(changes)
        waiting.removeFirst()
        hasNews = hasNews || changes.hasNews
        if let hour = monitor.openHour, !changes.forecasts.isEmpty {
          try state.prune(before: hour - Self.forecastsKeptHours)
        }
        settle(.state)
      } catch {
        report(.state, "the state cannot be written, and will be tried again: \(error)")
        return
      }
    }
    if hasNews { tellNews() }
  }

  // MARK: - Telling

  /// Alerts are told after they are stored, and marked after they are told: a crash in between tells one
  /// twice rather than never, and its ID says it is the same.
  private mutating func tellNews() {
    do {
      for alert in try state.alertsToTell() {
        let source = monitor.streams[alert.stream].map { settings.sources[$0.source] }
        try journal.send(JournalMessage(alert, unit: source?.unit))
        try state.markTold(alert.id)
      }
      settle(.journal)
    } catch {
      report(.journal, "alerts cannot be told, and will be tried again: \(error)")
    }
  }

  private mutating func report(_ problem: Problem, _ text: String) {
    if problems.updateValue(text, forKey: problem) == nil {
      log.write(
        .error, "Something is wrong", id: .stateProblem,
        fields: [Field("HARBINGER_REASON", text)])
    }
    retryDue = retryDue ?? WallClock.monotonicMicroseconds + Self.retryMicroseconds
  }

  private mutating func settle(_ problem: Problem) {
    if let text = problems.removeValue(forKey: problem) {
      log.write(.info, "Well again", fields: [Field("HARBINGER_REASON", text)])
    }
  }

  // MARK: - Publishing

  mutating func publish(uptimeSeconds: Int, problems others: [String]) {
    tellSourceProblems()
    do {
      let status = try report(uptimeSeconds: uptimeSeconds, problems: others)
      try Self.makeFolder(of: settings.statusPath)
      let json = try status.json()
      try SmallFile.replace(settings.statusPath, with: json.span)
      let metrics = Array(PrometheusText(status).text.utf8)
      let folder = URL(filePath: settings.statusPath).deletingLastPathComponent()
      try SmallFile.replace(folder.appending(path: "metrics.prom").path, with: metrics.span)
      settle(.status)
    } catch {
      report(.status, "the status file cannot be written: \(error)")
    }
  }

  /// What keeps a source from being read, once for as long as it does.
  private mutating func tellSourceProblems() {
    var found: [SourceProblem: Bool] = [:]
    for source in monitor.sources.indices {
      for problem in intake.status(source: source).problems {
        let told = SourceProblem(source: monitor.sources[source].name, sentence: problem.sentence)
        found[told] = problem.isExpected
      }
    }
    for (problem, isExpected) in found where toldProblems[problem] == nil {
      log.write(
        isExpected ? .info : .error, "A source is not read as it should be", id: .sourceProblem,
        fields: [
          Field("HARBINGER_SOURCE", problem.source), Field("HARBINGER_REASON", problem.sentence),
        ])
    }
    toldProblems = found
  }

  private func report(uptimeSeconds: Int, problems others: [String]) throws -> StatusReport {
    let training = monitor.training
    let allProblems = problems.sorted { $0.key < $1.key }.map(\.value) + others
    return StatusReport(
      version: Version.text, pid: Int(ProcessInfo.processInfo.processIdentifier),
      written: UTCTime(seconds: WallClock.nowSeconds).text, uptimeSeconds: uptimeSeconds,
      sources: monitor.sources.indices.map {
        StatusReport.Source(monitor.sources[$0], intake.status(source: $0))
      },
      streams: monitor.streams.keys.sorted().compactMap { name in
        monitor.streams[name].map {
          StatusReport.Stream(name: name, $0, monitor.alertSettings(of: name))
        }
      },
      training: StatusReport.Training(
        runs: training.runCount, adopted: training.adoptedCount, isRunning: training.isRunning,
        lastEnd: training.lastHour.map { UTCTime(hour: $0).text }, last: training.lastReport),
      statePath: settings.statePath, stateBytes: try state.sizeBytes(),
      residentBytes: ProcessFacts.residentBytes ?? 0, problems: allProblems)
  }

  /// What it does, in one line: `3 streams · next: backup 02:00 p=0.93 · trained 14 times · skill 0.29`.
  var summary: String {
    let streams = monitor.streams
    var parts = [streams.count == 1 ? "1 stream" : "\(streams.count) streams"]
    let next = streams.compactMap { name, stream in
      stream.forecaster.forecasts.max { $0.probability < $1.probability }.map { best in
        (name, stream.forecaster.origin + best.lead, best.probability)
      }
    }.max { ($0.2, $1.0) < ($1.2, $0.0) }
    if let (name, hour, probability) = next {
      let time = UTCTime(hour: hour).text.dropFirst(11).prefix(5)
      let shown = String(escapedForDisplay: name, limit: 40)
      parts.append("next: \(shown) \(time)Z p=\(JournalMessage.digits(probability))")
    }
    if monitor.training.runCount > 0 {
      parts.append("trained \(monitor.training.runCount) times")
    } else {
      parts.append("too little data to train")
    }
    let skills = streams.values.compactMap { $0.forecaster.scores.first }
      .filter { !$0.isEmpty }.map { $0.skill(against: .baseRate) }
    if !skills.isEmpty {
      let mean = skills.reduce(0, +) / Double(skills.count)
      parts.append("skill \((mean * 100).rounded() / 100)")
    }
    return parts.joined(separator: " · ")
  }
}
