import Glibc
package import Host

/// What the loop wakes for.
package enum Trigger: Equatable, Sendable {
  case request(Signals.Request)
  /// The armed moment has come, or the clock did something besides passing.
  case clock(ClockJumps.Jump)
  case sources
  /// A file system was mounted or unmounted.
  case mounts
  /// A thread beside the loop has finished its work.
  case thread
  /// A child process has ended or said something.
  case process
  /// Waiting fails again and again, and goes on.
  case failing(SystemError)

  var isFailure: Bool { if case .failing = self { true } else { false } }
}

/// What wakes the loop: the machine, or a test's list.
package protocol Triggers: ~Copyable {
  /// The descriptors to wait for; their owners add and remove them.
  var poller: Poller<Trigger> { get set }

  /// Waits until something comes or a deadline has passed, in microseconds of the loop's own `TimeSource`; nil is
  /// no deadline.
  ///
  /// - Throws: `SystemError`, when the machine fails again and again.
  mutating func wait(until deadlineMicroseconds: Int64?) throws -> [Trigger]

  /// Arms the clock for a moment, in seconds since the epoch, instead of any before.
  ///
  /// - Returns: Whether the clock was set meanwhile, so that another moment may be right.
  mutating func arm(atSeconds seconds: Int64) throws -> Bool
}

/// Signals, the timer and descriptors.
struct MachineTriggers: Triggers, ~Copyable {
  var poller = Poller<Trigger>()
  private let signals: Signals
  private let clock: WallClock
  private var jumps = ClockJumps()
  /// Calls that failed one after the other, and those of them for which more than memory was missing.
  private var failureCount = 0
  private var graveFailureCount = 0

  /// So many calls may fail one after the other before it is said; any of them may once.
  private static let failuresUntold = 10
  /// After so many for which more than memory was missing, there is nothing left to wait with.
  private static let failuresMax = 50
  private static let pauseMicroseconds: UInt32 = 100_000
  /// They stand in the poller for what is looked into only when it is taken.
  private static let signal = Trigger.request(.report)
  private static let tick = Trigger.clock(ClockJumps.Jump())

  init(signals: consuming Signals) throws(SystemError) {
    clock = try WallClock()
    self.signals = signals
    poller.watch(self.signals.descriptor, as: Self.signal)
    poller.watch(clock.descriptor, as: Self.tick)
  }

  mutating func wait(until deadlineMicroseconds: Int64?) throws -> [Trigger] {
    do {
      var triggers: [Trigger] = []
      for ready in try poller.wait(until: deadlineMicroseconds) {
        switch ready {
        case .request: triggers += try signals.take().map(Trigger.request)
        case .clock:
          _ = try clock.take()
          triggers.append(.clock(jumps.take()))
        default: triggers.append(ready)
        }
      }
      failureCount = 0
      graveFailureCount = 0
      return triggers
    } catch {
      // What was taken of it is asked for again, or due again, but for a signal, which is at most one request.
      try pause(after: error)
      return failureCount > Self.failuresUntold ? [.failing(error)] : []
    }
  }

  mutating func arm(atSeconds seconds: Int64) throws -> Bool {
    while true {
      do {
        return try clock.arm(atSeconds: seconds) == .stepped
      } catch {
        try pause(after: error)
      }
    }
  }

  private mutating func pause(after error: SystemError) throws {
    failureCount += 1
    if !error.isShortOfMemory { graveFailureCount += 1 }
    guard graveFailureCount < Self.failuresMax else { throw error }
    usleep(Self.pauseMicroseconds)
  }
}
