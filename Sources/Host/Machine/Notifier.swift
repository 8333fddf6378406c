internal import CSystemd
internal import Records

/// Sends the state of the service to the service manager, if there is one.
///
/// A message that cannot be sent is dropped: the manager then acts by its own timeouts.
package struct Notifier: Sendable {
  /// The interval at which to send `watchdog`: half of the manager's limit. Nil if the watchdog is off.
  package let watchdogMicroseconds: Int64?

  package init() {
    var microseconds: UInt64 = 0
    let isWatched = sd_watchdog_enabled(0, &microseconds) > 0
    watchdogMicroseconds = isWatched ? Int64(clamping: microseconds / 2) : nil
  }

  /// The start or the reload is complete.
  package func ready() { send("READY=1") }

  /// A reload has started. Must be followed by `ready`, even if the reload failed.
  package func reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=\(WallClock.monotonicMicroseconds)")
  }

  /// The service is shutting down.
  package func stopping() { send("STOPPING=1") }

  /// The loop is alive.
  package func watchdog() { send("WATCHDOG=1") }

  /// Extends the timeout of the current start, reload or stop, counted from now.
  package func extendTimeout(seconds: Int) {
    send("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000)")
  }

  /// A one-line status for `systemctl status`.
  package func status(_ text: String) {
    // Escaped, because a line break would start another assignment.
    send("STATUS=" + String(escapedForDisplay: text, limit: 512))
  }

  /// Why the last reload or start failed, as an errno.
  package func failed(code: Int32) { send("ERRNO=\(code)") }

  private func send(_ state: String) { sd_notify(0, state) }
}
