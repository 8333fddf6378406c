/// The wall clock and the monotonic clock: the machine's, or those of a test.
package struct TimeSource: Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  package var nowMicroseconds: @Sendable () -> Int64
  /// Microseconds of a monotonic clock with an arbitrary start.
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
