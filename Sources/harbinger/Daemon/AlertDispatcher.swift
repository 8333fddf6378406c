import Forecasting
import Host
import Monitoring
import Reporting
import Settings
import Storage

/// Delivers alerts and health events: to the journal, and to the actions that the settings name. It outlives
/// the sessions, so that a reload neither ends an action nor drops what the journal did not take yet.
struct AlertDispatcher: ~Copyable {
  private let journal: Journal
  private let time: TimeSource
  private(set) var actionRunner = ActionRunner()
  /// Health events of the daemon itself that neither the journal nor the state took yet, oldest first; of all
  /// others the state keeps account.
  private var undelivered: [HealthEvent] = []
  /// Alerts whose actions were begun already, while the journal does not take them.
  private var actedOn: Set<Alert.ID> = []

  private static let undeliveredMax = 100

  init(journal: Journal, time: TimeSource) {
    self.journal = journal
    self.time = time
  }

  /// Delivers the alerts and health events that a session has stored, and marks them after that: a crash in
  /// between delivers one twice rather than never, and its ID says that it is the same.
  ///
  /// - Throws: `SystemError`, `StateFileError`; what was not delivered is at the next call.
  mutating func deliverStored(by session: borrowing Session) throws {
    let state = session.writer.state.file
    var stored: [(id: Alert.ID, payload: AlertPayload)] = []
    for alert in try state.undeliveredAlerts() {
      stored.append((alert.id, AlertPayload(alert, unit: session.unit(of: alert))))
    }
    for event in try state.undeliveredHealthEvents() {
      stored.append((event.id, AlertPayload(event)))
    }
    for (id, payload) in stored where actedOn.insert(id).inserted {
      actionRunner.add(AlertAction.all(for: payload, session.settings.actions))
    }
    try sendUndelivered()
    for (id, payload) in stored {
      try journal.send(JournalMessage(payload))
      try state.markDelivered(id)
      actedOn.remove(id)
    }
  }

  /// Delivers a health event of the daemon itself at once or, if the journal is away, keeps it in the state; in
  /// memory, if the state is what is wrong.
  ///
  /// - Throws: `SystemError`; it waits to be delivered.
  mutating func deliver(_ event: HealthEvent, _ state: StateFile) throws {
    // Of more than so many problems it is the newest that count.
    if undelivered.count == Self.undeliveredMax { undelivered.removeFirst() }
    undelivered.append(event)
    do {
      try sendUndelivered()
    } catch {
      // A state that does not take them leaves them here.
      if (try? state.keep(undelivered)) != nil { undelivered = [] }
      throw error
    }
  }

  private mutating func sendUndelivered() throws {
    while let event = undelivered.first {
      try journal.send(JournalMessage(AlertPayload(event)))
      undelivered.removeFirst()
    }
  }

  /// Goes on with the actions, and logs what failed.
  ///
  /// - Returns: Whether any of them ended, so that the status has changed.
  mutating func act<Source>(
    _ settings: ActionSettings, _ poller: inout Poller<Source>, as source: Source, _ log: Log
  ) -> Bool {
    let allEnded = actionRunner.advance(
      settings, &poller, as: source, nowMicroseconds: time.monotonicMicroseconds())
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
}
