import Host

/// One thing to do about one alert. Each is a program that runs beside the loop, also where it is only to ask
/// systemd, or to send something: what can take long never takes the loop's time.
struct Errand {
  enum Way: String, Codable, CaseIterable {
    case startUnit = "start_unit"
    case exec
    case webhook
  }

  let way: Way
  let tidings: Tidings
  /// How often it has been tried.
  var attempts = 0
  /// When it is to be tried next, in `WallClock.monotonicMicroseconds`.
  var due: Int64 = 0

  /// Somebody waits for it at a terminal.
  private var isTest: Bool { tidings.isTest }

  /// How long to wait after each failure of a webhook: its receiver may be away for a night. A unit or a
  /// program that fails would fail again.
  private static let waitSeconds: [Int64] = [10, 60, 300, 1_800, 7_200, 21_600]

  /// Those that an alert asks for.
  static func all(for tidings: Tidings, _ settings: ActionSettings) -> [Errand] {
    var ways: [Way] = []
    // There is something to wake up only before a request.
    if settings.startUnit != nil, tidings.kind == "upcoming" { ways.append(.startUnit) }
    if !settings.exec.isEmpty { ways.append(.exec) }
    if settings.webhook != nil { ways.append(.webhook) }
    return ways.map { Errand(way: $0, tidings: tidings) }
  }

  /// - Throws: `SystemError`, `Webhook.NoSecret`
  func start(_ settings: ActionSettings) throws -> Command {
    switch way {
    case .startUnit:
      let name = ServiceManager.escaped(tidings.stream ?? "")
      let unit = (settings.startUnit ?? "").replacing("%i", with: name)
      // A program of ours, because the bus may keep one waiting.
      return try Command(
        ["/proc/self/exe", "start-unit", "--", unit], timeoutSeconds: 10, showsOutput: isTest)
    case .exec:
      return try Command(
        settings.exec, environment: tidings.environment,
        timeoutSeconds: settings.execTimeoutSeconds, showsOutput: isTest)
    case .webhook:
      let request = try Webhook(
        url: settings.webhook ?? "", tidings: tidings,
        secret: settings.webhookSecret.map(Webhook.secret), nowSeconds: WallClock.nowSeconds)
      return try Command(
        ["curl", "--disable", "--config", "-"], input: request.configuration,
        timeoutSeconds: Webhook.timeoutSeconds + 5, showsOutput: isTest)
    }
  }

  /// Itself once more, later; nil if it is to be given up.
  func again(nowMicroseconds: Int64) -> Errand? {
    guard way == .webhook, !isTest, attempts < Self.waitSeconds.count else { return nil }
    var next = self
    next.due = nowMicroseconds + Self.waitSeconds[attempts] * 1_000_000
    next.attempts += 1
    return next
  }
}
