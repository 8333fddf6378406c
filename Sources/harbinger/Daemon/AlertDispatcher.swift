import Alerts
import Arithmetic
import Host
import Reporting
import Settings
import Storage

/// Delivers alerts of all kinds: from the state to the journal, and to the actions that the settings name. It
/// outlives the sessions, so that a reload neither ends an action nor drops what the journal did not take yet.
struct AlertDispatcher: ~Copyable {
  /// An alert of the daemon itself that the state did not take yet, for the state may be what is wrong.
  private struct Unstored {
    let alert: Alert
    var isDelivered = false
  }

  private let journal: Journal
  private let time: TimeSource
  private(set) var actionRunner = ActionRunner()
  /// Oldest first. Of all others the state keeps account.
  private var unstored: [Unstored] = []
  /// Alerts whose actions were begun, and which the journal has, while the state does not know of it.
  private var actedOn: Set<Alert.ID> = []
  private var sent: Set<Alert.ID> = []
  private var loggedDropCount = 0

  /// Whether alerts are left for the next call of `deliver`.
  private(set) var hasMore = false

  private static let unstoredMax = 100
  /// The most alerts of the state that one call delivers, so that a signal does not wait for thousands.
  private static let deliveredMax = 100

  init(journal: Journal, time: TimeSource) {
    self.journal = journal
    self.time = time
  }

  /// Whether alerts wait for a state that can be written.
  var isStateAwaited: Bool { !unstored.isEmpty }

  /// Adds an alert of the daemon itself; it is delivered with the next call of `deliver`.
  mutating func add(_ alert: Alert) {
    // The same problem may come again within the hour.
    forget(alert.id)
    unstored.removeAll { $0.alert.id == alert.id }
    // Of more than so many it is the newest that count.
    if unstored.count == Self.unstoredMax { unstored.removeFirst() }
    unstored.append(Unstored(alert: alert))
  }

  /// Delivers some of what is stored and not delivered, and marks it after that: a crash in between delivers an alert
  /// twice rather than never, and its ID says that it is the same. Actions begin whether the journal takes it or not.
  ///
  /// - Throws: `SystemError`, `StateFileError`; what was not delivered is at the next call.
  mutating func deliver(by session: borrowing Session) throws {
    let state = session.writer.state.file
    hasMore = false
    try storeAdded(session)
    let added = try state.undeliveredAlerts(isActedOn: false, limit: Self.deliveredMax)
    for alert in added { act(on: payload(alert, session), session.settings.actions) }
    let isSaved = saveActions(session, actedOn: added)
    hasMore = isSaved && added.count == Self.deliveredMax
    let undelivered = try state.undeliveredAlerts(limit: Self.deliveredMax)
    for payload in undelivered.map({ payload($0, session) }) {
      if !sent.contains(payload.alert.id) { try journal.send(JournalMessage(payload)) }
      sent.insert(payload.alert.id)
      try state.markDelivered(payload.alert.id)
      forget(payload.alert.id)
    }
    hasMore = hasMore || undelivered.count == Self.deliveredMax
  }

  /// What the state does not take goes to the journal without it, and is stored later.
  private mutating func storeAdded(_ session: borrowing Session) throws {
    guard !unstored.isEmpty else { return }
    do {
      try session.writer.state.file.store(unstored.map { ($0.alert, $0.isDelivered) })
      for stored in unstored where stored.isDelivered { forget(stored.alert.id) }
      unstored = []
    } catch {
      // That the state cannot be written is reported by what writes the counts.
      for index in unstored.indices where !unstored[index].isDelivered {
        let payload = payload(unstored[index].alert, session)
        act(on: payload, session.settings.actions)
        try journal.send(JournalMessage(payload))
        unstored[index].isDelivered = true
      }
    }
  }

  private func payload(_ alert: Alert, _ session: borrowing Session) -> AlertPayload {
    AlertPayload(alert, unit: session.unit(of: alert))
  }

  private mutating func act(on payload: AlertPayload, _ settings: ActionSettings) {
    guard actedOn.insert(payload.alert.id).inserted else { return }
    actionRunner.add(AlertAction.all(for: payload, settings))
  }

  private mutating func forget(_ id: Alert.ID) {
    actedOn.remove(id)
    sent.remove(id)
  }

  /// Goes on with what another process has left.
  ///
  /// - Throws: `StateFileError`
  mutating func resumeActions(_ session: borrowing Session, _ log: Log) throws {
    let state = session.writer.state.file
    actedOn.formUnion(try state.undeliveredAlerts(isActedOn: true).map(\.id))
    let (now, monotonic) = (time.nowSeconds, time.monotonicMicroseconds())
    let left = try state.outstandingActions(limit: ActionRunner.waitingMax).map { stored in
      AlertAction(stored, payload(stored.alert, session), nowSeconds: now, monotonic)
    }
    let presentHour = Int(floorDivide(now, 3600))
    let late = left.filter { $0.isTooLate(presentHour: presentHour) }
    actionRunner.add(left.filter { !$0.isTooLate(presentHour: presentHour) })
    actionRunner.drop(late)
    logDropped("they were left by a daemon that stopped too long ago", log)
  }

  /// What the state does not take is stored with what comes next.
  ///
  /// - Returns: Whether all is stored.
  @discardableResult private mutating func saveActions(
    _ session: borrowing Session, actedOn alerts: [Alert] = []
  ) -> Bool {
    let changes = actionRunner.unsaved.values
    guard !changes.isEmpty || !alerts.isEmpty else { return true }
    let (now, monotonic) = (time.nowSeconds, time.monotonicMicroseconds())
    do {
      try session.writer.state.file.store(
        outstanding: changes.filter(\.isOutstanding).map {
          $0.action.stored(nowSeconds: now, monotonic)
        },
        over: changes.filter { !$0.isOutstanding }.map {
          ($0.action.kind, $0.action.payload.alert)
        },
        actedOn: alerts)
      actionRunner.noteSaved()
      return true
    } catch {
      // That the state cannot be written is reported by what writes the counts.
      return false
    }
  }

  /// Ends the actions with the daemon, and logs how many were not done, and how many the next one is to do.
  mutating func endActions(_ session: borrowing Session, _ log: Log) {
    for ended in actionRunner.terminate(nowMicroseconds: time.monotonicMicroseconds()) {
      logFailure(of: ended, log)
    }
    saveActions(session)
    let left = actionRunner.unsaved.isEmpty ? actionRunner.leftCount : 0
    let lost = actionRunner.waitingCount + actionRunner.runningCount - left
    if left > 0 {
      log.write(.info, "\(Decimals.counted(left, "action")) on alerts left for the next start")
    }
    guard lost > 0 else { return }
    log.write(
      .warning, "\(Decimals.counted(lost, "action")) on alerts not done: the daemon stops",
      id: .actionFailed)
  }

  /// Goes on with the actions, and logs what failed.
  ///
  /// - Returns: Whether any of them ended or was dropped, so that the status has changed.
  mutating func act<Source>(
    _ session: borrowing Session, _ poller: inout Poller<Source>, as source: Source, _ log: Log
  ) -> Bool {
    let began = actionRunner.runningCount
    let allEnded = actionRunner.advance(
      session.settings.actions, &poller, as: source, nowMicroseconds: time.monotonicMicroseconds())
    for ended in allEnded { logFailure(of: ended, log) }
    let hasDropped = logDropped(
      "more than \(ActionRunner.waitingMax) waited, or the settings no longer name them", log)
    let hasChanged = !allEnded.isEmpty || hasDropped
    if hasChanged || actionRunner.runningCount > began { saveActions(session) }
    return hasChanged
  }

  private func logFailure(of ended: ActionRunner.Ended, _ log: Log) {
    guard let failure = ended.failure else { return }
    let alert = ended.action.payload.alert
    var fields = [
      Field("HARBINGER_ACTION", ended.action.kind.rawValue), Field("HARBINGER_REASON", failure),
      Field("HARBINGER_ALERT_ID", ended.action.payload.alertId),
    ]
    if let stream = alert.stream { fields.append(Field("HARBINGER_STREAM", stream)) }
    log.write(
      .warning, ended.isTriedAgain ? "An action failed, and is tried again" : "An action failed",
      id: .actionFailed, fields: fields)
  }

  /// - Returns: Whether there were any.
  @discardableResult private mutating func logDropped(_ reason: String, _ log: Log) -> Bool {
    let dropped = actionRunner.droppedCount - loggedDropCount
    guard dropped > 0 else { return false }
    loggedDropCount += dropped
    log.write(
      .warning, "\(Decimals.counted(dropped, "action")) on alerts not done: \(reason)",
      id: .actionFailed)
    return true
  }
}

extension AlertAction {
  /// One that another process has left.
  ///
  /// - Parameter monotonicMicroseconds: The same time as `nowSeconds`.
  fileprivate init(
    _ stored: StateFile.OutstandingAction, _ payload: AlertPayload, nowSeconds now: Int64,
    _ monotonicMicroseconds: Int64
  ) {
    kind = stored.kind
    self.payload = payload
    attempts = min(max(stored.attempts, 0), Self.waitSeconds.count)
    // The clock may have been set meanwhile.
    let longest = attempts == 0 ? 0 : Self.waitSeconds[attempts - 1]
    due =
      monotonicMicroseconds + (min(max(stored.dueSeconds, now), now + longest) - now) * 1_000_000
  }

  fileprivate func stored(
    nowSeconds: Int64, _ monotonicMicroseconds: Int64
  ) -> StateFile.OutstandingAction {
    let waitMicroseconds = max(0, due - monotonicMicroseconds)
    return StateFile.OutstandingAction(
      kind, of: payload.alert, attempts: attempts,
      dueSeconds: nowSeconds + waitMicroseconds / 1_000_000)
  }
}
