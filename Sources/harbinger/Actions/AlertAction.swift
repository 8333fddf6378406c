import Alerts
import Host
package import Settings

/// One thing to do about one alert. Each is a program that runs beside the loop, also where it is only to ask
/// systemd, or to send something: what can take long never takes the loop's time.
package struct AlertAction {
  let kind: ActionKind
  let payload: AlertPayload
  /// How often it has been tried.
  var attempts = 0
  /// When it is to be tried next, in `WallClock.monotonicMicroseconds`.
  var due: Int64 = 0

  /// What is to be done about which alert.
  struct ID: Hashable {
    let alert: Alert.ID
    let kind: ActionKind
  }

  var id: ID { ID(alert: payload.alert.id, kind: kind) }

  /// A user waits for it at a terminal.
  private var isTest: Bool { payload.isTest }

  /// How long to wait after each failure of a webhook: its receiver may be away for a night. A unit or a
  /// program that fails would fail again.
  static let waitSeconds: [Int64] = [10, 60, 300, 1_800, 7_200, 21_600]

  /// Whether it may be begun more than once. A receiver of webhooks knows by its ID what comes twice.
  var isRepeatable: Bool { kind == .webhook }

  /// Whether it is too late for what another process has left: for a unit once the hour of the request is over.
  func isTooLate(presentHour: Int) -> Bool {
    let alert = payload.alert
    return alert.origin < presentHour - 24 || kind == .startUnit && alert.hour < presentHour
  }

  /// Those that an alert asks for.
  package static func all(for payload: AlertPayload, _ settings: ActionSettings) -> [AlertAction] {
    settings.kinds.filter(payload.alert.kind.actions.contains)
      .map { AlertAction(kind: $0, payload: payload) }
  }

  /// - Throws: `SystemError`, `Secret.Missing`
  func start(_ settings: ActionSettings) throws -> Command {
    switch kind {
    case .startUnit:
      let name = ServiceManager.escaped(payload.alert.stream ?? "")
      let unit = (settings.startUnit ?? "").replacing("%i", with: name)
      // A program of ours, because the bus may keep one waiting.
      return try Command(
        ["/proc/self/exe", "start-unit", "--", unit], timeoutSeconds: 10, showsOutput: isTest)
    case .exec:
      // What the unit was given for it, such as a token: the program has the service's rights.
      let credentials = ProcessFacts.environment(ServiceFolder.credentials.rawValue)
      let given = credentials.map { [ServiceFolder.credentials.rawValue: $0] } ?? [:]
      return try Command(
        settings.exec, environment: payload.environment.merging(given) { fact, _ in fact },
        timeoutSeconds: settings.execTimeoutSeconds, showsOutput: isTest)
    case .webhook:
      let request = try Webhook(
        url: settings.webhook ?? "", payload: payload,
        secret: settings.webhookSecret.map(Webhook.secret), nowSeconds: WallClock.nowSeconds)
      return try Command(
        ["curl", "--disable", "--config", "-"], input: request.configuration,
        timeoutSeconds: Webhook.timeoutSeconds + 5, showsOutput: isTest)
    }
  }

  /// Itself once more, later; nil if it is to be given up.
  func again(nowMicroseconds: Int64) -> AlertAction? {
    guard kind == .webhook, !isTest, attempts < Self.waitSeconds.count else { return nil }
    var next = self
    next.due = nowMicroseconds + Self.waitSeconds[attempts] * 1_000_000
    next.attempts += 1
    return next
  }
}

extension ActionSettings {
  /// The kinds of actions that are set.
  var kinds: [ActionKind] {
    var kinds: [ActionKind] = []
    if startUnit != nil { kinds.append(.startUnit) }
    if !exec.isEmpty { kinds.append(.exec) }
    if webhook != nil { kinds.append(.webhook) }
    return kinds
  }
}
