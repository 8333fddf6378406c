import Glibc

/// The days on which a stream was active: the last 64 days, and rates by weekday.
package struct DailyActivity: Equatable, Sendable {
  private static let memoryPerVisit = exp2(-1.0 / 12)

  /// The local day of the newest hour; days since 1970-01-01.
  private var today: Int?
  /// Bit d: the day d days before today had an active hour.
  private var activeDays: UInt64 = 0
  private var activeHoursToday = 0
  /// The number of active days since the first.
  private(set) var activeDayCount = 0
  /// The numbers of active days and of days of each weekday, interleaved, decaying with a half-life of 12 weeks.
  private var weekdays = [Double](repeating: 0, count: 2 * 7)

  package init() {}

  /// - Parameter weekday: The weekday of `day`, 0 Monday … 6 Sunday.
  package mutating func record(active: Bool, day: Int, weekday: Int) {
    if let today, day != today { finishToday(passing: day - today) }
    today = day
    if active {
      if activeDays & 1 == 0 { activeDayCount += 1 }
      activeDays |= 1
      activeHoursToday += 1
    }
    currentWeekday = weekday
  }

  private var currentWeekday = 0

  private mutating func finishToday(passing days: Int) {
    let index = 2 * currentWeekday
    weekdays[index] = weekdays[index] * Self.memoryPerVisit + (activeDays & 1 == 1 ? 1 : 0)
    weekdays[index + 1] = weekdays[index + 1] * Self.memoryPerVisit + 1
    activeDays = days < 64 ? activeDays << UInt64(max(days, 0)) : 0
    activeHoursToday = 0
  }

  var hoursActiveToday: Int { activeHoursToday }

  func wasActive(daysAgo days: Int) -> Bool {
    (0..<64).contains(days) && activeDays >> UInt64(days) & 1 == 1
  }

  /// The share of active days among the `days` days before today.
  func activeShare(days: Int) -> Double {
    let mask = (UInt64(1) << UInt64(days)) - 1
    return Double((activeDays >> 1 & mask).nonzeroBitCount) / Double(days)
  }

  /// Whether the day a week before the target's day was active; false if that is not known.
  func wasActiveWeekBefore(day: Int) -> Bool {
    today.map { wasActive(daysAgo: $0 - (day - 7)) } ?? false
  }

  /// The probability that a day of this weekday has an active hour, with a prior of the weight of two days.
  func weekdayRate(_ weekday: Int, baseRate: Double) -> Double {
    let prior = 1 - pow(1 - baseRate, 24)
    return (weekdays[2 * weekday] + 2 * prior) / (weekdays[2 * weekday + 1] + 2)
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(today ?? Int.min)
    writer.write(activeDays)
    writer.write(activeHoursToday)
    writer.write(currentWeekday)
    writer.write(activeDayCount)
    writer.write(weekdays)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    let day = try reader.readInt()
    today = day == Int.min ? nil : day
    activeDays = try reader.readUInt64()
    // A day may have 25 hours, or more where a zone changed its offset.
    activeHoursToday = try reader.readInt(in: 0...48)
    currentWeekday = try reader.readInt(in: 0...6)
    activeDayCount = try reader.readHour()
    weekdays = try reader.readSums(count: 2 * 7)
    // Local days may start before, and end after, those of UTC.
    guard today.map((-1...ByteReader.lastHour / 24 + 1).contains) ?? true,
      stride(from: 0, to: weekdays.count, by: 2).allSatisfy({ weekdays[$0] <= weekdays[$0 + 1] })
    else { throw ByteReader.Damaged() }
  }
}
