import Foundation
import Records
import Series
import TestSupport
import Testing

/// Facts about the hours before a target.
struct HabitTests {
  /// Sat 2026-11-28 00:00 UTC.
  private static let midnight = 498_840

  /// - Parameter isActive: By hours since `first`.
  private static func rolled(
    from first: Int, upTo last: Int, calendar: HourCalendar = HourCalendar(timeZone: .utc),
    _ isActive: (Int) -> Bool
  ) -> RollingFeatures {
    var rolling = RollingFeatures(startingAt: first, calendar: calendar)
    for hour in first...last {
      rolling.close(active: isActive(hour), count: isActive(hour) ? 1 : 0)
    }
    return rolling
  }

  @Test func dailyHoursAreToldByDaysAndWeeks() {
    let nine = Self.midnight + 9
    let rolling = Self.rolled(from: nine - 24 * 60, upTo: nine - 3) { hour in
      (nine - hour) % 24 == 0 && hour != nine - 48 && hour != nine - 7 * 24
    }
    #expect(
      rolling.habits(of: nine) == [
        Habit(.days, activeCount: 12, count: 14),
        Habit(.weekdays("Saturday", isHoliday: false), activeCount: 6, count: 7),
      ])
    #expect(
      rolling.habits(of: nine).map(\.text) == [
        "active at that hour on 12 of the last 14 days", "active on 6 of the last 7 Saturdays",
      ])
    #expect(rolling.habits(of: nine + 1).map(\.activeCount) == [0, 0])
    #expect(
      rolling.habits(of: nine + 1).last?.text == "active on none of the last 7 Saturdays")
  }

  /// Goal: the facts contain nothing that was not yet known. Method: they do not depend on what comes after the origin,
  /// even if hours of the target's name lie between origin and target.
  @Test(arguments: [1, 23, 24, 25, 168, 169, 400])
  func habitsAreOfWhatWasKnownAtTheOrigin(lead: Int) {
    let origin = Self.midnight
    let known = Self.rolled(from: origin - 24 * 90, upTo: origin) { $0 % 5 == 0 }
    let habits = known.habits(of: origin + lead)
    #expect(habits.map(\.count) == [14, 7])
    let days = (1...100).map { origin + lead - 24 * $0 }.filter { $0 <= origin }.prefix(14)
    #expect(habits[0].activeCount == days.count { $0 % 5 == 0 })
    let weeks = (1...100).map { origin + lead - 168 * $0 }.filter { $0 <= origin }.prefix(7)
    #expect(habits[1].activeCount == weeks.count { $0 % 5 == 0 })
  }

  @Test func aYoungStreamShowsNoMoreThanItHas() {
    let nine = Self.midnight + 9
    let young = Self.rolled(from: nine - 24, upTo: nine - 1) { $0 == nine - 24 }
    #expect(young.habits(of: nine).map(\.text) == ["active at that hour the day before"])
    #expect(young.habits(of: nine + 1).map(\.text) == ["not active at that hour the day before"])
    #expect(
      RollingFeatures(startingAt: nine, calendar: HourCalendar(timeZone: .utc)).habits(of: nine)
        == [])
    let week = Self.rolled(from: nine - 24 * 8, upTo: nine - 1) { $0 == nine - 24 * 7 }
    #expect(week.habits(of: nine).last?.text == "active on the last Saturday")
  }

  @Test func aHolidayIsHeldAgainstSundays() {
    let christmas = CivilDate(year: 2026, month: 12, day: 25).daysSinceEpoch
    let calendar = HourCalendar(timeZone: .utc, holidays: [christmas])
    let nine = 24 * christmas + 9
    let rolling = Self.rolled(from: nine - 24 * 90, upTo: nine - 1, calendar: calendar) { hour in
      hour % 24 == 9 && calendar.local(hour).weekday < 5
    }
    #expect(
      rolling.habits(of: nine).map(\.text) == ["a holiday; active on none of the last 7 Sundays"])
  }

  /// Hours are compared by local time, also when the clocks change.
  @Test func hoursAreThoseOfTheClock() throws {
    let zone = URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")
    let calendar = HourCalendar(
      timeZone: try TimeZoneRules(name: "Europe/Berlin", tzif: Array(try Data(contentsOf: zone))))
    // Mon 2026-10-26 09:00 CET, a day after the change.
    let nine = 24 * CivilDate(year: 2026, month: 10, day: 26).daysSinceEpoch + 8
    let rolling = Self.rolled(from: nine - 24 * 60, upTo: nine - 1, calendar: calendar) {
      calendar.local($0).hourOfDay == 9
    }
    #expect(rolling.habits(of: nine).map(\.activeCount) == [14, 7])
  }

  /// Goal: a weekly job is expected at its third time, and what came once is not taken for one. Method: two hours a week
  /// and one that came a week ago only; base rate some hundredth.
  @Test func weeklyJobIsExpectedAtItsThirdTime() throws {
    let nine = Self.midnight + 9
    func rolled(weeks: Int) -> RollingFeatures {
      Self.rolled(from: nine - 168 * weeks - 24, upTo: nine - 1) { hour in
        (nine - hour) % 168 == 0 || (nine + 1 - hour) % 168 == 0 || hour == nine + 5 - 168
      }
    }
    #expect(rolled(weeks: 1).weeklySchedule(lead: 1) == nil)
    let known = rolled(weeks: 2)
    #expect(try #require(known.weeklySchedule(lead: 1)) > 0.8)
    #expect(try #require(known.weeklySchedule(lead: 2)) > 0.8)
    let usual = known.baselines(lead: 1).baseRate
    for other in [3, 6, 24] {
      let probability = try #require(known.weeklySchedule(lead: other))
      #expect(probability > 0.9 * usual && probability < usual + (other == 6 ? 0.06 : 0.01))
    }
    #expect(try #require(rolled(weeks: 12).weeklySchedule(lead: 1)) > 0.89)
  }
}
