import Alerts
import Monitoring
import Storage
import Testing

/// What alerts ask for and is not done yet.
@Suite struct OutstandingActionTests {
  private let shelf: Shelf
  private let state: StateFile
  private let alerts = [500_009, 500_010].map { Alert.sample(hour: $0) }

  init() throws {
    shelf = try Shelf()
    state = try shelf.open()
    var changes = Changes.counts([("web", 500_000, 3)])
    changes.alerts = alerts
    try state.commit(changes)
  }

  private func action(
    _ alert: Alert, attempts: Int = 0, due: Int64 = 7
  ) -> StateFile.OutstandingAction {
    .init(.webhook, of: alert, attempts: attempts, dueSeconds: due)
  }

  @Test func theyAreAsTheyWereStoredLast() throws {
    try state.store(outstanding: alerts.map { action($0) }, over: [], actedOn: alerts)
    try state.store(
      outstanding: [action(alerts[1], attempts: 3, due: 9)], over: [(.webhook, alerts[0])],
      actedOn: [])
    state.close()
    #expect(
      try shelf.open().outstandingActions(limit: 9) == [action(alerts[1], attempts: 3, due: 9)])
  }

  @Test func ofTooManyTheNewestAreReturned() throws {
    try state.store(outstanding: alerts.map { action($0) }, over: [], actedOn: [])
    #expect(try state.outstandingActions(limit: 1) == [action(alerts[1])])
  }

  /// Goal: nothing is done about what the state no longer knows, or never knew.
  @Test func theyGoWithTheirAlert() throws {
    let unknown = Alert.sample(kind: .silence, hour: 500_009)
    try state.store(
      outstanding: (alerts + [unknown]).map { action($0) }, over: [], actedOn: [unknown])
    #expect(try state.outstandingActions(limit: 9) == alerts.map { action($0) })
    try state.commit(Changes(), StateFile.Pruning(alerts: 500_010))
    #expect(try state.outstandingActions(limit: 9) == [action(alerts[1])])
    var changes = Changes()
    changes.forgotten = ["web"]
    try state.commit(changes)
    #expect(try state.outstandingActions(limit: 9) == [])
  }

  /// Goal: while the journal is away nothing is done twice, but a problem that comes again is new.
  @Test func anUndeliveredAlertIsKnownToBeActedOn() throws {
    let problem = Alert(.stateProblem, about: .service, hour: 500_011)
    try state.store([(problem, false)])
    try state.store(outstanding: [], over: [], actedOn: [alerts[0], problem])
    #expect(try state.undeliveredAlerts(isActedOn: true) == [alerts[0], problem])
    #expect(try state.undeliveredAlerts(isActedOn: false) == [alerts[1]])
    #expect(try state.undeliveredAlerts(limit: 2) == [alerts[0], alerts[1]])
    try state.markDelivered(alerts[0].id)
    try state.store([(problem, false)])
    #expect(try state.undeliveredAlerts(isActedOn: true) == [])
    #expect(try state.undeliveredAlerts() == [alerts[1], problem])
  }
}
