import Arithmetic
import Records
import Series
import TestSupport
import Testing

/// A stream with habits of its own, as counts by hour.
private func counts(hours: Int, seed: UInt64) -> [Int] {
  var chance = Chance(seed: seed)
  let base = [0.003, 0.03, 0.2][Int(seed % 3)]
  let nightly = chance.integer(in: 0...23)
  return (0..<hours).map { hour in
    let isDue = hour % 24 == nightly && chance.happens(0.9)
    return isDue || chance.happens(base) ? chance.integer(in: 1...40) : 0
  }
}

private func rolled(_ counts: [Int], from hour: Int = 400_000) -> RollingFeatures {
  var rolling = RollingFeatures(startingAt: hour, calendar: HourCalendar(timeZone: .utc))
  for count in counts { rolling.close(active: count > 0, count: count) }
  return rolling
}

/// The features of some leads, row after row.
private func rows(_ rolling: RollingFeatures, leads: [Int]) -> [Float] {
  var rows: [Float] = []
  var features = FeatureRows(rolling, horizon: 168)
  for lead in leads {
    features.append(lead: lead, baselines: rolling.baselines(lead: lead), to: &rows)
  }
  return rows
}

private let allLeads = Array(1...168)

/// Goal: a forecast does not depend on hours after its origin. Method: two series that are equal up to the origin and
/// entirely different after it give the same features, for every lead; after more hours they differ.
@Test(arguments: 1...12 as ClosedRange<UInt64>)
func noFeatureMovesWhenTheFutureDoes(seed: UInt64) {
  var chance = Chance(seed: seed)
  let origin = chance.integer(in: 30...2_000)
  let past = counts(hours: origin, seed: seed)
  let one = past + counts(hours: 200, seed: seed &+ 100)
  let other = past + counts(hours: 200, seed: seed &+ 200).map { 1 - min($0, 1) }
  let known = rolled(Array(one[..<origin]))
  let knownToOther = rolled(Array(other[..<origin]))
  #expect(rows(known, leads: allLeads) == rows(knownToOther, leads: allLeads))
  for lead in allLeads {
    #expect(known.baselines(lead: lead) == knownToOther.baselines(lead: lead))
  }
  #expect(rolled(one) != rolled(other))
}

/// Conversely, asking for features does not change the state.
@Test func askingForFeaturesChangesNothing() {
  let quiet = rolled(counts(hours: 500, seed: 5))
  let asked = quiet
  _ = rows(asked, leads: allLeads)
  #expect(asked == quiet)
}

private let strangeCounts: [(name: String, counts: [Int])] = [
  ("never active", [Int](repeating: 0, count: 2_000)),
  ("always active", [Int](repeating: 1, count: 2_000)),
  ("active once", [1] + [Int](repeating: 0, count: 9_000)),
  ("active once, late", [Int](repeating: 0, count: 3_000) + [1]),
  ("alternating", (0..<2_000).map { $0 % 2 }),
  ("as many requests as a number holds", [Int](repeating: Int.max / 64, count: 100)),
  ("no hour yet", []),
]

@Test(arguments: strangeCounts)
func featuresAndBaselinesAreAlwaysFinite(name: String, counts: [Int]) {
  let rolling = rolled(counts)
  #expect(rows(rolling, leads: allLeads).allSatisfy { $0.isFinite }, "\(name)")
  for lead in allLeads {
    let baselines = rolling.baselines(lead: lead)
    for probability in [
      baselines.baseRate, baselines.hourOfDay, baselines.hourOfWeek, baselines.gapHistogram,
      baselines.intermittentDemand,
    ] {
      #expect(probability > 0 && probability < 1, "\(name), lead \(lead)")
    }
  }
}

@Test func hoursBeforeTheEpochHaveFeaturesToo() {
  let rolling = rolled(counts(hours: 400, seed: 3), from: -300)
  #expect(rows(rolling, leads: [24]).allSatisfy { $0.isFinite })
}

/// A stream that is encoded and decoded at any hour continues as if nothing had happened.
@Test(arguments: 1...12 as ClosedRange<UInt64>)
func storedFeaturesContinueIdentically(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let all = counts(hours: 1_500, seed: seed)
  let cut = chance.integer(in: 0...1_400)
  let calendar = HourCalendar(timeZone: .utc)
  var writer = ByteWriter()
  rolled(Array(all[..<cut])).write(to: &writer)
  var reader = ByteReader(writer.bytes)
  var restored = try RollingFeatures(from: &reader, calendar: calendar)
  #expect(reader.isAtEnd)
  for count in all[cut...] { restored.close(active: count > 0, count: count) }
  let unbroken = rolled(all)
  #expect(restored == unbroken)
  #expect(rows(restored, leads: [1, 6, 24, 168]) == rows(unbroken, leads: [1, 6, 24, 168]))
}

@Test func everyFeatureHasOneName() {
  let names = FeatureRows.names
  #expect(rows(rolled([0, 1, 0]), leads: [3]).count == names.count)
  #expect(Set(names).count == names.count)
}

@Test func climatologyLearnsTheHourOfTheDay() {
  // A month of one request a day at 05:00.
  let rolling = rolled((0..<24 * 30).map { $0 % 24 == 5 ? 1 : 0 }, from: 24 * 16_000)
  let atFive = rolling.baselines(lead: 6).hourOfDay
  let atSix = rolling.baselines(lead: 7).hourOfDay
  #expect(atFive > 0.8)
  #expect(atSix < 0.05)
}

@Test func activityIsRememberedForAsFarAsItReaches() {
  var recent = RecentActivity(startingAt: 10)
  var model: [Int: Int] = [:]
  var chance = Chance(seed: 9)
  for hour in 10..<3_000 {
    let count = chance.happens(0.3) ? chance.integer(in: 1...5) : 0
    model[hour] = count
    recent.record(active: count > 0, count: count)
  }
  let newest = recent.newest
  #expect(newest == 2_999)
  for age in 0..<RecentActivity.range {
    #expect(recent.wasActive(newest - age) == ((model[newest - age] ?? 0) > 0))
  }
  #expect(!recent.wasActive(newest - RecentActivity.range))
  #expect(!recent.wasActive(newest + 1))
  for window in [1, 2, 24, 63, 64, 65, 720, RecentActivity.range] {
    let expected = (0..<window).count { (model[newest - $0] ?? 0) > 0 }
    #expect(recent.activeCount(last: window) == expected)
  }
  for window in [1, 5, 24] {
    #expect(
      recent.requestCount(last: window)
        == (0..<window).reduce(0) { $0 + Double(model[newest - $1] ?? 0) }
    )
  }
}
