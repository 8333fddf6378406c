import Arithmetic

/// By what a stamp is read that leaves something out: its year, or which of two passes of an hour it means.
struct StampContext: Sendable {
  /// The clock or, for a file that was last written before, the time of that; in seconds since the epoch.
  var latest: Int64
  /// The time of the line before, in seconds since the epoch; nil where there is none.
  var previous: Int64?

  init(latest: Int64, previous: Int64? = nil) {
    self.latest = latest
    self.previous = previous
  }

  /// How far a stamp may be ahead of the clock and still be of this year: the writer's clock or zone may differ.
  private static let aheadSecondsMax: Int64 = 86_400
  /// How far lines may go back within a file without a year having ended.
  static let backSecondsMax: Int64 = 7 * 86_400
  /// How far lines may go back without the hour having come a second time.
  private static let jitterSeconds: Int64 = 60

  /// The instant of a stamp without a year: the first that continues the lines before it; without such lines the
  /// latest that the clock allows.
  ///
  /// - Parameter instant: Of the stamp in a year; nil if that year does not have it.
  func instant(inYear instant: (Int) -> Int64?) -> Int64? {
    let (limit, overflow) = latest.addingReportingOverflow(Self.aheadSecondsMax)
    let newest = overflow ? Int64.max : limit
    guard let previous else { return Self.last(notAfter: newest, instant) }
    // A leap day may be eight years ahead.
    let year = Self.year(of: previous)
    let next = (year - 1...year + 8).lazy.compactMap(instant)
      .first { $0 >= previous - Self.backSecondsMax }
    guard let next, next > newest else { return next }
    // Rather a line far out of order than one of next year; rather one of tomorrow than one of last year.
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

  /// Of the two instants at which clocks show the same local time, the one that continues the lines before it.
  func choose(_ early: Int64, _ late: Int64) -> Int64 {
    guard let previous, early < previous - Self.jitterSeconds, previous <= late + 3_600 else {
      return early
    }
    return late
  }
}
