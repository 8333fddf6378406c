import Foundation
package import Host
import Reporting
package import Settings

/// A member of a consumer group that shares a topic with those on other machines: it holds the partitions that it is
/// given, each with a process that counts its records, and hands them over when they are wanted elsewhere.
///
/// It counts and learns nothing itself. All that takes long is done by processes and threads, so that it answers the
/// group, signals and the watchdog at once.
package struct Member: ~Copyable {
  private let settingsFile: SettingsFile
  private var settings: ServiceSettings
  private let topic: KafkaTopic
  private let time = TimeSource.machine
  private let notifier = Notifier()
  private var log: Log
  private let lock: LockFile
  /// Finds out whether the topics are there, before the group is joined.
  private var survey: BackgroundThread<Result<Int, Failure>>
  private var surveyDue: Int64? = 0
  /// What it found wrong with the topics.
  private var surveyFailure: String?
  private var group: KafkaGroup?
  private var held: [Int32: HeldPartition] = [:]
  private var assigned: Set<Int32> = []
  private var lostStates = LostStates()
  /// Partitions that are to be given back, by event.
  private var leaving: [[Int32]] = []
  private var isStopping = false
  private var nextWatchdog: Int64?
  /// What the machine did not grant in this turn.
  private var obstacle: String?
  /// What was last logged, told the service manager, and written.
  private var reported: String?
  private var summaryTold = ""
  private var written: MemberStatus?

  private struct Failure: Error {
    let sentence: String
  }

  private static let second: Int64 = 1_000_000
  private static let surveyInterval = 30 * second
  private static let pollInterval = 60 * second
  /// How many partitions are stopped, written or read at a time: each takes a processor.
  private static let workersMax = min(max(ProcessInfo.processInfo.activeProcessorCount, 2), 16)
  private static let stopLifeSignSeconds = 150
  /// As in the unit, for processes of a member that has no watchdog itself.
  private static let usualWatchdog = 120 * second

  private init(
    settingsFile: SettingsFile, settings: ServiceSettings, topic: KafkaTopic, log: Log,
    lock: consuming LockFile, survey: consuming BackgroundThread<Result<Int, Failure>>
  ) {
    self.settingsFile = settingsFile
    self.settings = settings
    self.topic = topic
    self.log = log
    self.lock = lock
    self.survey = survey
    nextWatchdog = notifier.watchdogMicroseconds.map { $0 + time.monotonicMicroseconds() }
  }

  /// - Parameter topic: The topic of the settings that it shares with others.
  /// - Throws: `LockFile.Failure`, `StateFileError`, `SystemError`
  package static func open(
    settingsFile: SettingsFile, settings: ServiceSettings, topic: KafkaTopic, journal: Journal
  ) throws -> Member {
    for path in [settings.statePath, settings.statusPath] { try LockedState.makeFolder(of: path) }
    let lock = try LockFile(settings.statePath + ".lock")
    // Of a member that was killed: what counts is in the state topic.
    for place in [settings.statePath, settings.statusPath] {
      for path in ServiceSettings.paths(ofPartitionsOf: place) {
        try PartitionHandover.removeFolder(of: path)
      }
    }
    return Member(
      settingsFile: settingsFile, settings: settings, topic: topic, log: Log(journal), lock: lock,
      survey: try BackgroundThread())
  }

  /// Works until it is asked to stop, and has handed over what it held.
  ///
  /// - Throws: `SystemError`, when the machine cannot wait any more.
  package mutating func run(_ triggers: inout some Triggers & ~Copyable) throws {
    triggers.poller.watch(survey.descriptor, as: .thread)
    notifier.ready()
    log.write(
      .info, "Harbinger started", id: .started,
      fields: settingsFile.fields + [
        Field("HARBINGER_TOPIC", topic.topic), Field("HARBINGER_GROUP", topic.group),
      ])
    while !isStopping || !held.isEmpty {
      let woken = try triggers.wait(until: deadline)
      obstacle = nil
      for trigger in woken { respond(to: trigger) }
      join(&triggers.poller)
      for event in group?.poll() ?? [] { note(event) }
      hold(&triggers.poller)
      giveBack()
      discardLostStates()
      report()
      feedWatchdog()
    }
    if let group {
      triggers.poller.forget(group.descriptor)
      group.close()
    }
    log.write(.info, "Harbinger stopped", id: .stopped)
  }

  private var deadline: Int64? {
    let now = time.monotonicMicroseconds()
    let isWorkAllowed = workerCount < Self.workersMax
    // Those that wait for a thread are looked at when one has ended.
    let own = held.values.compactMap(\.deadline).map {
      isWorkAllowed ? $0 : max($0, now + Self.second)
    }
    let poll = group == nil ? nil : now + (obstacle == nil ? Self.pollInterval : Self.second)
    return (own + [poll, nextWatchdog, surveyDue].compactMap { $0 }).min()
  }

  private var workerCount: Int { held.values.count { $0.isWorking } }

  // MARK: - Group

  private mutating func join(_ poller: inout Poller<Trigger>) {
    let now = time.monotonicMicroseconds()
    if survey.isBusy, let result = survey.take(), !isStopping {
      surveyDue = now + Self.surveyInterval
      do {
        _ = try result.get()
        let group = try KafkaGroup(topic)
        poller.watch(group.descriptor, as: .sources)
        self.group = group
        (surveyDue, surveyFailure) = (nil, nil)
      } catch let failure as Failure {
        surveyFailure = failure.sentence
      } catch {
        surveyFailure = "\(error)"
      }
    }
    guard let due = surveyDue, due <= now, !survey.isBusy, !isStopping else { return }
    surveyDue = nil
    let topic = topic
    do {
      try survey.start {
        Result { try topic.sharedPartitionCount() }.mapError { Failure(sentence: "\($0)") }
      }
    } catch {
      surveyDue = now + Self.surveyInterval
    }
  }

  private mutating func note(_ event: KafkaGroup.Event) {
    switch event {
    case .assigned(let numbers):
      // While we stop, they stay with us only until the group is left.
      if !isStopping { assigned.formUnion(numbers) }
    case .revoked(let numbers): leave(numbers, isLost: false)
    case .lost(let numbers):
      log.write(
        .warning, "The group has gone on without this member; its processes are ended",
        fields: [Field("HARBINGER_PARTITIONS", Self.list(numbers))])
      leave(numbers, isLost: true)
    }
  }

  private mutating func leave(_ numbers: [Int32], isLost: Bool) {
    assigned.subtract(numbers)
    leaving.append(numbers)
    for number in numbers { held[number]?.leave(isLost: isLost) }
  }

  /// Starts and goes on with what is to be done for each partition.
  private mutating func hold(_ poller: inout Poller<Trigger>) {
    let now = time.monotonicMicroseconds()
    if group?.isLost ?? false {
      for number in leaving.joined() { held[number]?.leave(isLost: true) }
    }
    for number in assigned.sorted() where held[number] == nil {
      let handover = PartitionHandover(settings, topic, partition: number)
      let command = [
        "/proc/self/exe", "run", "--config", settingsFile.path, "--partition", "\(number)",
        "--member", "\(getpid())",
      ]
      do {
        held[number] = try HeldPartition(
          number, handover, formerGeneration: lostStates.generation(of: number), command: command,
          watchdogMicroseconds: notifier.watchdogMicroseconds.map { 2 * $0 } ?? Self.usualWatchdog,
          &poller)
        lostStates.forget(number)
      } catch {
        // It is tried again in a second.
        obstacle = "a partition cannot be taken over: \(error)"
      }
    }
    for (number, partition) in held.sorted(by: { $0.key < $1.key }) {
      let others = held.values.count { $0.isWorking && $0.number != number }
      partition.advance(now, mayWork: others < Self.workersMax, &poller, log)
    }
  }

  /// By now whoever has the partitions has written newer states, unless nobody can write any.
  private mutating func discardLostStates() {
    guard group?.failure == nil else { return }
    for number in lostStates.takeOutdated(now: time.monotonicMicroseconds()) {
      // What cannot be removed now is removed at the next start.
      try? PartitionHandover(settings, topic, partition: number).discard()
    }
  }

  /// Gives partitions back of which nothing is left here.
  private mutating func giveBack() {
    for (number, partition) in held where partition.isReleased {
      if let offset = partition.offset { group?.publish(offset, of: number) }
      if let generation = partition.keptGeneration {
        lostStates.keep(number, generation: generation, now: time.monotonicMicroseconds())
      }
      held[number] = nil
    }
    for numbers in leaving where numbers.allSatisfy({ held[$0] == nil }) {
      group?.release(numbers)
      leaving.removeAll { $0 == numbers }
    }
  }

  // MARK: - Signals

  private mutating func respond(to trigger: Trigger) {
    switch trigger {
    case .request(let request): respond(to: request)
    case .failing(let error):
      obstacle = "nothing can be waited for, and will be tried again: \(error)"
    case .clock, .mounts, .sources, .thread, .process: break
    }
  }

  private mutating func respond(to request: Signals.Request) {
    switch request {
    case .stop:
      isStopping = true
      notifier.stopping()
      assigned = []
      for partition in held.values { partition.leave(isLost: false) }
      return
    case .reload:
      guard reload() else { return }
    case .report: log.write(.info, summary, id: .summary)
    case .debugOn: log.leastPriority = .debug
    case .debugOff: log.leastPriority = .info
    case .retrain: break
    }
    for partition in held.values { partition.forward(request) }
  }

  /// - Returns: Whether the processes are to do so, too.
  private mutating func reload() -> Bool {
    notifier.reloading()
    defer { notifier.ready() }
    do {
      settings = try settingsFile.reread(settings)
      log.write(.info, "Settings reloaded", id: .reloaded)
      return true
    } catch {
      log.write(
        .error, "Settings not reloaded; the old ones stay", id: .reloadFailed,
        fields: [Field("HARBINGER_REASON", "\(error)")])
      return false
    }
  }

  // MARK: - Reporting

  private static func list(_ numbers: some Sequence<Int32>) -> String {
    numbers.sorted().map(String.init).joined(separator: ", ")
  }

  private var summary: String {
    if group == nil { return "waits for the topic \(topic.topic): \(surveyFailure ?? "")" }
    let held = held.isEmpty ? "no partition" : "partitions \(Self.list(held.keys))"
    return "\(held) of \(topic.topic)" + (isStopping ? ", handing over" : "")
  }

  private mutating func report() {
    let problem = obstacle ?? surveyFailure ?? group?.failure
    if problem != reported { show(problem) }
    let summary = summary
    if summary != summaryTold { notifier.status(summary) }
    (reported, summaryTold) = (problem, summary)
    let status = MemberStatus(
      pid: Int(getpid()), topic: topic.topic, group: topic.group,
      partitions: held.keys.sorted(), problem: problem,
      failures: held.reduce(into: [:]) { $0[Int($1.key)] = $1.value.problem })
    if status != written { write(status) }
  }

  private func show(_ problem: String?) {
    guard let problem else { return }
    log.write(
      .error, "A source is not read as it should be", id: .sourceProblem,
      fields: [
        Field("HARBINGER_SOURCE", settings.sources[0].name), Field("HARBINGER_REASON", problem),
      ])
  }

  /// Beside the place of the status of a daemon, as each partition has one of its own.
  private mutating func write(_ status: MemberStatus) {
    written = status
    do {
      try status.write(settings)
    } catch {
      log.write(
        .warning, "The member's status is not written",
        fields: [Field("HARBINGER_REASON", "\(error)")])
    }
  }

  private mutating func feedWatchdog() {
    if isStopping { notifier.extendTimeout(seconds: Self.stopLifeSignSeconds) }
    let now = time.monotonicMicroseconds()
    guard let interval = notifier.watchdogMicroseconds, let due = nextWatchdog, due <= now else {
      return
    }
    notifier.watchdog()
    nextWatchdog = now + interval
  }
}
