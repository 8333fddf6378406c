import Forecasting
import Records
import Series
import TestSupport
import Testing

/// Workdays at eight in the morning of the place, but not on holidays, and now and then at any time.
private struct Office {
  var calendar: HourCalendar
  static let dayCount = 240

  func counts(seed: UInt64) -> [Int] {
    var chance = Chance(seed: seed)
    return (0..<24 * Self.dayCount).map { hour in
      let local = calendar.local(Streams.firstHour + hour)
      let isDue = local.hourOfDay == 8 && calendar.weekday(local) < 5
      return chance.happens(isDue ? 0.95 : 0.005) ? 1 : 0
    }
  }
}

private let berlin = try! TimeZoneRules(
  name: "Europe/Berlin", tzif: timeZoneFile(rule: "CET-1CEST,M3.5.0,M10.5.0/3"))

/// The mixture's forecasts a day ahead and nearer, with a network that learned the first half of them.
private func forecasts(_ counts: [Int], _ calendar: HourCalendar) throws -> [JudgedForecast] {
  let known = Streams.series(Array(counts[..<(counts.count / 2)]))
  let job = Streams.job([known], settings: TrainingSettings(), calendar: calendar)
  let model = try #require(job.run().model)
  return Streams.judged(counts, models: Models(current: model), calendar: calendar)
}

private func logLoss(_ forecasts: [JudgedForecast], _ hours: Range<Int>) -> Double {
  let chosen = forecasts.filter { hours.contains($0.target) }
  return chosen.reduce(0) { $0 + RunningScore.logLoss($1.probability, $1.active) }
    / Double(chosen.count)
}

private func hour(_ year: Int, _ month: Int, _ day: Int) -> Int {
  24 * CivilDate(year: year, month: month, day: day).daysSinceEpoch
}

/// Goal: a habit of local time survives a change of the clocks. Method: an office in Berlin over the last Sunday of
/// March 2025; with its time zone the three weeks after are forecast as well as the three before, and far better than
/// in UTC.
@Test func aHabitKeepsToTheClockOnTheWall() throws {
  let office = Office(calendar: HourCalendar(timeZone: berlin))
  let counts = office.counts(seed: 3)
  let change = hour(2025, 3, 30)
  let local = try forecasts(counts, office.calendar)
  let universal = try forecasts(counts, HourCalendar(timeZone: .utc))
  let before = logLoss(local, change - 24 * 21..<change)
  let after = logLoss(local, change..<change + 24 * 21)
  #expect(after < 1.3 * before)
  #expect(after < 0.6 * logLoss(universal, change..<change + 24 * 21))
}

/// Goal: a list of holidays keeps false forecasts away. Method: an office that keeps some holidays; with the list no
/// requests are expected on those mornings, without it they are.
@Test func nobodyIsExpectedOnHolidays() throws {
  // Christmas, New Year and the days between in the learned half; Easter and May's in the other.
  let days = [
    (2024, 12, 24), (2024, 12, 25), (2024, 12, 26), (2024, 12, 31), (2025, 1, 1), (2025, 4, 18),
    (2025, 4, 21), (2025, 5, 1), (2025, 5, 29),
  ]
  let holidays = Set(days.map { hour($0, $1, $2) / 24 })
  let office = Office(calendar: HourCalendar(timeZone: .utc, holidays: holidays))
  let counts = office.counts(seed: 4)
  func expected(_ calendar: HourCalendar) throws -> Double {
    let mornings = Set(holidays.filter { $0 > hour(2025, 4, 1) / 24 }.map { 24 * $0 + 8 })
    let chosen = try forecasts(counts, calendar).filter { mornings.contains($0.target) }
    #expect(chosen.count == 24 * mornings.count)
    return chosen.reduce(0) { $0 + $1.probability } / Double(chosen.count)
  }
  let (listed, unlisted) = try (
    expected(office.calendar), expected(HourCalendar(timeZone: .utc))
  )
  #expect(listed < 0.2)
  #expect(unlisted > 0.7)
}
