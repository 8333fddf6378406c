import Alerts
import Forecasting
import Monitoring
import Testing

private let start = SampleLines.start / 3600

private func line(_ hours: Int, _ key: String = "a") -> String {
  "\((start + hours) * 3600) \(key)"
}

private let hoursAllowed = 5_000

private func watching() throws -> Watching {
  var settings = MonitorSettings.quick()
  // Nothing is trained: only hours are counted here.
  settings.training.everyHours = 1 << 40
  settings.silenceHoursAllowed = hoursAllowed
  return try Watching(settings)
}

private func skippedHours(_ watching: Watching) -> Int {
  watching.monitor.silenceAllowance.skippedHours
}

/// Goal: what a log costs does not depend on its times. Method: lines of many streams, each weeks after the one
/// before; every forecast that was made is counted.
@Test(arguments: [24 * 3, 24 * 20, 24 * 300, 24 * 800]) func linesPayForTheSilenceBetweenThem(
  gap: Int
) throws {
  var watching = try watching()
  watching.read((0..<100).map { line(0, "k\($0)") })
  for index in 1...20 { watching.read([line(index * gap, "k\(index)")]) }
  watching.handle(.stopping)
  let closedCount = watching.commits.reduce(0) { $0 + $1.forecasts.count }
  // What is allowed at first, what 420 active hours pay, and each line's own hour and the one before.
  #expect(closedCount < hoursAllowed + 120 * 168 + 21 * 2 * 100)
  #expect(skippedHours(watching) > 0)
  // Every line is counted nevertheless.
  #expect(watching.committedCounts.values.reduce(0, +) == 120)
}

/// Fewer streams, or more lines, and the same silence is gone through.
@Test func aSilenceThatIsPaidForIsGoneThrough() throws {
  var watching = try watching()
  watching.read([line(0)])
  watching.read([line(24 * 200)])
  #expect(skippedHours(watching) == 0)
  #expect(watching.monitor.openHour == start + 24 * 200 - 1)
}

/// An outage over Easter takes nothing from whoever has learned, however little is left to pay it with.
@Test func aLongWeekendLosesNothingThatWasLearned() throws {
  var watching = try watching()
  for hour in 0..<20 { watching.read([line(hour)]) }
  watching.read((0..<90).map { line(20, "k\($0)") })
  var hour = 20
  for _ in 0..<4 {
    hour += 24 * 4
    watching.read([line(hour)])
  }
  #expect(skippedHours(watching) == 0)
  watching.read([line(hour + 24 * 9)])
  #expect(skippedHours(watching) > 0)
}

/// The hours of an idle service that is watched are each closed in time: nobody is made to begin anew.
@Test func hoursThatTheClockBringsCostNothing() throws {
  var watching = try watching()
  watching.read((0..<100).map { line(0, "k\($0)") })
  watching.drain()
  for day in 1...30 {
    watching.handle(.tick(now: Int64(start + 24 * day) * 3600))
    while watching.monitor.hasHoursToClose {
      watching.handle(.tick(now: Int64(start + 24 * day) * 3600))
    }
  }
  watching.read([line(24 * 30 + 1)])
  #expect(skippedHours(watching) == 0)
}

/// The operator is told: of the first, and of one that ends now; not of every stray line of an old log.
@Test func aSkippedSilenceIsToldOnce() throws {
  var watching = try watching()
  let end = 24 * 3_000
  watching.handle(.tick(now: Int64(start + end) * 3600 + 600))
  for index in 0...3 { watching.read([line(index * 24 * 1_000)]) }
  watching.drain()
  let events = watching.healthAlerts.filter { $0.kind == .stalledSource }
  #expect(events.map(\.hour) == [start + 24_000 - 2, start + end - 2])
  #expect(
    events.allSatisfy {
      $0.source == "web" && $0.isOver && $0.facts.reason?.contains("anew") == true
    })
}

/// What was paid is remembered, so a restart between two lines changes nothing.
@Test(arguments: 1..<6) func aRestartChangesNoSkippedSilence(at restart: Int) throws {
  var undisturbed = try watching()
  var restarted = try watching()
  for index in 0..<6 {
    let lines = (0..<(index == 0 ? 30 : 3)).map { line(index * 24 * 25, "k\($0)") }
    if index == restart {
      restarted.handle(.stopping)
      try restarted.restart()
    }
    undisturbed.read(lines)
    restarted.read(lines)
  }
  undisturbed.handle(.stopping)
  restarted.handle(.stopping)
  #expect(skippedHours(undisturbed) > 0)
  #expect(skippedHours(undisturbed) == skippedHours(restarted))
  #expect(undisturbed.forecasts == restarted.forecasts)
}
