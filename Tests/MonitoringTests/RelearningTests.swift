import Forecasting
import Monitoring
import Series
import TestSupport
import Testing

/// One line a day at nine o'clock, of the days before `SampleLines.start`.
private func oldLines(days: Int) -> [String] {
  (1...days).reversed().map { "\(SampleLines.start - $0 * 86_400 + 9 * 3600) old" }
}

/// A monitor of two sources, of which the first has been read for some days and the second has been silent.
private func watchedDays(_ days: Int, silenceHoursAllowed: Int = 100_000) throws -> Watching {
  var settings = MonitorSettings.quick()
  settings.sources = ["web", "added"].map { MonitorSettings.Source(name: $0) }
  settings.silenceHoursAllowed = silenceHoursAllowed
  var watching = try Watching(settings)
  watching.drain(source: 1)
  watching.read(SampleLines.lines(days: days, seed: 1, keys: ["a"]))
  watching.drain()
  return watching
}

extension Watching {
  /// Closes hours by the clock.
  fileprivate mutating func wait(hours: Int) {
    handle(.tick(now: Int64((monitor.openHour ?? 0) + hours) * 3600 + 120))
    drain()
  }
}

/// Goal: the old log of a source that is added to a running monitor is learned as in a monitor that had it from the start.
@Test func anAddedSourceLearnsFromItsOldLines() throws {
  var watching = try watchedDays(1)
  watching.read(oldLines(days: 30), source: 1)
  watching.drain(source: 1)
  watching.wait(hours: 1)
  let stream = try #require(watching.monitor.streams["added:old"])
  #expect(stream.series.observedActiveHours == 30)
  #expect(stream.forecaster.features.hourCount == stream.series.openHour - stream.series.firstHour)

  var settings = watching.settings
  settings.sources.removeFirst()
  var fromStart = try Watching(settings)
  fromStart.read(oldLines(days: 30))
  fromStart.drain()
  fromStart.handle(.tick(now: Int64(stream.series.openHour) * 3600 + 120))
  let expected = try #require(fromStart.monitor.streams["added:old"])
  #expect(stream.series == expected.series)
  #expect(stream.forecaster.features == expected.forecaster.features)
  let probabilities = stream.forecaster.forecasts.map(\.probability)
  let likeliest = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
  #expect((stream.series.openHour + likeliest) % 24 == 9)
  #expect(probabilities[likeliest] > 0.4)

  // It goes on like any other stream, and is not learned anew again.
  watching.read(["\(stream.series.openHour * 3600) old"], source: 1)
  watching.drain(source: 1)
  watching.wait(hours: 2)
  #expect(
    watching.monitor.streams["added:old"]?.forecaster.features.hourCount
      == stream.forecaster.features.hourCount + 2)
}

/// Goal: a kill in between changes nothing.
@Test(arguments: [false, true])
func learningFromOldLinesSurvivesAKill(isCommitted: Bool) throws {
  var unbroken = try watchedDays(10)
  unbroken.read(oldLines(days: 30), source: 1)
  var killed = unbroken
  if isCommitted { killed.drain(source: 1) }
  try killed.restart()
  for _ in 0..<2 { killed.drain(source: 0) }
  killed.drain(source: 1)
  unbroken.drain(source: 1)
  killed.wait(hours: 1)
  unbroken.wait(hours: 1)
  try killed.restart()
  let stream = try #require(killed.monitor.streams["added:old"])
  #expect(stream.series.observedActiveHours == 30)
  #expect(stream.forecaster.features == unbroken.monitor.streams["added:old"]?.forecaster.features)
  #expect(killed.forecasts == unbroken.forecasts)
}

/// Goal: what a stream has learned live is worth more than a few older lines.
@Test func aFewOlderLinesChangeNothing() throws {
  var watching = try watchedDays(10)
  let before = try #require(watching.monitor.streams["web:a"])
  watching.read(
    (1...5).map { "\(SampleLines.start - $0 * 86_400) a" }, source: 0)
  watching.drain()
  watching.wait(hours: 1)
  let stream = try #require(watching.monitor.streams["web:a"])
  #expect(stream.series.observedActiveHours == before.series.observedActiveHours + 5)
  #expect(stream.forecaster.features.hourCount == before.forecaster.features.hourCount + 1)
}

/// Goal: old lines of many keys cannot cost hours of work.
@Test func learningFromOldLinesHasABudget() throws {
  var watching = try watchedDays(10, silenceHoursAllowed: 200)
  let keys = 0..<40
  watching.read(
    oldLines(days: 300).flatMap { line in keys.map { "\(line)\($0)" } }, source: 1)
  watching.drain(source: 1)
  let allowed = watching.monitor.silenceAllowance.hours
  watching.wait(hours: 1)
  let learned = watching.monitor.streams.filter {
    $0.key.hasPrefix("added") && $0.value.forecaster.features.hourCount > 24 * 290
  }
  #expect(learned.count < keys.count)
  #expect(learned.count <= allowed / (24 * (300 + 4 * 60) / 5))
  #expect(watching.monitor.openHour == watching.monitor.streams["web:a"]?.series.openHour)
}

/// Goal: an event is no longer than the learning of one stream. Method: the parts in which an hour closes.
@Test func learningFromOldLinesTakesTurns() throws {
  var watching = try watchedDays(10)
  watching.worksInParts = true
  watching.read(oldLines(days: 300).flatMap { [$0 + "1", $0 + "2", $0 + "3"] }, source: 1)
  watching.drain(source: 1)
  while watching.monitor.hasHoursToClose { watching.handle(.tick(now: watching.monitor.now)) }
  let hour = try #require(watching.monitor.openHour)
  var parts = 0
  watching.handle(.tick(now: Int64(hour + 1) * 3600 + 120))
  while watching.monitor.openHour == hour {
    parts += 1
    watching.handle(.tick(now: Int64(hour + 1) * 3600 + 120))
    try #require(parts < 100)
  }
  #expect(parts >= 2)
  #expect(
    watching.monitor.streams.values.filter { $0.series.observedActiveHours == 300 }
      .allSatisfy { $0.forecaster.features.hourCount == hour + 1 - $0.series.firstHour })
}
