import Arithmetic

/// An hour as people write it: `2026-01-31T09` or `2026-01-31 09:00` by the clocks of a stream's zone,
/// `Sat 2026-01-31 09:00 CET` as the commands show it, `2026-01-31T09Z` or with `+01:00` by no zone of ours.
package struct WrittenHour: Equatable, Sendable {
  /// Why it is no hour of a zone.
  package enum Failure: Error, Equatable {
    /// Clocks were put forward over it.
    case skipped
    /// Clocks of the zone show one of these then.
    case otherAbbreviation(found: String, expected: [String])
  }

  private enum Clock: Equatable, Sendable {
    case ofZone(abbreviation: String?)
    case offset(seconds: Int64)
  }

  /// Seconds since 1970-01-01T00:00:00 by that clock.
  private let local: Int64
  private let clock: Clock

  /// - Returns: Nil for any other text, days that there are not, and a weekday that is not that of the day.
  package init?(_ text: String) {
    let day = /(?:([A-Z][a-z]{2}) )?(\d{4})-(\d\d)-(\d\d)[T ]/
    let time = /(\d\d)(?::(\d\d)(?::\d\d)?)?/
    guard let written = text.prefixMatch(of: day)?.output,
      let year = Int(written.2), let month = Int(written.3), let dayOfMonth = Int(written.4),
      let clock = text[written.0.endIndex...].prefixMatch(of: time)?.output,
      let hour = Int64(clock.1), hour < 24, let minute = Int64(clock.2 ?? "0"), minute < 60,
      let zone = Self.clock(text[clock.0.endIndex...])
    else { return nil }
    let date = CivilDate(year: year, month: month, day: dayOfMonth)
    guard date.exists else { return nil }
    local = Int64(date.daysSinceEpoch) * 86_400 + hour * 3_600 + minute * 60
    self.clock = zone
    if let weekday = written.1, weekday != LocalTime(local, in: .utc).weekday { return nil }
  }

  /// - Parameter text: What stands behind the time.
  private static func clock(_ text: Substring) -> Clock? {
    let zone = text.drop { $0 == " " }
    if zone.isEmpty { return .ofZone(abbreviation: nil) }
    if zone == "Z" || zone == "UTC" { return .offset(seconds: 0) }
    if zone.wholeMatch(of: /[A-Z]{3,5}/) != nil { return .ofZone(abbreviation: String(zone)) }
    guard let offset = zone.wholeMatch(of: /([+\-])(\d\d)(?::?(\d\d))?/)?.output,
      let hours = Int64(offset.2), let minutes = Int64(offset.3 ?? "0"), hours < 24, minutes < 60
    else { return nil }
    let seconds = hours * 3_600 + minutes * 60
    return .offset(seconds: offset.1 == "-" ? -seconds : seconds)
  }

  /// The hour that the time lies in: where clocks are half an hour off, it begins at half past.
  ///
  /// - Parameter rules: Of the zone by whose clocks it was written, if it does not say by which.
  /// - Returns: Since the epoch; two where clocks are put back and show it twice, the earlier first.
  package func hours(in rules: TimeZoneRules) throws(Failure) -> (hour: Int, second: Int?) {
    switch clock {
    case .offset(let seconds): return (Self.hour(local - seconds), nil)
    case .ofZone(let abbreviation):
      let (early, late) = rules.instants(ofLocal: local)
      guard early + Int64(rules.offset(at: early)) == local else { throw .skipped }
      let instants = [early] + (late.map { [$0] } ?? [])
      guard let abbreviation else { return (Self.hour(early), late.map(Self.hour)) }
      guard let meant = instants.first(where: { rules.abbreviation(at: $0) == abbreviation }) else {
        throw .otherAbbreviation(
          found: abbreviation, expected: instants.map(rules.abbreviation))
      }
      return (Self.hour(meant), nil)
    }
  }

  private static func hour(_ instant: Int64) -> Int { Int(floorDivide(instant, 3_600)) }
}
