import Arithmetic

/// Completes stamps that omit the year, or that do not say which of two equal local hours they mean.
struct StampContext: Sendable {
  /// The current time or, for the first line of a file, the time when the file was last written if that is earlier; in
  /// seconds since the epoch.
  var latest: Int64
  /// The time of the previous line, in seconds since the epoch; nil if there is none.
  var previous: Int64?

  init(latest: Int64, previous: Int64? = nil) {
    self.latest = latest
    self.previous = previous
  }

  /// By how much a stamp of this year may be ahead of the clock, because the writer's clock or zone may differ.
  private static let aheadSecondsMax: Int64 = 86_400
  /// By how much lines may go back within a file; beyond it, a new year has started.
  static let backSecondsMax: Int64 = 7 * 86_400
  /// By how much lines may go back within an hour; beyond it, the hour is repeated.
  private static let jitterSeconds: Int64 = 60

  /// The instant of a stamp without a year: the first that follows the previous line; without one, the latest that is
  /// not in the future.
  ///
  /// - Parameter instant: The stamp's instant in a given year; nil if that year does not have it.
  func instant(inYear instant: (Int) -> Int64?) -> Int64? {
    let (limit, overflow) = latest.addingReportingOverflow(Self.aheadSecondsMax)
    let newest = overflow ? Int64.max : limit
    guard let previous else { return Self.last(notAfter: newest, instant) }
    // Leap days may be eight years apart.
    let year = Self.year(of: previous)
    let next = (year - 1...year + 8).lazy.compactMap(instant)
      .first { $0 >= previous - Self.backSecondsMax }
    guard let next, next > newest else { return next }
    // The next one is in the future: choose whichever is nearer to the previous line.
    guard let before = Self.last(notAfter: previous, instant) else { return next }
    return previous - before < next - previous ? before : next
  }

  private static func last(notAfter limit: Int64, _ instant: (Int) -> Int64?) -> Int64? {
    let year = year(of: limit)
    return stride(from: year + 1, through: max(1970, year - 8), by: -1).lazy.compactMap(instant)
      .first { $0 <= limit }
  }

  private static func year(of instant: Int64) -> Int {
    let days = floorDivide(min(max(instant, 0), StampParts.lastSecond), 86_400)
    return CivilDate(daysSinceEpoch: Int(days)).year
  }

  /// Chooses, of two instants with the same local time, the one that follows the previous line.
  func choose(_ early: Int64, _ late: Int64) -> Int64 {
    guard let previous, early < previous - Self.jitterSeconds, previous <= late + 3_600 else {
      return early
    }
    return late
  }
}
