import Forecasting
import Foundation
import Host
import Monitoring
import Records
import Reporting
import Settings
import Storage

/// One set of settings at work: the state, the monitor restored from it, the tail that feeds it, and those
/// who are told. A reload opens another one from the same state.
struct Session: ~Copyable {
  private(set) var settings: ServiceSettings
  var monitor: Monitor
  var intake: Intake
  private var state: StateFile
  private var lock: LockFile?
  private let journal: Journal
  private let log: Log
  private enum Work {
    case commit(Changes)
    case load([String])
  }

  /// What the disk did not take or give yet, oldest first.
  private var waiting: [Work] = []
  /// Streams that the monitor asked for and is to be given.
  private(set) var loaded: [String: StoredState.Stream]?
  private var problems: [Problem: String] = [:]
  /// Those of sources that the log tells of already.
  private var reportedProblems: [SourceProblem: Bool] = [:]
  private var reportedOverflowCount = 0
  private(set) var retryDue: Int64?
  /// Health events of the daemon itself that neither the journal nor the state took yet, oldest first; of all
  /// others the state keeps account.
  private var undelivered: [HealthEvent] = []
  private static let undeliveredMax = 100
  /// What is done about alerts.
  var actionRunner = ActionRunner()
  /// Alerts that something is done about already, while the journal does not take them.
  private var actedOn: Set<Alert.ID> = []

  private struct SourceProblem: Hashable {
    var source: String
    var sentence: String
  }

  private enum Problem: Comparable {
    case state, journal, status, restoring, damage
  }

  private static let retryMicroseconds: Int64 = 5_000_000
  /// While the disk is full, counting goes on in memory for this many commits; then reading waits.
  private static let waitingMax = 8
  private static let forecastsKeptHours = 24 * 120

  init(settings: ServiceSettings, journal: Journal, log: Log) throws {
    try Self.makeFolder(of: settings.statePath)
    let lock = try LockFile(settings.statePath + ".lock")
    let (state, damage) = try Self.openedState(settings.statePath)
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
    problems[.damage] = damage
    if let damage { notify(Self.stateProblem(damage, isOver: false)) }
    deliverAlerts()
  }

  /// Opens the state; one that is damaged is kept under another name, and a new one begun, which the logs fill
  /// again. Who has the lock is alone with it.
  private static func openedState(_ path: String) throws -> (StateFile, damage: String?) {
    do {
      return (try StateFile(path: path), nil)
    } catch StateFileError.corrupt(_, let reason) {
      let time = UTCTime(seconds: WallClock.nowSeconds).text.filter { $0 != ":" && $0 != "-" }
      let aside = "\(path).damaged-\(time)"
      // What the write-ahead log holds belongs to it, and to no other.
      for suffix in ["", "-wal", "-shm"]
      where FileManager.default.fileExists(atPath: path + suffix) {
        try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
      }
      let text =
        "the state was damaged (\(reason)) and moved to \(aside); all is learned anew from the logs"
      return (try StateFile(path: path), text)
    }
  }

  /// Goes on under other settings; throws, and changes nothing, if that cannot be.
  mutating func reopen(_ settings: ServiceSettings) throws {
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
    loaded = nil
    reportedOverflowCount = 0
  }

  private static func makeFolder(of path: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw StateFileError.unusable(
        path, reason: "no folder \(folder) can be made: \(error.localizedDescription)")
    }
  }

  private static func restoredMonitor(
    _ settings: ServiceSettings, _ state: StateFile
  ) throws -> (Monitor, String?) {
    var monitor = Monitor(settings: settings.monitor)
    let relearned = monitor.restore(try state.storedState(), now: WallClock.nowSeconds)
    let problem =
      relearned.isEmpty
      ? nil : "\(relearned.count) streams are learned anew from their counts"
    return (monitor, problem)
  }

  private static func intake(
    _ settings: ServiceSettings, _ state: StateFile, _ monitor: borrowing Monitor,
    reusing old: [any LineFeed]
  ) throws -> Intake {
    try Intake(
      settings: settings, positions: try state.positions(), cursors: try state.cursors(),
      watermarks: monitor.sources.map(\.watermark), reusing: old,
      nowSeconds: Double(WallClock.monotonicMicroseconds) / 1e6)
  }

  // MARK: - Committing

  /// Whether more may be read: not while a stream that was parked is waited for.
  var hasRoom: Bool {
    waiting.count < Self.waitingMax
      && !waiting.contains { if case .load = $0 { true } else { false } }
  }

  mutating func commit(_ changes: Changes) {
    waiting.append(.commit(changes))
    workOff()
  }

  mutating func load(_ streams: [String]) {
    waiting.append(.load(streams))
    workOff()
  }

  mutating func takeLoaded() -> [String: StoredState.Stream]? {
    defer { loaded = nil }
    return loaded
  }

  mutating func retryIfDue() {
    guard let due = retryDue, due <= WallClock.monotonicMicroseconds else { return }
    retryDue = nil
    workOff()
    deliverAlerts()
  }

  private mutating func workOff() {
    var hasNews = false
    while let work = waiting.first {
      do {
        switch work {
        case .commit(let changes):
          let openHour = changes.forecasts.isEmpty ? nil : monitor.openHour
          try state.commit(
            changes, forgettingForecastsBefore: openHour.map { $0 - Self.forecastsKeptHours })
          hasNews = hasNews || changes.hasNews
        case .load(let names): loaded = try state.storedStreams(names)
        }
        waiting.removeFirst()
        resolve(.state)
      } catch {
        report(.state, "the state cannot be used, and will be tried again: \(error)")
        return
      }
    }
    if hasNews { deliverAlerts() }
  }

  // MARK: - Telling

  /// Alerts are told after they are stored, and marked after they are told: a crash in between tells one
  /// twice rather than never, and its ID says it is the same.
  private mutating func deliverAlerts() {
    do {
      let alerts = try state.undeliveredAlerts()
      let news =
        alerts.map { ($0.id, AlertPayload($0, unit: unit(of: $0))) }
        + (try state.undeliveredHealthEvents().map { ($0.id, AlertPayload($0)) })
      for (id, payload) in news where actedOn.insert(id).inserted {
        actionRunner.add(AlertAction.all(for: payload, settings.actions))
      }
      try deliverPending()
      for (id, payload) in news {
        try journal.send(JournalMessage(payload))
        try state.markDelivered(id)
        actedOn.remove(id)
      }
      resolve(.journal)
    } catch {
      report(.journal, "alerts cannot be told, and will be tried again: \(error)")
    }
  }

  private func unit(of alert: Alert) -> String? {
    monitor.streams[alert.stream].flatMap { settings.sources[$0.source].unit }
  }

  private static func stateProblem(_ text: String, isOver: Bool) -> HealthEvent {
    HealthEvent(
      .stateProblem, isOver: isOver, hour: Int(WallClock.nowSeconds / 3600), reason: text)
  }

  /// Delivers a health event of the daemon itself at once or, if the journal is away, keeps it in the state.
  private mutating func notify(_ event: HealthEvent) {
    // Of more than so many problems it is the newest that count.
    if undelivered.count == Self.undeliveredMax { undelivered.removeFirst() }
    undelivered.append(event)
    do {
      try deliverPending()
    } catch {
      // It stays in memory if the state is what is wrong.
      if (try? state.keep(undelivered)) != nil { undelivered = [] }
      retryDue = retryDue ?? WallClock.monotonicMicroseconds + Self.retryMicroseconds
    }
  }

  private mutating func deliverPending() throws {
    while let event = undelivered.first {
      try journal.send(JournalMessage(AlertPayload(event)))
      undelivered.removeFirst()
    }
  }

  private mutating func report(_ problem: Problem, _ text: String) {
    if problems.updateValue(text, forKey: problem) == nil {
      notify(Self.stateProblem(text, isOver: false))
    }
    retryDue = retryDue ?? WallClock.monotonicMicroseconds + Self.retryMicroseconds
  }

  private mutating func resolve(_ problem: Problem) {
    if let text = problems.removeValue(forKey: problem) {
      notify(Self.stateProblem(text, isOver: true))
    }
  }

  // MARK: - Acting

  /// Goes on with what is done about alerts, and says what failed.
  ///
  /// - Returns: Whether any of it ended, so that the status has changed.
  mutating func act<Source>(_ poller: inout Poller<Source>, as source: Source) -> Bool {
    let allEnded = actionRunner.advance(settings.actions, &poller, as: source)
    for ended in allEnded {
      guard let failure = ended.failure else { continue }
      var fields = [
        Field("HARBINGER_ACTION", ended.action.kind.rawValue), Field("HARBINGER_REASON", failure),
        Field("HARBINGER_ALERT_ID", ended.action.payload.alertId),
      ]
      if let stream = ended.action.payload.stream {
        fields.append(Field("HARBINGER_STREAM", stream))
      }
      log.write(
        .warning, ended.isTriedAgain ? "An action failed, and is tried again" : "An action failed",
        id: .actionFailed, fields: fields)
    }
    return !allEnded.isEmpty
  }

  // MARK: - Publishing

  mutating func publish(uptimeSeconds: Int, problems others: [String]) {
    reportSourceProblems()
    do {
      let status = try report(uptimeSeconds: uptimeSeconds, problems: others)
      try Self.makeFolder(of: settings.statusPath)
      let json = try status.json()
      try SmallFile.replace(settings.statusPath, with: json.span)
      let metrics = Array(PrometheusText(status).text.utf8)
      let folder = URL(filePath: settings.statusPath).deletingLastPathComponent()
      try SmallFile.replace(folder.appending(path: "metrics.prom").path, with: metrics.span)
      resolve(.status)
    } catch {
      report(.status, "the status file cannot be written: \(error)")
    }
  }

  /// What keeps a source from being read, once for as long as it does.
  private mutating func reportSourceProblems() {
    var found: [SourceProblem: Bool] = [:]
    for source in monitor.sources.indices {
      for problem in intake.status(source: source).problems {
        let told = SourceProblem(source: monitor.sources[source].name, sentence: problem.sentence)
        found[told] = problem.isExpected
      }
    }
    for (problem, isExpected) in found where reportedProblems[problem] == nil {
      log.write(
        isExpected ? .info : .error, "A source is not read as it should be", id: .sourceProblem,
        fields: [
          Field("HARBINGER_SOURCE", problem.source), Field("HARBINGER_REASON", problem.sentence),
        ])
    }
    reportedProblems = found
    if intake.overflowCount > reportedOverflowCount {
      log.write(
        .warning, "inotify events were dropped, and all files looked at again", id: .sourceProblem)
    }
    reportedOverflowCount = intake.overflowCount
  }

  private func report(uptimeSeconds: Int, problems others: [String]) throws -> StatusReport {
    let allProblems = problems.sorted { $0.key < $1.key }.map(\.value) + others
    return StatusReport(
      version: Version.text, pid: Int(ProcessInfo.processInfo.processIdentifier),
      written: UTCTime(seconds: WallClock.nowSeconds).text, uptimeSeconds: uptimeSeconds,
      sources: monitor.sources.indices.map {
        StatusReport.Source(
          monitor.sources[$0], intake.status(source: $0), stalledBits: settings.stalledBits)
      },
      streams: monitor.streams.keys.sorted().compactMap { name in
        monitor.streams[name].map {
          StatusReport.Stream(name: name, $0, monitor.alertSettings(of: name))
        }
      },
      parkedStreams: monitor.parkedCount,
      training: StatusReport.Training(monitor.training, monitor.modelWatch),
      actions: StatusReport.Actions(actionRunner),
      statePath: settings.statePath, stateBytes: try state.sizeBytes(),
      residentBytes: ProcessFacts.residentBytes ?? 0, problems: allProblems)
  }

  /// What it does, in one line:
  /// `3 streams · next: backup 02:00Z p=0.93 · trained 2026-11-23T00:00Z · skill 0.29`.
  var summary: String {
    let streams = monitor.streams
    var parts = [streams.count == 1 ? "1 stream" : "\(streams.count) streams"]
    if monitor.parkedCount > 0 { parts.append("\(monitor.parkedCount) parked") }
    var lag: Int64 = 0
    for index in monitor.sources.indices { lag += intake.status(source: index).lagBytes }
    if lag > 1_000_000 { parts.append("\(lag / 1_000_000) MB to read") }
    let next = streams.compactMap { name, stream in
      stream.forecaster.forecasts.max { $0.probability < $1.probability }.map { best in
        (name, stream.forecaster.origin + best.lead, best.probability)
      }
    }.max { ($0.2, $1.0) < ($1.2, $0.0) }
    if let (name, hour, probability) = next {
      let time = UTCTime(hour: hour).text.dropFirst(11).prefix(5)
      let shown = String(escapedForDisplay: name, limit: 40)
      parts.append("next: \(shown) \(time)Z p=\(Decimals.digits(probability))")
    }
    // Not how long ago: nothing would wake an idle daemon to say so anew.
    if let hour = monitor.training.lastHour {
      parts.append("trained \(UTCTime(hour: hour).text.prefix(16))Z")
    } else {
      parts.append("too little data to train")
    }
    let skills = streams.values.compactMap { $0.forecaster.scores.first }
      .filter { !$0.isEmpty }.map { $0.skill(against: BaseRate.self) }
    if !skills.isEmpty {
      let mean = skills.reduce(0, +) / Double(skills.count)
      parts.append("skill \((mean * 100).rounded() / 100)")
    }
    return parts.joined(separator: " · ")
  }
}
