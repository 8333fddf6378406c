import Arithmetic

/// The statistics of one stream at the end of an hour (the origin), from which the features of every lead are computed.
/// It is advanced hour by hour and never reads the series, so a forecast cannot use later data.
package struct RollingFeatures: Equatable, Sendable {
  package let calendar: HourCalendar
  var activity: RecentActivity
  var climatology = Climatology()
  var gaps = GapHistogram()
  var decaying = DecayingActivity()
  var days = DailyActivity()
  var ratios = ObservedExpectedRatios()
  /// The newest active hour, since the epoch; nil if there was none.
  package private(set) var lastActive: Int?
  private(set) var lastButOneActive: Int?
  private(set) var runLength = 0
  package private(set) var activeHourCount = 0

  /// - Parameter hour: The first hour that will be closed.
  package init(startingAt hour: Int, calendar: HourCalendar) {
    self.calendar = calendar
    activity = RecentActivity(startingAt: hour)
  }

  /// The newest closed hour.
  package var origin: Int { activity.newest }

  /// The number of closed hours.
  package var hourCount: Int { activity.newest - activity.first + 1 }

  /// The share of active hours since the first.
  package var activeShare: Double { (Double(activeHourCount) + 0.05) / Double(hourCount + 1) }

  /// The number of local days with an active hour.
  package var activeDayCount: Int { days.activeDayCount }

  /// Whether the stream was active in at least so many hours and on so many days.
  package func hasEvidence(activeHours: Int, days: Int) -> Bool {
    activeHourCount >= activeHours && activeDayCount >= days
  }

  /// Closes the next hour.
  package mutating func close(active: Bool, count: Int) {
    let hour = activity.newest + 1
    let local = calendar.local(hour)
    let weekday = calendar.weekday(local)
    // Seeded by the hour, so that closing the hour again after a restart gives the same result.
    var draws = SplitMix64(seed: UInt64(truncatingIfNeeded: hour))
    ratios.record(
      active: active, hourOfDay: local.hourOfDay,
      expected: climatology.hourOfDayRate(local.hourOfDay),
      sameHour: sameHour(hour, days: 1, weeks: 1), &draws)
    activity.record(active: active, count: count)
    climatology.record(active: active, hourOfDay: local.hourOfDay, weekday: weekday, &draws)
    days.record(active: active, day: local.day, weekday: weekday)
    decaying.record(active: active, count: count)
    if active {
      activeHourCount += 1
      gaps.recordArrival(gap: lastActive.map { hour - $0 })
      lastButOneActive = lastActive
      lastActive = hour
      runLength += 1
    } else {
      gaps.recordIdleHour()
      runLength = 0
    }
    ratios.open(idleHours: idleHours)
  }

  var idleHours: Int { hoursSince(lastActive) }

  /// Whether an hour was active; false if it is before the first, after the origin, or longer ago than
  /// `RecentActivity.range`.
  package func wasActive(_ hour: Int) -> Bool { activity.wasActive(hour) }

  /// Hours since an hour, limited to the range of the gap histogram, which also stands for nil.
  func hoursSince(_ hour: Int?) -> Int {
    hour.map { min(origin - $0, GapHistogram.range) } ?? GapHistogram.range
  }

  /// Whether the same hour was active: 1 if so many days earlier, 2 if so many weeks earlier, 3 if both.
  func sameHour(_ hour: Int, days: Int, weeks: Int) -> Int {
    let hour = calendar.ordinaryHour(hour)
    return (activity.wasActive(calendar.hour(hour, daysEarlier: days)) ? 1 : 0)
      + (activity.wasActive(calendar.hour(hour, daysEarlier: 7 * weeks)) ? 2 : 0)
  }

  /// - Returns: The share of recent days on which the hour `lead` hours after the origin was active.
  package func dailyHabit(lead: Int) -> Double {
    climatology.dailyHabit(calendar.local(origin + lead).hourOfDay)
  }

  /// - Returns: The same share among working days, Saturdays or Sundays, whichever the target day is.
  package func workdayHabit(lead: Int) -> Double {
    let target = calendar.local(origin + lead)
    return climatology.workdayHabit(
      hourOfDay: target.hourOfDay, weekday: calendar.weekday(target))
  }

  /// - Returns: The probability of the hour `lead` hours after the origin, if hours of the week either have a weekly job or
  ///   are like all others; nil where that hour of the week was not passed twice.
  package func weeklySchedule(lead: Int) -> Double? {
    let target = calendar.local(origin + lead)
    return climatology.weeklySchedule(
      hourOfDay: target.hourOfDay, weekday: calendar.weekday(target))
  }

  /// The baseline forecasts of the hour `lead` hours after the origin.
  package func baselines(lead: Int) -> Baselines {
    let target = calendar.local(origin + lead)
    let hourOfDay = climatology.hourOfDayRate(target.hourOfDay)
    return Baselines(
      baseRate: climatology.baseRate,
      hourOfDay: hourOfDay,
      hourOfWeek: climatology.hourOfWeekRate(
        hourOfDay: target.hourOfDay, weekday: calendar.weekday(target)),
      gapHistogram: min(max(gaps.probability(lead: lead, fallback: hourOfDay), 1e-4), 1 - 1e-4),
      intermittentDemand: climatology.intermittentDemandRate)
  }
}

/// The simple forecasts that the network must beat.
package struct Baselines: Equatable, Sendable {
  /// The stream's share of active hours. This and the following are probabilities of one target hour.
  package var baseRate: Double
  /// The share at this hour of the day.
  package var hourOfDay: Double
  /// The share at this hour of the week.
  package var hourOfWeek: Double
  /// From the gaps between active hours and the time since the last one.
  package var gapHistogram: Double
  /// As `Climatology.intermittentDemandRate`.
  package var intermittentDemand: Double
}

extension RollingFeatures {
  package func write(to writer: inout ByteWriter) {
    activity.write(to: &writer)
    climatology.write(to: &writer)
    gaps.write(to: &writer)
    decaying.write(to: &writer)
    days.write(to: &writer)
    ratios.write(to: &writer)
    writer.write(lastActive ?? Int.min)
    writer.write(lastButOneActive ?? Int.min)
    writer.write(runLength)
    writer.write(activeHourCount)
  }

  /// - Throws: `ByteReader.Damaged`, also for impossible hours.
  package init(from reader: inout ByteReader, calendar: HourCalendar) throws(ByteReader.Damaged) {
    self.calendar = calendar
    activity = try RecentActivity(from: &reader)
    climatology = try Climatology(from: &reader)
    gaps = try GapHistogram(from: &reader)
    decaying = try DecayingActivity(from: &reader)
    days = try DailyActivity(from: &reader)
    ratios = try ObservedExpectedRatios(from: &reader)
    lastActive = try reader.readHourIfAny()
    lastButOneActive = try reader.readHourIfAny()
    runLength = try reader.readInt(in: 0...hourCount)
    activeHourCount = try reader.readInt(in: 0...hourCount)
    guard lastActive ?? 0 <= max(0, origin), lastButOneActive ?? 0 <= lastActive ?? 0 else {
      throw ByteReader.Damaged()
    }
  }
}
