import ArgumentParser
import Arithmetic
import Forecasting
import Host
import Monitoring
import Records
import Reporting
import Settings
import Storage

/// The one loop: wait, read a little, let the monitor think, do what it wants; again.
///
/// Everything happens on one thread but training, which works on a copy and comes back as an event. The log
/// files are the queue: nothing is read before there is room for what it comes to.
struct Daemon: ~Copyable {
  private enum Wakeup {
    case signal, clock, sources, training, actionRunner
  }

  private static let restoringSecondsMax = 600

  private let settingsPath: String
  private let signals: Signals
  private let clock: WallClock
  private let notifier: Notifier
  private let startedAt = WallClock.monotonicMicroseconds
  private var clockJumps = ClockJumps()
  private var log: Log
  private var poller = Poller<Wakeup>()
  private var training: BackgroundThread<TrainingOutcome>
  /// The job that waits for a thread that works for settings we no longer have.
  private var waitingJob: TrainingJob?
  private var isTrainingStale = false
  private var session: Session
  private var isStopping = false
  private var nextWatchdog: Int64?
  private var statusDue: Int64?
  private var settingsProblem: String?

  /// - Throws: `ExitCode`, after saying why.
  init(settingsPath: String, settings: ServiceSettings, signals: consuming Signals) throws {
    let journal = Journal.automatic()
    let log = Log(journal)
    let clock = try WallClock()
    let training = try BackgroundThread<TrainingOutcome>()
    let notifier = Notifier()
    // A large state takes longer to read than a service may usually take to start.
    notifier.extendTimeout(seconds: Self.restoringSecondsMax)
    let session = try Session(settings: settings, journal: journal, log: log)
    poller.watch(signals.descriptor, as: .signal)
    poller.watch(clock.descriptor, as: .clock)
    poller.watch(training.descriptor, as: .training)
    self.settingsPath = settingsPath
    self.notifier = notifier
    self.log = log
    self.signals = signals
    self.clock = consume clock
    self.training = consume training
    self.session = consume session
    nextWatchdog = notifier.watchdogMicroseconds.map { $0 + WallClock.monotonicMicroseconds }
  }

  /// Works until it is told to stop.
  mutating func run() throws {
    watchSources()
    try armClock()
    notifier.ready()
    log.write(
      .info, "Harbinger started", id: .started,
      fields: [Field("HARBINGER_VERSION", Version.text), Field("HARBINGER_SETTINGS", settingsPath)])
    handle(.tick(now: WallClock.nowSeconds))
    // Whoever started it asks at once how it is.
    publish()
    CodePages.release()
    while !isStopping {
      for wakeup in try poller.wait(until: deadline) { try respond(to: wakeup) }
      if let streams = session.takeLoaded() {
        handle(.loaded(streams))
      } else if session.monitor.hasHoursToClose {
        handle(.tick(now: WallClock.nowSeconds))
      } else {
        readOn()
      }
      session.retryIfDue()
      if session.act(&poller, as: .actionRunner) { statusDue = 0 }
      publishIfDue()
      feedWatchdog()
    }
    stop()
  }

  // MARK: - Waiting

  /// When to wake even if nothing happens; a time past: at once, for there are lines to read.
  private var deadline: Int64? {
    if session.monitor.hasHoursToClose || session.loaded != nil { return 0 }
    if session.hasRoom && !session.intake.ready.isEmpty { return 0 }
    let intake = session.intake.deadlineSeconds.map { Int64($0 * 1e6) }
    return [intake, nextWatchdog, statusDue, session.retryDue, session.actionRunner.deadline]
      .compactMap { $0 }.min()
  }

  private mutating func watchSources() {
    for descriptor in session.intake.descriptors { poller.watch(descriptor, as: .sources) }
    session.intake.refresh(nowSeconds: Self.monotonicSeconds)
    for event in session.intake.discovered() { handle(event) }
  }

  private static var monotonicSeconds: Double { Double(WallClock.monotonicMicroseconds) / 1e6 }

  /// For the end of the running hour, when the lines that are late have had their time.
  private func armClock() throws {
    let grace = Int64(session.settings.graceSeconds)
    var end: Int64
    repeat {
      end = (floorDivide(WallClock.nowSeconds - grace, 3600) + 1) * 3600 + grace
      // Set since the time was read, it is the end of another hour.
    } while try clock.arm(atSeconds: end) == .stepped
  }

  /// Less is put right by every clock now and then.
  private static let jumpSecondsMin: Int64 = 10

  /// Says what the clock did but pass, and does not hold the hours that nobody saw against anybody.
  private mutating func noticeJump() throws {
    let jump = clockJumps.take()
    if jump.setSeconds.magnitude >= Self.jumpSecondsMin {
      log.write(
        .notice, "The clock was set", id: .clockSet,
        fields: [Field("HARBINGER_SET_SECONDS", Int(jump.setSeconds))])
    }
    if jump.asleepSeconds >= Self.jumpSecondsMin {
      log.write(
        .info, "The machine was asleep", id: .asleep,
        fields: [Field("HARBINGER_ASLEEP_SECONDS", Int(jump.asleepSeconds))])
    }
    if jump.setSeconds + jump.asleepSeconds >= Self.jumpSecondsMin {
      handle(.timeSkipped(now: WallClock.nowSeconds))
    }
    if jump.setSeconds <= -3600 * Int64(Monitor.aheadHoursMax) {
      try reopen(session.settings)
    }
  }

  private mutating func respond(to wakeup: Wakeup) throws {
    switch wakeup {
    case .signal:
      for request in try signals.take() { try respond(to: request) }
    case .clock:
      _ = try clock.take()
      try noticeJump()
      handle(.tick(now: WallClock.nowSeconds))
      try armClock()
      statusDue = 0
    case .sources:
      session.intake.refresh(nowSeconds: Self.monotonicSeconds)
    case .training:
      finishTraining()
    case .actionRunner:
      // Whoever has ended is seen to after the reading, as is whoever is due.
      break
    }
  }

  private mutating func respond(to request: Signals.Request) throws {
    switch request {
    case .stop: isStopping = true
    case .reload: try reload()
    case .retrain:
      log.write(.info, "Training requested")
      handle(.retrainRequested)
    case .report:
      log.write(.info, session.summary, id: .summary)
      publish()
    case .debugOn: log.leastPriority = .debug
    case .debugOff: log.leastPriority = .info
    }
  }

  // MARK: - Working

  /// One chunk of the source that is furthest behind, so that signals and the clock are never far away.
  private mutating func readOn() {
    if let due = session.intake.deadlineSeconds, due <= Self.monotonicSeconds {
      session.intake.refresh(nowSeconds: Self.monotonicSeconds)
    }
    let ready = session.hasRoom ? session.intake.ready : []
    guard let source = session.monitor.nextSource(among: ready) else { return }
    handle(session.intake.next(source: source, now: WallClock.nowSeconds))
  }

  private mutating func handle(_ event: Event) {
    for effect in session.monitor.handle(event) {
      switch effect {
      case .commit(let changes):
        if log.leastPriority == .debug { say(changes) }
        session.commit(changes)
      case .load(let streams): session.load(streams)
      case .train(let job): train(job)
      case .publish: statusDue = 0
      }
    }
    // That there is nothing to read is no news: where status and log share a folder, each status makes the
    // folder be looked at, and would be followed by another.
    if case .drained(_, let positions) = event, positions.isEmpty { return }
    statusDue = statusDue ?? WallClock.monotonicMicroseconds + 5_000_000
  }

  private func say(_ changes: Changes) {
    log.write(
      .debug, "Committing",
      fields: [
        Field("HARBINGER_REQUESTS", changes.counts.values.reduce(0, +)),
        Field("HARBINGER_FORECASTS", changes.forecasts.count),
        Field("HARBINGER_ALERTS", changes.alerts.count),
      ])
  }

  // MARK: - Training

  private mutating func train(_ job: TrainingJob) {
    guard !training.isBusy else {
      waitingJob = job
      return
    }
    do throws(SystemError) {
      try training.start {
        let start = WallClock.monotonicMicroseconds
        var outcome = job.run()
        outcome.report.durationSeconds = Double(WallClock.monotonicMicroseconds - start) / 1e6
        return outcome
      }
    } catch {
      log.write(.error, "Training could not start", fields: [Field("HARBINGER_REASON", "\(error)")])
      handle(.trained(job.skipped()))
    }
  }

  private mutating func finishTraining() {
    guard let outcome = training.take() else { return }
    if isTrainingStale {
      isTrainingStale = false
    } else {
      // Of an old log there are four for each of its days; of these only the last is news.
      let next = outcome.report.endHour + session.settings.training.everyHours
      let isCatchingUp = Int64(next) * 3600 <= WallClock.nowSeconds
      log.write(
        isCatchingUp ? .debug : .info,
        outcome.report.isAdopted ? "Network adopted" : "Network not adopted", id: .trained,
        fields: outcome.report.fields)
      handle(.trained(outcome))
      // An idle daemon holds no more than it needs to wait.
      if !isCatchingUp { CodePages.release() }
    }
    if let job = waitingJob {
      waitingJob = nil
      train(job)
    }
  }

  // MARK: - Reloading and stopping

  /// A whole new set of settings, or none: what cannot be used changes nothing.
  private mutating func reload() throws {
    notifier.reloading()
    defer { notifier.ready() }
    do {
      let settings = try SettingsReader.ofThisMachine.read(path: settingsPath)
      let changes = settings.differences(from: session.settings)
      try reopen(settings)
      settingsProblem = nil
      log.write(
        .info, "Settings reloaded", id: .reloaded,
        fields: [Field("HARBINGER_CHANGES", changes.joined(separator: "; "))])
      handle(.tick(now: WallClock.nowSeconds))
    } catch {
      settingsProblem = "settings not reloaded: \(error)"
      log.write(
        .error, "Settings not reloaded; the old ones stay", id: .reloadFailed,
        fields: [Field("HARBINGER_REASON", "\(error)")])
    }
    publish()
  }

  /// Goes on from what was committed, exactly as after a restart.
  private mutating func reopen(_ settings: ServiceSettings) throws {
    handle(.stopping)
    let descriptors = session.intake.descriptors
    try session.reopen(settings)
    for descriptor in descriptors { poller.forget(descriptor) }
    isTrainingStale = training.isBusy
    waitingJob = nil
    watchSources()
    try armClock()
  }

  private mutating func stop() {
    notifier.stopping()
    handle(.stopping)
    publish()
    session.actionRunner.terminate()
    log.write(.info, "Harbinger stopped", id: .stopped)
  }

  // MARK: - Telling

  private mutating func publishIfDue() {
    if let due = statusDue, due <= WallClock.monotonicMicroseconds { publish() }
  }

  private mutating func publish() {
    statusDue = nil
    session.publish(
      uptimeSeconds: Int((WallClock.monotonicMicroseconds - startedAt) / 1_000_000),
      problems: [settingsProblem].compactMap { $0 })
    notifier.status(session.summary)
  }

  private mutating func feedWatchdog() {
    guard let interval = notifier.watchdogMicroseconds, let due = nextWatchdog,
      due <= WallClock.monotonicMicroseconds
    else { return }
    notifier.watchdog()
    nextWatchdog = WallClock.monotonicMicroseconds + interval
  }
}

typealias Field = JournalMessage.Field
