/// The time of day and the time for deadlines: this machine's, or what a test sets.
package struct TimeSource: Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  package var nowMicroseconds: @Sendable () -> Int64
  /// Microseconds that only ever grow, from an arbitrary beginning.
  package var monotonicMicroseconds: @Sendable () -> Int64

  package init(
    nowMicroseconds: @escaping @Sendable () -> Int64,
    monotonicMicroseconds: @escaping @Sendable () -> Int64
  ) {
    self.nowMicroseconds = nowMicroseconds
    self.monotonicMicroseconds = monotonicMicroseconds
  }

  package static let machine = TimeSource(
    nowMicroseconds: { WallClock.nowMicroseconds },
    monotonicMicroseconds: { WallClock.monotonicMicroseconds })

  /// Seconds since 1970-01-01T00:00:00Z.
  package var nowSeconds: Int64 { nowMicroseconds() / 1_000_000 }

  package var monotonicSeconds: Double { Double(monotonicMicroseconds()) / 1e6 }
}
