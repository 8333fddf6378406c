import Alerts
import Arithmetic
import Forecasting
package import Host
import Monitoring
import Records
import Reporting
package import Settings
import Storage

/// The one loop: wait, read a little, let the monitor think, do what it wants; again.
///
/// Everything happens on one thread but training, which works on a copy and comes back as an event. The log
/// files are the queue: nothing is read before there is room for what it comes to.
package struct Daemon: ~Copyable {
  private static let retryMicroseconds: Int64 = 5_000_000
  private static let statusMicroseconds: Int64 = 5_000_000
  /// Requests that come all the time have so much written to the status, on average.
  private static let statusBytesPerSecond: Int64 = 20_000

  let settingsFile: SettingsFile
  let time: TimeSource
  let notifier: Notifier
  var log: Log
  var session: Session
  var dispatcher: AlertDispatcher
  var publisher: StatusPublisher
  var problems = OpenProblems()
  var training: TrainingRunner
  let mounts = MountWatcher()
  /// The session is to be reopened from what was committed, as soon as all is.
  var isRestartDue = false
  var isStopping = false
  var nextWatchdog: Int64?
  var statusDue: Int64?
  /// Not before, unless it is requested.
  var statusAllowed: Int64 = 0
  /// When they were last looked at: a change is reported at once.
  var sourceProblems: [[IntakeProblem]] = []
  var retryDue: Int64?

  private init(
    settingsFile: SettingsFile, time: TimeSource, notifier: Notifier, log: Log,
    session: consuming Session, dispatcher: consuming AlertDispatcher,
    training: consuming TrainingRunner
  ) {
    self.settingsFile = settingsFile
    self.time = time
    self.notifier = notifier
    self.log = log
    self.session = session
    self.dispatcher = dispatcher
    self.training = training
    publisher = StatusPublisher(time: time)
    nextWatchdog = notifier.watchdogMicroseconds.map { $0 + time.monotonicMicroseconds() }
  }

  /// Opens all that it works with.
  ///
  /// - Throws: `LockFile.Failure`, `StateFileError`, `SystemError`
  package static func open(
    settingsFile: SettingsFile, settings: ServiceSettings, journal: Journal,
    time: TimeSource = .machine
  ) throws -> Daemon {
    let notifier = Notifier()
    var lifeSigns = LifeSigns(notifier, time)
    var daemon = Daemon(
      settingsFile: settingsFile, time: time, notifier: notifier, log: Log(journal),
      session: try Session.open(settings, time: time) { lifeSigns.send() },
      dispatcher: AlertDispatcher(journal: journal, time: time),
      training: try TrainingRunner(time: time))
    daemon.reportRestored()
    if let damage = daemon.session.writer.state.damage { daemon.begin(.damage, damage) }
    try daemon.dispatcher.resumeActions(daemon.session, daemon.log)
    daemon.deliverAlerts()
    return daemon
  }

  /// Works until it is asked to stop.
  ///
  /// - Throws: `SystemError`, when the machine cannot wait any more.
  package mutating func run(_ triggers: inout some Triggers & ~Copyable) throws {
    triggers.poller.watch(training.descriptor, as: .thread)
    if mounts.descriptor >= 0 {
      triggers.poller.watch(mounts.descriptor, as: .mounts, events: MountWatcher.events)
    }
    watchSources(&triggers)
    try armClock(&triggers)
    notifier.ready()
    log.write(
      .info, "Harbinger started", id: .started, fields: settingsFile.fields)
    tick()
    // Who starts the service looks at its status at once.
    publish()
    CodePages.release()
    while !isStopping {
      let woken = try triggers.wait(until: deadline)
      if !woken.contains(where: \.isFailure) { end(.waiting) }
      for trigger in woken { try respond(to: trigger, &triggers) }
      if let streams = session.writer.takeLoaded() {
        handle(.loaded(streams))
      } else if session.writer.hasRoom && session.monitor.hasHoursToClose {
        tick()
      } else {
        readOn()
      }
      try retryIfDue(&triggers)
      if dispatcher.hasMore { deliverAlerts() }
      if dispatcher.act(session, &triggers.poller, as: .process, log) {
        statusDue = 0
      }
      publishIfDue()
      feedWatchdog()
    }
    stop()
  }

  // MARK: - Waiting

  /// When to wake even if nothing happens; a time past: at once, for there is work.
  private var deadline: Int64? {
    let hasWork = session.monitor.hasHoursToClose || !session.intake.ready.isEmpty
    if hasWork && session.writer.hasRoom || session.writer.loaded != nil || dispatcher.hasMore {
      return 0
    }
    let intake = session.intake.deadlineSeconds.map { Int64($0 * 1e6) }
    let status = statusDue.map { max($0, statusAllowed) }
    return [intake, nextWatchdog, status, retryDue, dispatcher.actionRunner.deadline]
      .compactMap { $0 }.min()
  }

  mutating func watchSources(_ triggers: inout some Triggers & ~Copyable) {
    for descriptor in session.intake.descriptors {
      triggers.poller.watch(descriptor, as: .sources)
    }
    session.intake.refresh(nowSeconds: time.monotonicSeconds)
    for event in session.intake.discovered() { handle(event) }
  }

  /// For the end of the running hour, when the lines that are late have had their time.
  func armClock(_ triggers: inout some Triggers & ~Copyable) throws {
    let grace = Int64(session.settings.graceSeconds)
    var end: Int64
    repeat {
      end = (floorDivide(time.nowSeconds - grace, 3600) + 1) * 3600 + grace
      // Set since the time was read, it is the end of another hour.
    } while try triggers.arm(atSeconds: end)
  }

  private mutating func respond(
    to trigger: Trigger, _ triggers: inout some Triggers & ~Copyable
  ) throws {
    switch trigger {
    case .request(let request): try respond(to: request, &triggers)
    case .clock(let jump):
      try notice(jump, &triggers)
      // What was written before the hour's end may not have been noticed yet.
      refreshSources()
      if session.writer.hasRoom { tick() }
      try armClock(&triggers)
      statusDue = 0
    case .sources: refreshSources()
    case .mounts:
      session.intake.rescanFiles()
      refreshSources()
    case .thread: finishTraining()
    case .failing(let error):
      begin(.waiting, "nothing can be waited for, and will be tried again: \(error)")
    case .process:
      // Actions that ended, and those that are due, are handled after the reading.
      break
    }
  }

  private mutating func respond(
    to request: Signals.Request, _ triggers: inout some Triggers & ~Copyable
  ) throws {
    switch request {
    case .stop: isStopping = true
    case .reload: try reload(&triggers)
    case .retrain:
      log.write(.info, "Training requested")
      handle(.retrainRequested)
    case .report:
      log.write(.info, session.summary(now: time.nowSeconds), id: .summary)
      publish()
    case .debugOn: log.leastPriority = .debug
    case .debugOff: log.leastPriority = .info
    }
  }

  /// Smaller corrections are usual.
  private static let jumpSecondsMin: Int64 = 10

  /// Logs jumps of the clock and sleep of the machine, and raises no alert for hours that were not observed.
  private mutating func notice(
    _ jump: ClockJumps.Jump, _ triggers: inout some Triggers & ~Copyable
  ) throws {
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
      handle(.timeSkipped(now: time.nowSeconds))
    }
    if jump.setSeconds <= -3600 * Int64(Monitor.aheadHoursMax) {
      isRestartDue = true
      try restartIfDue(&triggers)
    }
  }

  // MARK: - Working

  /// Closes the hours that are over; of sources with lines that are not read yet, only those that the lines are past.
  mutating func tick() {
    handle(.tick(now: time.nowSeconds, unread: session.intake.ready))
  }

  /// One chunk of the source that is furthest behind, so that signals and the clock are never far away.
  private mutating func readOn() {
    if let due = session.intake.deadlineSeconds, due <= time.monotonicSeconds {
      refreshSources()
    }
    let ready = session.writer.hasRoom ? session.intake.ready : []
    guard let source = session.monitor.nextSource(among: ready) else { return }
    handle(session.intake.next(source: source, now: time.nowSeconds))
  }

  private mutating func refreshSources() {
    session.intake.refresh(nowSeconds: time.monotonicSeconds)
    let problems = session.intake.problems
    if problems != sourceProblems {
      sourceProblems = problems
      statusDue = 0
    }
  }

  mutating func handle(_ event: Event) {
    for effect in session.monitor.handle(event) {
      switch effect {
      case .commit(let changes):
        log.write(.debug, "Committing", fields: changes.fields)
        session.writer.add(changes)
        write()
      case .load(let streams):
        session.writer.add(loadOf: streams)
        write()
      case .train(let job): train(job)
      case .publish: statusDue = 0
      }
    }
    // That there is nothing to read is no news: where status and log share a folder, each status makes the
    // folder be looked at, and would be followed by another.
    if case .drained(_, let positions) = event, positions.isEmpty { return }
    let interval = Int64(publisher.writtenBytes) * 1_000_000 / Self.statusBytesPerSecond
    statusDue =
      statusDue ?? time.monotonicMicroseconds() + max(Self.statusMicroseconds, interval)
  }

  mutating func write() {
    do {
      let hasAlerts = try session.writer.write(
        openHour: session.monitor.openHour, presentHour: Int(floorDivide(time.nowSeconds, 3600)),
        streamCount: session.monitor.streams.count)
      end(.state)
      if hasAlerts { deliverAlerts() }
    } catch {
      begin(.state, "the state cannot be used, and will be tried again: \(error)")
    }
  }

  mutating func retryLater() {
    retryDue = retryDue ?? time.monotonicMicroseconds() + Self.retryMicroseconds
  }

  private mutating func retryIfDue(_ triggers: inout some Triggers & ~Copyable) throws {
    guard let due = retryDue, due <= time.monotonicMicroseconds() else { return }
    retryDue = nil
    if !session.writer.isIdle { write() }
    // Hours may have ended while there was no room for what they come to.
    let hasHours = session.monitor.hoursLeft(at: time.nowSeconds) > 0
    if hasHours && session.writer.hasRoom { tick() }
    deliverAlerts()
    try restartIfDue(&triggers)
  }

  // MARK: - Training

  private mutating func train(_ job: TrainingJob) {
    do throws(SystemError) {
      try training.start(job)
    } catch {
      log.write(.error, "Training could not start", fields: [Field("HARBINGER_REASON", "\(error)")])
      handle(.trained(job.skipped()))
    }
  }

  private mutating func finishTraining() {
    if let outcome = training.takeOutcome() {
      // Of an old log there are four for each of its days; of these only the last is news.
      let next = outcome.report.endHour + session.settings.training.everyHours
      let isCatchingUp = Int64(next) * 3600 <= time.nowSeconds
      log.write(
        isCatchingUp ? .debug : .info,
        outcome.report.isAdopted ? "Network adopted" : "Network not adopted", id: .trained,
        fields: outcome.report.fields)
      handle(.trained(outcome))
      // An idle daemon holds no more than it needs to wait.
      if !isCatchingUp { CodePages.release() }
    }
    if let job = training.takeWaiting() { train(job) }
  }

  // MARK: - Reporting

  private mutating func deliverAlerts() {
    do {
      try dispatcher.deliver(by: session)
      if dispatcher.isStateAwaited { retryLater() }
      end(.journal)
    } catch {
      begin(.journal, "alerts cannot be delivered, and will be tried again: \(error)")
    }
  }

  private mutating func begin(_ problem: OpenProblems.Kind, _ text: String) {
    if problems.begin(problem, text) { report(text, isOver: false) }
    retryLater()
  }

  private mutating func end(_ problem: OpenProblems.Kind) {
    if let text = problems.end(problem) { report(text, isOver: true) }
  }

  private mutating func report(_ problem: String, isOver: Bool) {
    let hour = Int(floorDivide(time.nowSeconds, 3600))
    dispatcher.add(
      Alert(
        .stateProblem, about: .service, isOver: isOver, hour: hour,
        facts: Alert.Facts(reason: problem)))
    // Why it cannot be delivered may be what is reported: that is tried again, and not reported in turn.
    do {
      try dispatcher.deliver(by: session)
    } catch {
      retryLater()
    }
    if dispatcher.isStateAwaited { retryLater() }
  }

  private mutating func publishIfDue() {
    // Once an hour's end, and not of a half of it, unless the other half has to wait for room.
    guard !session.monitor.isPartlyClosed || !session.writer.hasRoom else { return }
    let now = time.monotonicMicroseconds()
    if let due = statusDue, max(due, statusAllowed) <= now { publish() }
  }

  /// So much of the time at most goes into the status, however many streams there are.
  private static let publishingShare: Int64 = 20

  mutating func publish() {
    // What is shown of all streams is as of the same hour.
    guard !session.monitor.isRestoring else {
      statusDue = 0
      return
    }
    statusDue = nil
    let start = time.monotonicMicroseconds()
    // What happened before it is over, and the status is to say what is needed.
    ProcessMemory.returnUnused()
    let actions = StatusReport.Actions(dispatcher.actionRunner)
    do {
      try publisher.publish(session, actions, problems: problems.all, log)
      end(.status)
    } catch {
      begin(.status, "the status file cannot be written: \(error)")
    }
    notifier.status(session.summary(now: time.nowSeconds))
    let end = time.monotonicMicroseconds()
    statusAllowed = end + Self.publishingShare * (end - start)
  }

  private mutating func feedWatchdog() {
    guard let interval = notifier.watchdogMicroseconds, let due = nextWatchdog,
      due <= time.monotonicMicroseconds()
    else { return }
    notifier.watchdog()
    nextWatchdog = time.monotonicMicroseconds() + interval
  }
}
