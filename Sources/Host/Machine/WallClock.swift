import Arithmetic
internal import CLinux
internal import Glibc
internal import Records

/// The wall clock, and a timer that wakes the loop when the clock reaches a given time or is set.
package struct WallClock: ~Copyable {
  /// What made the clock's descriptor readable.
  package enum Event: Sendable {
    /// The armed time has come.
    case due
    /// The clock was set, or the machine was suspended; the timer stays armed.
    case stepped
  }

  private let timer: Descriptor

  /// - Throws: `SystemError` if the kernel grants no timer.
  package init() throws(SystemError) {
    timer = try Descriptor(
      taking: timerfd_create(
        CLOCK_REALTIME, Int32(TFD_NONBLOCK | TFD_CLOEXEC)),
      operation: "make a timer")
  }

  package var descriptor: Int32 { timer.number }

  /// Microseconds since 1970-01-01T00:00:00Z.
  package static var nowMicroseconds: Int64 { microseconds(of: CLOCK_REALTIME) }

  /// Seconds since 1970-01-01T00:00:00Z.
  package static var nowSeconds: Int64 { nowMicroseconds / 1_000_000 }

  /// Microseconds of a monotonic clock that stops while the machine is suspended; for deadlines and durations.
  package static var monotonicMicroseconds: Int64 { microseconds(of: CLOCK_MONOTONIC) }

  fileprivate static func microseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  /// Arms the timer for a time, replacing an earlier one; a past time is due at once.
  ///
  /// - Parameter seconds: since 1970-01-01T00:00:00Z.
  /// - Returns: `stepped` if the clock was set since it was last armed or taken.
  @discardableResult
  package func arm(atSeconds seconds: Int64) throws(SystemError) -> Event? {
    // Zero would disarm the timer.
    var when = itimerspec()
    when.it_value.tv_sec = Int(max(seconds, 1))
    let flags = Int32(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)
    if timerfd_settime(timer.number, flags, &when, nil) == 0 { return nil }
    // The kernel has armed the timer even if it reports ECANCELED.
    guard errno == ECANCELED else { throw .last("arm the timer") }
    return .stepped
  }

  /// Takes the event of the timer, if there is one.
  package func take() throws(SystemError) -> Event? {
    do {
      return try timer.readValue(UInt64(0)) == nil ? nil : .due
    } catch  where error.code == ECANCELED {
      return .stepped
    }
  }
}

/// Detects that the wall clock was set or the machine was suspended.
///
/// Three clocks are compared: the wall clock, the time since boot, and the time since boot without suspension.
package struct ClockJumps: Sendable {
  /// By how much the clock was set, and how long the machine was suspended.
  package struct Jump: Equatable, Sendable {
    /// Positive if the clock was set forward, negative if back.
    package var setSeconds: Int64
    package var asleepSeconds: Int64

    package init(setSeconds: Int64 = 0, asleepSeconds: Int64 = 0) {
      self.setSeconds = setSeconds
      self.asleepSeconds = asleepSeconds
    }
  }

  private var startOfBoot: Int64
  private var asleep: Int64

  package init() {
    (startOfBoot, asleep) = Self.read()
  }

  private static func read() -> (startOfBoot: Int64, asleep: Int64) {
    let sinceBoot = WallClock.microseconds(of: CLOCK_BOOTTIME)
    return (WallClock.nowMicroseconds - sinceBoot, sinceBoot - WallClock.monotonicMicroseconds)
  }

  /// The jump since the last call, in whole seconds.
  package mutating func take() -> Jump {
    let before = (startOfBoot, asleep)
    (startOfBoot, asleep) = Self.read()
    func seconds(_ microseconds: Int64) -> Int64 {
      floorDivide(microseconds + 500_000, 1_000_000)
    }
    return Jump(
      setSeconds: seconds(startOfBoot - before.0), asleepSeconds: seconds(asleep - before.1))
  }
}
