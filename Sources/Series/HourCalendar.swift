import Arithmetic
package import Records

/// Converts UTC hours to the stream's time zone: hour of day, weekday, holiday. Days of 23 and 25 hours are handled
/// correctly, because each hour is converted with its own UTC offset.
package struct HourCalendar: Equatable, Sendable {
  package let timeZone: TimeZoneRules
  /// Days since 1970-01-01, local, that count as Sundays.
  package let holidays: Set<Int>

  package init(timeZone: TimeZoneRules, holidays: Set<Int> = []) {
    self.timeZone = timeZone
    self.holidays = holidays
  }

  /// - Parameter hour: Hours since the epoch, UTC.
  package func local(_ hour: Int) -> LocalHour {
    let offset = timeZone.offset(at: Int64(hour) * 3600)
    // In zones with half-hour offsets, the local hour that most of the UTC hour lies in.
    return LocalHour(index: hour + (offset + (offset < 0 ? -1799 : 1800)) / 3600)
  }

  /// The minute of the local day at which an hour ends.
  package func minuteOfDay(endOf hour: Int) -> Int {
    let end = (hour + 1) * 3600
    let minute = (end + timeZone.offset(at: Int64(end))) / 60
    return floorModulo(minute, 1440)
  }

  /// The UTC hour with the same local hour of day, `days` days earlier.
  package func hour(_ hour: Int, daysEarlier days: Int) -> Int {
    let earlier = hour - 24 * days
    guard timeZone.fixedOffset == nil else { return earlier }
    return earlier + local(hour).index - local(earlier).index - 24 * days
  }

  /// The UTC hour of a local hour; for a skipped local hour, one next to it.
  package func hour(_ local: LocalHour) -> Int {
    let guess = 2 * local.index - self.local(local.index).index
    return guess + local.index - self.local(guess).index
  }

  /// The day that stands for this one in comparisons with the past: the day itself or, for a holiday, the Sunday
  /// before.
  package func ordinaryDay(_ day: Int) -> Int {
    holidays.contains(day) ? day - floorModulo(CivilDate.weekday(ofDay: day) - 6, 7) : day
  }

  /// The same hour of the ordinary day.
  package func ordinaryHour(_ hour: Int) -> Int {
    guard !holidays.isEmpty else { return hour }
    let day = local(hour).day
    return self.hour(hour, daysEarlier: day - ordinaryDay(day))
  }

  /// 0 Monday … 6 Sunday; holidays are 6.
  package func weekday(_ local: LocalHour) -> Int {
    holidays.contains(local.day) ? 6 : local.weekday
  }

  /// - Parameter day: Days since 1970-01-01, local.
  func isWorkingDay(_ day: Int) -> Bool {
    !holidays.contains(day) && CivilDate.weekday(ofDay: day) < 5
  }
}

/// An hour of local time.
package struct LocalHour: Equatable, Sendable {
  /// Hours since 1970-01-01T00:00, local.
  package let index: Int

  package init(index: Int) {
    self.index = index
  }

  /// Days since 1970-01-01, local.
  package var day: Int { floorDivide(index, 24) }
  package var hourOfDay: Int { index - 24 * day }
  /// 0 Monday … 6 Sunday.
  package var weekday: Int { CivilDate.weekday(ofDay: day) }
}
