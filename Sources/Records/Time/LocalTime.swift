import Arithmetic

extension TimeZoneRules {
  /// An instant as clocks of this zone show it: `Mon 2026-11-23 10:00:05`.
  ///
  /// - Parameter instant: Seconds since 1970-01-01T00:00:00Z.
  package func text(of instant: Int64) -> String {
    let local = instant + Int64(offset(at: instant))
    let days = Int(floorDivide(local, 86_400))
    let weekday = Self.weekdays[CivilDate(daysSinceEpoch: days).weekday]
    let text = UTCTime(seconds: local).text
    return "\(weekday) \(text.prefix(10)) \(text.dropFirst(11).dropLast())"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
}
