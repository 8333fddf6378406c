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

  private static let unstoredMax = 100

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

  /// Delivers what is stored and not delivered, and marks it after that: a crash in between delivers an alert twice
  /// rather than never, and its ID says that it is the same.
  ///
  /// - Throws: `SystemError`, `StateFileError`; what was not delivered is at the next call.
  mutating func deliver(by session: borrowing Session) throws {
    let state = session.writer.state.file
    try storeAdded(session)
    let payloads = try state.undeliveredAlerts().map { payload($0, session) }
    for payload in payloads { act(on: payload, session.settings.actions) }
    for payload in payloads {
      if !sent.contains(payload.alert.id) { try journal.send(JournalMessage(payload)) }
      sent.insert(payload.alert.id)
      try state.markDelivered(payload.alert.id)
      forget(payload.alert.id)
    }
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

  /// At once, whether the journal takes the alert or not.
  private mutating func act(on payload: AlertPayload, _ settings: ActionSettings) {
    guard actedOn.insert(payload.alert.id).inserted else { return }
    actionRunner.add(AlertAction.all(for: payload, settings))
  }

  private mutating func forget(_ id: Alert.ID) {
    actedOn.remove(id)
    sent.remove(id)
  }

  /// Ends the actions with the daemon, and logs how many were not done.
  func endActions(_ log: Log) {
    actionRunner.terminate()
    let count = actionRunner.waitingCount + actionRunner.runningCount
    guard count > 0 else { return }
    log.write(
      .warning, "\(Decimals.counted(count, "action")) on alerts not done: the daemon stops",
      id: .actionFailed)
  }

  /// Goes on with the actions, and logs what failed.
  ///
  /// - Returns: Whether any of them ended or was dropped, so that the status has changed.
  mutating func act<Source>(
    _ settings: ActionSettings, _ poller: inout Poller<Source>, as source: Source, _ log: Log
  ) -> Bool {
    let allEnded = actionRunner.advance(
      settings, &poller, as: source, nowMicroseconds: time.monotonicMicroseconds())
    for ended in allEnded {
      guard let failure = ended.failure else { continue }
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
    let dropped = actionRunner.droppedCount - loggedDropCount
    if dropped > 0 {
      loggedDropCount += dropped
      log.write(
        .warning,
        "\(Decimals.counted(dropped, "action")) on alerts not done: more than \(ActionRunner.waitingMax) waited, "
          + "or the settings no longer name them", id: .actionFailed)
    }
    return !allEnded.isEmpty || dropped > 0
  }
}
