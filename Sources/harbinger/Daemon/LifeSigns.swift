import Host

/// Tells the service manager, while a large state is read, that the daemon is at work and not stuck.
struct LifeSigns {
  /// A large state takes longer to read than a service may usually take to start.
  private static let restoringSecondsMax = 600
  private static let intervalMicroseconds: Int64 = 10_000_000

  private let notifier: Notifier
  private let time: TimeSource
  private let interval: Int64
  private var due: Int64

  /// Sends the first one.
  init(_ notifier: Notifier, _ time: TimeSource) {
    self.notifier = notifier
    self.time = time
    interval = min(notifier.watchdogMicroseconds ?? .max, Self.intervalMicroseconds)
    due = time.monotonicMicroseconds()
    send()
  }

  /// Sends another one if it is time.
  mutating func send() {
    let now = time.monotonicMicroseconds()
    guard now >= due else { return }
    notifier.extendTimeout(seconds: Self.restoringSecondsMax)
    if notifier.watchdogMicroseconds != nil { notifier.watchdog() }
    due = now + interval
  }
}
