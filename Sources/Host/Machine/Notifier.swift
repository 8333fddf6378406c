internal import CSystemd
internal import Records

/// Tells the service manager how the service is; says nothing where there is none.
///
/// What cannot be sent is dropped: a manager that gets no message acts by its own time-outs.
package struct Notifier: Sendable {
  /// How often `watchdog` must be sent; half of what the manager allows. Nil if it does not watch.
  package let watchdogMicroseconds: Int64?

  package init() {
    var microseconds: UInt64 = 0
    let isWatched = sd_watchdog_enabled(0, &microseconds) > 0
    watchdogMicroseconds = isWatched ? Int64(clamping: microseconds / 2) : nil
  }

  /// Started, or done with reloading.
  package func ready() { send("READY=1") }

  /// To be followed by `ready`, whether the new settings were taken or not.
  package func reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=\(WallClock.monotonicMicroseconds)")
  }

  /// Shutting down.
  package func stopping() { send("STOPPING=1") }

  /// The loop still turns.
  package func watchdog() { send("WATCHDOG=1") }

  /// Asks for more time to start, reload or stop, counted from now.
  package func extendTimeout(seconds: Int) {
    send("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000)")
  }

  /// One line on what the service does, for `systemctl status`.
  package func status(_ text: String) {
    // A line break would begin another assignment.
    send("STATUS=" + String(escapedForDisplay: text, limit: 512))
  }

  /// Why the last reload or start failed, as an errno.
  package func failed(code: Int32) { send("ERRNO=\(code)") }

  private func send(_ state: String) { sd_notify(0, state) }
}
