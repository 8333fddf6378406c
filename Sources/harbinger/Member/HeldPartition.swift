internal import ArgumentParser
import Foundation
package import Host
import Reporting

/// A partition that this member holds: its state, the process that counts its records, and what happens next with both.
///
/// A class, because it owns a process and a thread, and several of them lie in one collection.
package final class HeldPartition {
  private enum Stage: Equatable {
    /// The state is read from the state topic.
    case installing
    /// A process counts its records, or is to be started again.
    case running
    /// The process was asked to end.
    case stopping
    /// The state is written to the state topic.
    case saving
    /// Nothing of it is left here.
    case released
  }

  private enum Outcome: Sendable {
    case stored(PartitionHandover.Stored)
    case failed(String)
  }

  let number: Int32
  /// The generation of the state that was here before; nil if there was none.
  private let formerGeneration: Int32?
  private let handover: PartitionHandover
  /// The program and its arguments.
  private let command: [String]
  private var worker: BackgroundThread<Outcome>
  private var child: Command?
  private let notifications: NotifyReceiver
  private var watchdog: ProcessWatchdog
  private var stage = Stage.installing
  private var stored: PartitionHandover.Stored?
  /// Whether it is to be given back; and whether with a snapshot.
  private var isLeaving = false
  private var isKept = true
  private var isLost = false
  /// Why its records are not counted; nil if they are, or will be at once.
  package private(set) var problem: String?
  /// When there is something to do even if nothing happens.
  private var due: Int64 = 0
  private var snapshotDue: Int64 = .max
  private var failureCount = 0
  private var startedAt: Int64 = 0

  private static let second: Int64 = 1_000_000
  private static let snapshotInterval = 86_400 * second
  private static let retryMax = 60 * second
  /// A process that ran for so long is started again at once.
  private static let soundRun = 600 * second
  private static let savingAttemptsMax = 3

  /// - Parameters:
  ///   - formerGeneration: Of the state that is here because the partition was lost; nil if there is none.
  ///   - command: What is started once the state is there.
  ///   - watchdogMicroseconds: How long the process may say nothing.
  ///   - poller: Told of all that it waits for.
  package init(
    _ number: Int32, _ handover: PartitionHandover, formerGeneration: Int32?, command: [String],
    watchdogMicroseconds: Int64, _ poller: inout Poller<Trigger>
  ) throws(SystemError) {
    self.number = number
    self.formerGeneration = formerGeneration
    self.handover = handover
    self.command = command
    worker = try BackgroundThread()
    notifications = try NotifyReceiver(at: handover.notifyPath)
    watchdog = ProcessWatchdog(limit: watchdogMicroseconds, now: 0)
    poller.watch(worker.descriptor, as: .thread)
    poller.watch(notifications.descriptor, as: .process)
  }

  package var isReleased: Bool { stage == .released }
  /// Whether it takes one of the few turns to stop a process or to read or write a state.
  var isWorking: Bool { worker.isBusy || stage == .stopping }
  /// The offset in the newest snapshot; nil if there is none.
  var offset: Int64? { stored?.offset }

  /// When `advance` has something to do even if nothing happens; nil for never.
  package var deadline: Int64? {
    switch stage {
    case .released: nil
    case .running where child != nil && isLeaving: due
    case .running where child != nil:
      worker.isBusy ? watchdog.due : min(snapshotDue, watchdog.due)
    case .stopping where child != nil: watchdog.due
    default: worker.isBusy ? nil : due
    }
  }

  /// The generation of the state that is here; nil if none is.
  private var generation: Int32? { stored?.generation ?? formerGeneration }

  /// The generation of the state that is still here, should the partition come back; nil if none is.
  package var keptGeneration: Int32? { isLost ? generation : nil }

  /// Begins to give the partition back.
  ///
  /// - Parameter isLost: Whether another member may have it already, so that nothing is written for it.
  package func leave(isLost: Bool) {
    isLeaving = true
    if isLost { (self.isLost, isKept) = (true, false) }
    due = 0
  }

  func forward(_ request: Signals.Request) { child?.forward(request) }

  /// Does what can be done now, without waiting.
  ///
  /// - Parameter mayWork: Whether it may take a turn: a few at a time, so that the others go on counting until they have
  ///   theirs.
  package func advance(
    _ now: Int64, mayWork: Bool, _ poller: inout Poller<Trigger>, _ log: Log
  ) {
    if worker.isBusy, let outcome = worker.take() { finish(outcome, now, log) }
    for message in notifications.take(from: child?.pid ?? -1) {
      watchdog.note(message, now: now)
      if message == .ready { problem = nil }
    }
    if let ending = child?.check() { finish(ending, now, &poller, log) }
    switch stage {
    case .installing where isLeaving: if !worker.isBusy { release(&poller, log) }
    case .installing:
      if due <= now, mayWork {
        let own = generation
        work(now) { try $0.install(over: own) }
      }
    case .running where isLeaving: if mayWork || !isKept || child == nil { stop(now) }
    case .running where child == nil: if due <= now { start(now, &poller, log) }
    case .running:
      if watchdog.hasExpired(now: now) { endHanging(now, log) }
      if snapshotDue <= now, mayWork, let stored {
        snapshotDue = now + Self.snapshotInterval
        work(now) { try $0.save(after: stored) }
      }
    case .stopping where child != nil: if watchdog.hasExpired(now: now) { endHanging(now, log) }
    case .stopping:
      // A snapshot of the running process may still be under way.
      if !worker.isBusy {
        stage = .saving
        (due, failureCount) = (0, 0)
        advance(now, mayWork: mayWork, &poller, log)
      }
    case .saving:
      if !isKept {
        if !worker.isBusy { release(&poller, log) }
      } else if due <= now, mayWork, let stored {
        work(now) { try $0.save(after: stored) }
      }
    case .released: break
    }
  }

  // MARK: State

  private func work(
    _ now: Int64, _ body: @escaping @Sendable (PartitionHandover) throws -> PartitionHandover.Stored
  ) {
    guard !worker.isBusy else { return }
    let handover = handover
    do {
      try worker.start {
        do { return .stored(try body(handover)) } catch { return .failed("\(error)") }
      }
    } catch {
      due = now + Self.second
    }
  }

  private func finish(_ outcome: Outcome, _ now: Int64, _ log: Log) {
    switch (outcome, stage) {
    case (.stored(let stored), .installing):
      self.stored = stored
      due = 0
      // Not all partitions at the same time.
      let hash = Int64(UInt32(bitPattern: number) &* 2_654_435_769)
      let share = hash * (Self.snapshotInterval >> 32)
      snapshotDue = now + max(share, Self.snapshotInterval / 24)
      stage = .running
      write(log, .info, "A partition is taken over", stored)
    case (.stored(let stored), .saving):
      self.stored = stored
      isKept = false
      write(log, .info, "A partition is handed over", stored)
    case (.stored(let stored), _):
      self.stored = stored
      write(log, .debug, "A partition's snapshot is written", stored)
    case (.failed(let reason), .installing):
      retry(now, log, "A partition's state cannot be read, and will be tried again", reason)
    case (.failed(let reason), .saving) where failureCount + 1 < Self.savingAttemptsMax:
      retry(now, log, "A partition's state cannot be written, and will be tried again", reason)
    case (.failed(let reason), .saving):
      isKept = false
      write(
        log, .error, "A partition is given back without its state: the next member counts again",
        reason: reason)
    case (.failed(let reason), _):
      snapshotDue = now + Self.snapshotInterval / 24
      write(log, .warning, "A partition's snapshot is not written", reason: reason)
    }
  }

  private func retry(_ now: Int64, _ log: Log, _ text: String, _ reason: String) {
    due = now + pause()
    problem = reason
    write(log, .warning, text, reason: reason)
  }

  /// Twice as long after each failure.
  private func pause() -> Int64 {
    failureCount += 1
    return min(Self.second << Int64(min(failureCount - 1, 10)), Self.retryMax)
  }

  private func release(_ poller: inout Poller<Trigger>, _ log: Log) {
    poller.forget(worker.descriptor)
    poller.forget(notifications.descriptor)
    stage = .released
    do {
      if keptGeneration == nil { try handover.discard() } else { try handover.discardStatus() }
    } catch {
      // It is removed before the partition's next state is put there.
      write(log, .warning, "A partition's state cannot be removed", reason: "\(error)")
    }
  }

  // MARK: Process

  private func start(_ now: Int64, _ poller: inout Poller<Trigger>, _ log: Log) {
    do {
      let child = try Command(
        command, environment: environment, timeoutSeconds: 1 << 40, showsOutput: true)
      poller.watch(child.descriptor, as: .process)
      self.child = consume child
      startedAt = now
      watchdog = ProcessWatchdog(limit: watchdog.limit, now: now)
    } catch {
      retry(
        now, log, "A partition's process cannot be started, and will be tried again", "\(error)")
    }
  }

  /// What the service manager says to this process, this process says to its own.
  private var environment: [String: String] {
    var variables = ProcessInfo.processInfo.environment
    for name in ["WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] {
      variables[name] = nil
    }
    variables["NOTIFY_SOCKET"] = notifications.path
    variables["WATCHDOG_USEC"] = "\(watchdog.limit)"
    return variables
  }

  private func endHanging(_ now: Int64, _ log: Log) {
    child?.killNow()
    watchdog.wait(now: now)
    write(
      log, .error, "A partition's process does not answer, and is ended",
      reason: "it has said nothing for \(watchdog.limit / Self.second) s")
  }

  private func stop(_ now: Int64) {
    (stage, due) = (.stopping, now)
    // From here on it only counts if it says that it needs longer.
    watchdog = ProcessWatchdog(limit: watchdog.limit, now: now)
    if isKept { child?.terminate() } else { child?.killNow() }
  }

  private func finish(
    _ ending: Command.Ending, _ now: Int64, _ poller: inout Poller<Trigger>, _ log: Log
  ) {
    if let descriptor = child?.descriptor { poller.forget(descriptor) }
    child = nil
    guard stage == .running else { return }
    if now - startedAt >= Self.soundRun { failureCount = 0 }
    retry(
      now, log, "A partition's process has ended, and is started again",
      ending.failure ?? "it ended")
    // The state cannot be used. If it is damaged, that of the topic can.
    if ending == .exited(status: ExitCode.inputOutputError.rawValue), !worker.isBusy {
      stage = .installing
    }
  }

  // MARK: Journal

  private func write(
    _ log: Log, _ priority: JournalMessage.Priority, _ text: String,
    _ stored: PartitionHandover.Stored
  ) {
    let offset = stored.offset.map { [Field("HARBINGER_OFFSET", Int($0))] } ?? []
    let size = stored.byteCount > 0 ? [Field("HARBINGER_BYTES", stored.byteCount)] : []
    log.write(
      priority, text,
      fields: [
        Field("HARBINGER_PARTITION", Int(number)),
        Field("HARBINGER_GENERATION", Int(stored.generation)),
      ] + offset + size)
  }

  private func write(
    _ log: Log, _ priority: JournalMessage.Priority, _ text: String, reason: String
  ) {
    log.write(
      priority, text,
      fields: [
        Field("HARBINGER_PARTITION", Int(number)), Field("HARBINGER_REASON", reason),
      ])
  }
}
