import Alerts
import Arithmetic
import Forecasting
import Monitoring
import TestSupport
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
  // No stream is forgotten either.
  settings.keptStreamHours = 1 << 40
  return try Watching(settings)
}

private func skippedHours(_ watching: Watching) -> Int {
  watching.monitor.silenceAllowance.skippedHours
}

/// Goal: the work that a log causes does not depend on the times in its lines. Method: lines of many streams, each
/// weeks after the previous one; the test counts every forecast that was made.
@Test(arguments: [24 * 3, 24 * 20, 24 * 300, 24 * 800]) func linesPayForTheSilenceBetweenThem(
  gap: Int
) throws {
  var watching = try watching()
  watching.read((0..<100).map { line(0, "k\($0)") })
  for index in 1...20 { watching.read([line(index * gap, "k\(index)")]) }
  watching.handle(.stopping)
  let closedCount = watching.commits.reduce(0) { $0 + $1.forecasts.count }
  // The initial allowance, what 420 active hours earn, and for each line its own hour and the hour before.
  #expect(closedCount < hoursAllowed + 120 * 168 + 21 * 2 * 100)
  #expect(skippedHours(watching) > 0)
  // Every line is counted nevertheless.
  #expect(watching.committedCounts.values.reduce(0, +) == 120)
}

/// With fewer streams, or more lines, the allowance covers the same silence, and its hours are closed.
@Test func aSilenceWithinTheAllowanceIsClosed() throws {
  var watching = try watching()
  watching.read([line(0)])
  watching.read([line(24 * 200)])
  #expect(skippedHours(watching) == 0)
  #expect(watching.monitor.openHour == start + 24 * 200 - 1)
}

/// Streams that have learned keep what they learned over an outage of a long weekend, even if the allowance does not
/// cover its hours: the allowance becomes negative. A third outage right after two others is skipped.
@Test func aLongWeekendIsClosedOnCredit() throws {
  var watching = try watching()
  for hour in 0..<20 { watching.read([line(hour)]) }
  watching.read((0..<60).map { line(20, "k\($0)") })
  for weekend in 1...2 { watching.read([line(20 + 24 * 4 * weekend)]) }
  #expect(skippedHours(watching) == 0)
  #expect(watching.monitor.silenceAllowance.hours < 0)
  watching.read([line(20 + 24 * 4 * 3)])
  #expect(skippedHours(watching) > 0)
}

/// Hours that close because the clock reaches their end spend no allowance, so no stream of an idle service restarts.
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

/// The first skipped silence is reported, and one that ends at the present hour; not every stray line of an old log.
@Test func aSkippedSilenceIsReportedOnce() throws {
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

/// The allowance is stored, so a restart between two lines changes nothing.
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

/// Goal: whoever invents keys causes no work. Method: three hundred lines, each twenty days after the previous one and
/// with a key of its own; the test counts the closed hours of all streams by their forecasts.
@Test func aKeyForEveryLineCostsNoMoreThanItsLine() throws {
  var watching = try watching()
  for index in 0..<300 { watching.read([line(index * 24 * 20, "k\(index)")]) }
  watching.handle(.stopping)
  let closedCount = watching.commits.reduce(0) { $0 + $1.forecasts.count }
  // The initial allowance, and for each line a day, its own hour and the hour before.
  #expect(closedCount < hoursAllowed + 300 * (24 + 2 * 3))
  #expect(watching.committedCounts.values.reduce(0, +) == 300)
  #expect(skippedHours(watching) > 100_000)
}

/// The same for lines at random times.
@Test func randomTimesCostNoMoreThanTheirLines() throws {
  var chance = Chance(seed: 5)
  let hours = (0..<1_000).map { _ in chance.integer(in: 0...24 * 365 * 6) }.sorted()
  var watching = try watching()
  for hour in hours { watching.read([line(hour, "k\(chance.integer(in: 0...99))")]) }
  watching.handle(.stopping)
  let closedCount = watching.commits.reduce(0) { $0 + $1.forecasts.count }
  #expect(closedCount < 2 * hoursAllowed + 1_000 * 60)
  #expect(watching.committedCounts.values.reduce(0, +) == 1_000)
}

/// A stream that was restarted after a skipped silence is stored as such. Otherwise a restart of the program would
/// bring back the learned state that was dropped.
@Test func aRestartedStreamIsKnownByItsNextRequestOnly() throws {
  var watching = try watching()
  watching.read((0..<100).map { line(0, "k\($0)") })
  watching.read([line(24 * 30, "k1"), line(24 * 30 + 2, "k2")])
  watching.handle(.stopping)
  #expect(watching.monitor.streams.keys.sorted() == ["web:k1", "web:k2"])
  try watching.restart()
  #expect(watching.monitor.streams.keys.sorted() == ["web:k1", "web:k2"])
  watching.read([line(24 * 30 + 3, "k3")])
  watching.handle(.stopping)
  #expect(watching.monitor.streams.keys.sorted() == ["web:k1", "web:k2", "web:k3"])
  #expect(watching.committedCounts.values.reduce(0, +) == 103)
}

/// Weekly requests earn the allowance for the hours between them, however many streams there are.
@Test func aWeeklyHabitPaysForItself() throws {
  var watching = try watching()
  for week in 0..<25 {
    watching.read((0..<5).map { line(24 * 7 * week + $0, "k\($0)") })
  }
  #expect(skippedHours(watching) == 0)
}
