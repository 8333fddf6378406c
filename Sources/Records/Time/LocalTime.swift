import Arithmetic

/// An instant in the local time of a zone, as text.
package struct LocalTime: Equatable, Sendable {
  /// `Mon`
  package let weekday: String
  /// `2026-11-23`
  package let date: String
  /// `23 Nov`
  package let day: String
  /// `10:00:05`
  package let time: String
  /// `CET`
  package let zone: String

  /// `10:00`
  package var minute: String { String(time.prefix(5)) }
  /// `Mon 10:00 CET`, within a week.
  package var inWeek: String { "\(weekday) \(minute) \(zone)" }
  /// `Mon 2026-11-23 10:00 CET`
  package var text: String { "\(weekday) \(date) \(minute) \(zone)" }

  /// - Parameter instant: Seconds since 1970-01-01T00:00:00Z.
  package init(_ instant: Int64, in rules: TimeZoneRules) {
    let local = instant + Int64(rules.offset(at: instant))
    let civil = CivilDate(daysSinceEpoch: Int(floorDivide(local, 86_400)))
    let text = UTCTime(seconds: local).text
    weekday = Self.weekdays[civil.weekday]
    date = String(text.prefix(10))
    day = "\(civil.day) \(Self.months[civil.month - 1])"
    time = String(text.dropFirst(11).dropLast())
    let abbreviation = rules.abbreviation(at: instant)
    zone = abbreviation.isEmpty ? rules.name : abbreviation
  }

  /// - Parameter hour: Hours since the epoch.
  package init(hour: Int, in rules: TimeZoneRules) {
    self.init(Int64(min(max(hour, -1 << 40), 1 << 40)) * 3600, in: rules)
  }

  private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}

extension TimeZoneRules {
  /// An instant in this zone's local time: `Mon 2026-11-23 10:00:05`.
  ///
  /// - Parameter instant: Seconds since 1970-01-01T00:00:00Z.
  package func text(of instant: Int64) -> String {
    let local = LocalTime(instant, in: self)
    return "\(local.weekday) \(local.date) \(local.time)"
  }
}
