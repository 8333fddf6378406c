package import Host

/// Says when a process that a member has started no longer answers, by the rules that systemd has for the member:
/// it must begin within the limit, and then say so often that it is alive; what takes longer it announces.
package struct ProcessWatchdog {
  /// In microseconds, as all times here.
  let limit: Int64
  private var isReady = false
  /// When it is to be looked at, in microseconds, if it says nothing until then.
  package private(set) var due: Int64

  /// Begins with the process.
  package init(limit: Int64, now: Int64) {
    self.limit = limit
    due = now + limit
  }

  /// Notes what the process has said.
  package mutating func note(_ message: NotifyReceiver.Message, now: Int64) {
    switch message {
    case .ready:
      isReady = true
      due = now + limit
    case .alive: if isReady { due = now + limit }
    case .busy(let seconds): due = max(due, now + seconds * 1_000_000)
    }
  }

  /// Whether it has said nothing for too long. Who looks late was stopped itself, perhaps with the process, and waits
  /// once more.
  package mutating func hasExpired(now: Int64) -> Bool {
    guard now >= due else { return false }
    guard now >= due + limit / 2 else { return true }
    wait(now: now)
    return false
  }

  /// Waits once more.
  mutating func wait(now: Int64) { due = now + limit }
}
