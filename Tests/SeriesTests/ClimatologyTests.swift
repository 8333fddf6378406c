import Glibc
import Records
import Series
import Testing

/// Goal: the simple forecasters are as good as they can be, for they are what the network is held against. Method: hours
/// that are active on so many of a hundred days, and the rates beside those of exact sums, years later.
@Test(arguments: [3, 97])
func ratesAreAsThoseOfExactSums(percent: Int) {
  let calendar = HourCalendar(timeZone: .utc)
  var rolling = RollingFeatures(startingAt: 0, calendar: calendar)
  let memory = exp2(-1.0 / 60)
  var (active, days) = (Array(repeating: 0.0, count: 24), 0.0)
  for day in 0..<1_000 {
    days = days * memory + 1
    for hour in 0..<24 {
      let isActive = (37 * day + 11 * hour) % 100 < percent
      rolling.close(active: isActive, count: isActive ? 1 : 0)
      active[hour] = active[hour] * memory + (isActive ? 1 : 0)
    }
  }
  for lead in 1...24 {
    let baselines = rolling.baselines(lead: lead)
    let exact = (active[lead - 1] + 4 * baselines.baseRate) / (days + 4)
    #expect(abs(baselines.hourOfDay - exact) < 0.01 * exact)
  }
}
