import Foundation
import Records
import Series
import TestSupport
import Testing

/// Berlin's rule, as a file of the zone database has it after the last listed change.
private let berlin = HourCalendar(
  timeZone: try! TimeZoneRules(
    name: "Europe/Berlin", tzif: timeZoneFile(rule: "CET-1CEST,M3.5.0,M10.5.0/3")))

/// Hours since the epoch of a date, UTC.
private func hour(_ year: Int, _ month: Int, _ day: Int, _ hour: Int) -> Int {
  24 * CivilDate(year: year, month: month, day: day).daysSinceEpoch + hour
}

@Test func aSpringDayHas23Hours() {
  // 2026-03-29 in Berlin: from 23:00 the day before to 22:00, UTC.
  let names = (hour(2026, 3, 28, 23)..<hour(2026, 3, 29, 22)).map { berlin.local($0) }
  #expect(names.map(\.hourOfDay) == [0, 1] + Array(3...23))
  #expect(Set(names.map(\.day)).count == 1)
  #expect(names.allSatisfy { $0.weekday == 6 })
}

@Test func anAutumnDayHas25Hours() {
  let names = (hour(2026, 10, 24, 22)..<hour(2026, 10, 25, 23)).map { berlin.local($0) }
  #expect(names.map(\.hourOfDay) == [0, 1, 2, 2] + Array(3...23))
  #expect(Set(names.map(\.day)).count == 1)
}

/// 08:00 in Berlin the day before the clocks change is 25 or 23 hours ago, not 24.
@Test func theSameHourOfYesterdayIsTheOneOnTheWallClock() {
  let spring = hour(2026, 3, 29, 6)
  #expect(berlin.local(spring).hourOfDay == 8)
  #expect(spring - berlin.hour(spring, daysEarlier: 1) == 23)
  let autumn = hour(2026, 10, 25, 7)
  #expect(berlin.local(autumn).hourOfDay == 8)
  #expect(autumn - berlin.hour(autumn, daysEarlier: 1) == 25)
  let summer = hour(2026, 7, 1, 6)
  #expect(summer - berlin.hour(summer, daysEarlier: 7) == 7 * 24)
}

@Test func holidaysAreSundays() {
  let day = CivilDate(year: 2026, month: 12, day: 25).daysSinceEpoch
  let calendar = HourCalendar(timeZone: .utc, holidays: [day])
  #expect(calendar.local(24 * day).weekday == 4)
  #expect(calendar.weekday(calendar.local(24 * day)) == 6)
  #expect(calendar.weekday(calendar.local(24 * (day + 1))) == 5)
}

/// Holidays on Thursday the 24th and Friday the 25th take the Sunday before them as their example; every other day, and
/// the holiday on that Sunday, is its own.
@Test func theSundayBeforeIsTheExampleForAHoliday() {
  let sunday = CivilDate(year: 2026, month: 12, day: 20).daysSinceEpoch
  let calendar = HourCalendar(timeZone: .utc, holidays: [sunday, sunday + 4, sunday + 5])
  #expect((0...6).map { calendar.ordinaryDay(sunday + $0) - sunday } == [0, 1, 2, 3, 0, 0, 6])
  #expect(calendar.ordinaryHour(24 * (sunday + 5) + 8) == 24 * sunday + 8)
  #expect(calendar.ordinaryHour(24 * (sunday + 6) + 8) == 24 * (sunday + 6) + 8)
}

@Test(arguments: [(-25, 23, -2), (-24, 0, -1), (-1, 23, -1), (0, 0, 0), (23, 23, 0), (24, 0, 1)])
func hoursBeforeTheEpochCountBackwards(index: Int, hourOfDay: Int, day: Int) {
  let local = LocalHour(index: index)
  #expect(local.hourOfDay == hourOfDay)
  #expect(local.day == day)
}

@Test func theFirstDayWasAThursday() {
  #expect(LocalHour(index: 0).weekday == 3)
  #expect(LocalHour(index: -24).weekday == 2)
  #expect(LocalHour(index: 24 * 4).weekday == 0)
}

/// Features of a stream that is busy at 08:00 Berlin time do not lose it when the clocks change.
@Test func climatologyFollowsTheClocks() {
  let start = hour(2026, 2, 1, 0)
  let end = hour(2026, 4, 5, 0)
  var rolling = RollingFeatures(startingAt: start, calendar: berlin)
  for hour in start..<end {
    let active = berlin.local(hour).hourOfDay == 8
    rolling.close(active: active, count: active ? 1 : 0)
  }
  // 08:00 in summer is 06:00 UTC.
  #expect(rolling.baselines(lead: 7).hourOfDay > 0.8)
  #expect(rolling.baselines(lead: 8).hourOfDay < 0.1)
}

@Test func halfHourZonesHaveWholeHours() {
  let kolkata = HourCalendar(timeZone: TimeZoneRules(fixedOffsetSeconds: 19_800, name: "India"))
  let names = (0..<48).map { kolkata.local($0).index }
  #expect(zip(names, names.dropFirst()).allSatisfy { $1 - $0 == 1 })
}

/// Quiet hours end at seven in the morning, summer and winter.
@Test func theEndOfAnHourHasALocalMinute() {
  #expect(berlin.minuteOfDay(endOf: hour(2026, 7, 1, 4)) == 7 * 60)
  #expect(berlin.minuteOfDay(endOf: hour(2026, 12, 1, 5)) == 7 * 60)
  #expect(berlin.minuteOfDay(endOf: hour(2026, 12, 1, 22)) == 0)
  let india = HourCalendar(timeZone: TimeZoneRules(fixedOffsetSeconds: 19_800, name: "India"))
  #expect(india.minuteOfDay(endOf: 0) == 6 * 60 + 30)
}
