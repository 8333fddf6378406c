import Records
import Series
import TestSupport
import Testing

@Test func everyGroupHasFeaturesAndWords() {
  #expect(Set(FeatureGroup.ofFeatures) == Set(FeatureGroup.allCases))
  let row = [Float](repeating: 0, count: FeatureRows.names.count)
  for group in FeatureGroup.allCases { #expect(!group.words(row).isEmpty) }
}

/// Goal: a feature is one entry of a list. Method: a list with one more gives rows that are one wider.
@Test func aFeatureIsAddedByTheList() {
  var rolling = RollingFeatures(startingAt: 480_000, calendar: HourCalendar(timeZone: .utc))
  for hour in 0..<400 { rolling.close(active: hour % 24 == 3, count: hour % 24 == 3 ? 1 : 0) }
  var list = FeatureList.standard
  list.ofTarget.append(
    Feature("active two days before", .sameHours) {
      $0.rolling.wasActive($0.rolling.origin + $0.lead - 48) ? 1 : 0
    })
  #expect(list.names.count == FeatureRows.names.count + 1)
  var rows = FeatureRows(rolling, horizon: 24, features: list)
  var row: [Float] = []
  for lead in 1...24 {
    row.removeAll()
    rows.append(lead: lead, baselines: rolling.baselines(lead: lead), to: &row)
    #expect(row.count == list.names.count)
    let isDue = (rolling.origin + lead) % 24 == 480_003 % 24
    #expect(row[list.ofTarget.count - 1] == (isDue ? 1 : 0))
  }
}

/// A stream that is active every night at 03:00 except the last: the texts must say so.
@Test func wordsSayWhatIsKnown() {
  let start = 24 * 20_000
  var rolling = RollingFeatures(startingAt: start, calendar: HourCalendar(timeZone: .utc))
  for hour in 0..<24 * 60 {
    let isActive = hour % 24 == 3 && hour / 24 != 59
    rolling.close(active: isActive, count: isActive ? 1 : 0)
  }
  var rows = FeatureRows(rolling, horizon: 24)
  var row: [Float] = []
  rows.append(lead: 4, baselines: rolling.baselines(lead: 4), to: &row)
  #expect(FeatureGroup.lead.words(row) == "4 hours ahead")
  #expect(
    FeatureGroup.sameHours.words(row)
      == "active at this hour on 6 of the last 7 days and in 4 of the last 4 weeks")
  #expect(FeatureGroup.idleTime.words(row).hasPrefix("idle for 44 h"))
  #expect(FeatureGroup.recentActivity.words(row) == "active in 0 of the last 24 hours")
  #expect(FeatureGroup.month.words(row).contains("of the last 3 months"))
}

/// Each situation's ratio tends to the observed activity divided by what the hour-of-day rate expects.
@Test func situationsLearnHowMuchTheyDiffer() {
  let start = 24 * 20_000
  var rolling = RollingFeatures(startingAt: start, calendar: HourCalendar(timeZone: .utc))
  // Active in pairs of hours at random times: right after an active hour, another is far likelier than usual.
  var chance = Chance(seed: 4)
  var isSecond = false
  for _ in 0..<24 * 400 {
    let isActive = isSecond || chance.happens(0.02)
    isSecond = isActive && !isSecond
    rolling.close(active: isActive, count: isActive ? 1 : 0)
  }
  while !isSecond {
    let isActive = chance.happens(0.02)
    isSecond = isActive
    rolling.close(active: isActive, count: isActive ? 1 : 0)
  }
  let column = FeatureRows.names.firstIndex(of: "log ratio, so long idle")!
  var rows = FeatureRows(rolling, horizon: 24)
  var row: [Float] = []
  rows.append(lead: 1, baselines: rolling.baselines(lead: 1), to: &row)
  #expect(row[column] > 1.5)
}
