import Arithmetic
import Host
import Monitoring
import Reporting
import Settings
import Storage

// How a session gives way to the next, and how the daemon ends.
extension Daemon {
  /// A whole new set of settings, or none: what cannot be used changes nothing.
  mutating func reload(_ triggers: inout some Triggers & ~Copyable) throws {
    notifier.reloading()
    defer { notifier.ready() }
    do {
      let settings = try settingsFile.reread(session.settings)
      let changes = settings.differences(from: session.settings)
      try replaceSession(settings, &triggers)
      problems.show(.settings, nil)
      log.write(
        .info, "Settings reloaded", id: .reloaded,
        fields: [
          Field("HARBINGER_CHANGES", changes.isEmpty ? "none" : changes.joined(separator: "; "))
        ])
      tick()
    } catch {
      problems.show(.settings, "settings not reloaded: \(error)")
      log.write(
        .error, "Settings not reloaded; the old ones stay", id: .reloadFailed,
        fields: [Field("HARBINGER_REASON", "\(error)")])
    }
    publish()
    try armClock(&triggers)
  }

  /// Says what was not taken over from the state as it was.
  mutating func reportRestored() {
    let restored = session.restored
    for (count, sentence) in [
      (
        restored.relearned.count,
        "learned anew from counts, because settings of the forecast have changed, or what was stored "
          + "cannot be used"
      ),
      (
        restored.setAside.count,
        "dormant until the next request, because the key of a source has changed"
      ),
      (
        restored.unreadCount,
        "left alone in the state, because a source is not in the settings"
      ),
    ] where count > 0 {
      log.write(.notice, "\(Decimals.counted(count, "stream")): \(sentence)")
    }
  }

  /// Goes on from what was committed, once all is; until then with what it has.
  mutating func restartIfDue(_ triggers: inout some Triggers & ~Copyable) throws {
    guard isRestartDue else { return }
    do {
      try replaceSession(session.settings, &triggers)
      try armClock(&triggers)
    } catch {
      log.write(
        .debug, "Not restarted yet", fields: [Field("HARBINGER_REASON", "\(error)")])
      retryLater()
    }
  }

  /// - Throws: Nothing was changed then, but that what could be was committed.
  private mutating func replaceSession(
    _ settings: ServiceSettings, _ triggers: inout some Triggers & ~Copyable
  ) throws {
    // Else each attempt would add what was learned of more streams to what waits.
    try requireIdleWriter()
    handle(.stopping)
    try requireIdleWriter()
    var lifeSigns = LifeSigns(notifier, time)
    let next = try session.next(settings, time: time) { lifeSigns.send() }
    for descriptor in session.intake.descriptors { triggers.poller.forget(descriptor) }
    session = next
    reportRestored()
    training.forgetJobs()
    isRestartDue = false
    watchSources(&triggers)
  }

  private func requireIdleWriter() throws {
    guard session.writer.isIdle else { throw StateFileError.full(session.settings.statePath) }
  }

  /// The unit gives twice as much time to stop (`TimeoutStopSec`).
  private static let stopMicroseconds: Int64 = 10_000_000

  /// Stores what was learned of as many streams as there is time for, those first that were stored longest ago. A start
  /// closes the hours since then again of the others, as it does of all after a kill.
  mutating func stop() {
    notifier.stopping()
    let end = time.monotonicMicroseconds() + Self.stopMicroseconds
    while session.monitor.isPartlyDone, time.monotonicMicroseconds() < end { tick() }
    if session.monitor.isPartlyDone {
      log.write(.notice, "Stopped within an hour's end: the next start repeats it")
    } else {
      store(until: end)
    }
    dispatcher.endActions(session, log)
    if session.writer.isIdle { session.writer.state.close() }
    log.write(.info, "Harbinger stopped", id: .stopped)
  }

  private mutating func store(until end: Int64) {
    repeat {
      handle(.stopping)
    } while session.monitor.isSavingDue && session.writer.isIdle
      && time.monotonicMicroseconds() < end
    // What the disk did not take before is not left for the next start, which would have to read it again.
    if !session.writer.isIdle { write() }
    publish()
  }
}
