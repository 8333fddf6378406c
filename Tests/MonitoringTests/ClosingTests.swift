import Alerts
import Forecasting
import Monitoring
import Records
import Series
import TestSupport
import Testing

private let hour = SampleLines.start / 3600

private func line(_ hours: Int, _ seconds: Int = 0, _ key: String = "a") -> String {
  "\((hour + hours) * 3600 + seconds) \(key)"
}

private func watching(sources: Int = 1) throws -> Watching {
  var settings = MonitorSettings.quick()
  settings.sources = (0..<sources).map { MonitorSettings.Source(name: "s\($0)") }
  return try Watching(settings)
}

@Test func anHourClosesWhenItsGraceIsOver() throws {
  var watching = try watching()
  watching.read([line(0)])
  watching.read([line(1, 59)])
  #expect(watching.monitor.streams["s0:a"]?.series.openHour == hour)
  watching.read([line(1, 60)])
  #expect(watching.monitor.streams["s0:a"]?.series.openHour == hour + 1)
}

@Test func aLineWithinTheGraceBelongsToItsHour() throws {
  var watching = try watching()
  watching.read([line(0), line(1, 30), line(0, 3599), line(2, 60)])
  #expect(watching.monitor.streams["s0:a"]?.series.count(at: hour) == 2)
  #expect(watching.committedCounts.isEmpty)
  watching.handle(.stopping)
  #expect(watching.committedCounts[Changes.Count(stream: "s0:a", hour: hour)] == 2)
}

@Test func aLateLineCountsButOpensNothingAgain() throws {
  var watching = try watching()
  watching.read([line(0), line(5, 60)])
  let open = watching.monitor.openHour
  watching.read([line(1)])
  #expect(watching.monitor.openHour == open)
  watching.handle(.stopping)
  #expect(watching.committedCounts[Changes.Count(stream: "s0:a", hour: hour + 1)] == 1)
}

/// If the first line of a stream is old, the hours since then must not be closed one by one.
@Test func aNewStreamOfLongAgoBeginsWithTheOpenHour() throws {
  var watching = try watching()
  watching.read([line(0), line(5, 60)])
  watching.read(["1 old"])
  let stream = try #require(watching.monitor.streams["s0:old"])
  #expect(stream.series.openHour == watching.monitor.openHour)
  #expect(stream.series.count(at: 0) == 1)
}

/// One stray timestamp must not block the program while half a million hours are closed.
@Test func aSilenceOfYearsIsNotClosedHourByHour() throws {
  var watching = try watching()
  watching.read(["59 a", line(0), line(3, 60)])
  #expect(watching.monitor.openHour == hour + 3)
  watching.handle(.stopping)
  #expect(watching.forecasts.count < 10)
  #expect(watching.committedCounts[Changes.Count(stream: "s0:a", hour: 0)] == 1)
  #expect(watching.committedCounts[Changes.Count(stream: "s0:a", hour: hour)] == 1)
}

@Test func noHourClosesWhileASourceMayStillBringLines() throws {
  var watching = try watching(sources: 2)
  watching.read([line(0), line(30)], source: 0)
  // The second source has delivered no line yet.
  #expect(watching.forecasts.isEmpty && watching.monitor.streams["s0:a"]?.series.openHour == hour)
  watching.read([line(3)], source: 1)
  // Now it has, up to hour 3.
  #expect(watching.monitor.openHour == hour + 2)
  watching.read([line(40)], source: 1)
  #expect(watching.monitor.openHour == hour + 29)
}

@Test func aDrainedSourceHoldsNothingUp() throws {
  var watching = try watching(sources: 2)
  watching.read([line(0), line(30)], source: 0)
  watching.drain(source: 1)
  #expect(watching.monitor.openHour == hour + 29)
}

@Test func whenAllIsReadTheClockClosesHours() throws {
  var watching = try watching()
  watching.handle(.tick(now: Int64(hour + 10) * 3600))
  watching.read([line(0)])
  watching.drain()
  #expect(watching.monitor.openHour == hour + 9)
  watching.handle(.tick(now: Int64(hour + 10) * 3600 + 60))
  #expect(watching.monitor.openHour == hour + 10)
}

@Test func theSourceFurthestBackIsReadNext() throws {
  var watching = try watching(sources: 3)
  watching.read([line(5)], source: 0)
  watching.read([line(3)], source: 1)
  #expect(watching.monitor.nextSource(among: [0, 1]) == 1)
  #expect(watching.monitor.nextSource(among: [0, 1, 2]) == 2)
  #expect(watching.monitor.nextSource(among: []) == nil)
}

@Test func streamsBeyondTheMostAreOverflow() throws {
  var settings = MonitorSettings.quick()
  settings.maxStreams = 3
  settings.maxDormantStreams = 0
  var watching = try Watching(settings)
  watching.read((0..<10).map { line(0, $0, "k\($0)") } + [line(0, 11, "k0")])
  #expect(watching.monitor.streams.count == 3)
  #expect(watching.monitor.sources[0].overflowCount == 7)
  #expect(watching.monitor.sources[0].countedCount == 4)
  watching.handle(.stopping)
  #expect(watching.committedCounts.count == 3)
}

/// A NUL would truncate the name where names are stored.
@Test func aKeyWithANULIsNoStream() throws {
  var watching = try watching()
  watching.read([line(0, 0, "a"), line(0, 1, "a\u{0}b")])
  #expect(watching.monitor.streams.keys.sorted() == ["s0:a"])
  #expect(watching.monitor.sources[0].rejections[.invalidKey]?.count == 1)
}

/// One name in two Unicode forms, which are equal as strings and differ in bytes.
@Test func equalNamesAreCommittedAsTheSameBytes() throws {
  var watching = try watching()
  watching.read([line(0, 0, "caf\u{e9}")])
  watching.drain()
  watching.read([line(0, 9, "cafe\u{301}")])
  watching.drain()
  let names = watching.commits.flatMap { $0.counts.keys.map(\.stream) + $0.streams.keys }
  #expect(Set(names.map { Array($0.utf8) }).count == 1)
  #expect(watching.committedCounts.values.reduce(0, +) == 2)
}

@Test func everyHourOfEveryStreamIsForecastOnce() throws {
  var watching = try watching()
  watching.read(SampleLines.lines(days: 10, seed: 1))
  watching.handle(.stopping)
  for (_, origins) in watching.forecasts {
    let hours = origins.keys.sorted()
    #expect(hours == Array(hours[0]...hours[hours.count - 1]))
    #expect(origins.values.allSatisfy { $0.count == 24 && $0.allSatisfy { $0 > 0 && $0 < 1 } })
  }
}

// MARK: - Commits

@Test func aDrainCommitsWhatWasRead() throws {
  var watching = try watching()
  let position = FilePosition(
    source: "s0", path: "/log",
    identity: FileIdentity(device: 1, inode: 2, fingerprintLength: 3, fingerprint: 4), offset: 100)
  var batch = RecordBatch()
  batch.lineCount = 1
  batch.segments = [
    .init(watermark: 5, tallies: [.init(key: "", hour: 0, count: 1, latest: 5)])
  ]
  watching.handle(
    .records(source: 0, batch: batch, positions: PositionChanges(updated: [position])))
  #expect(watching.commits.isEmpty)
  watching.drain()
  let changes = try #require(watching.commits.first)
  #expect(changes.positions.updated == [position])
  #expect(changes.counts == [Changes.Count(stream: "s0", hour: 0): 1])
  #expect(changes.streams.keys.sorted() == ["s0"])
  #expect(!changes.memory.isEmpty)
}

@Test func nothingNewIsNotCommitted() throws {
  var watching = try watching()
  watching.read([line(0)])
  watching.drain()
  #expect(watching.commits.count == 1)
  watching.drain()
  watching.handle(.stopping)
  #expect(watching.commits.count == 1)
}

/// A long log is committed in steps, each with the positions that belong to its counts.
@Test func aLongLogIsCommittedOnTheWay() throws {
  var watching = try watching()
  for step in 0..<60 {
    watching.read((0..<1_000).map { line(step, $0, "k\($0)") })
  }
  #expect(watching.commits.count >= 1)
}

// MARK: - News

@Test func alertsAboutOldHoursAreSuppressed() throws {
  var watching = try watching()
  watching.handle(.tick(now: Int64(hour + 24 * 400) * 3600))
  watching.read(SampleLines.lines(days: 60, seed: 2))
  watching.handle(.stopping)
  #expect(!watching.alerts.isEmpty)
  #expect(watching.alerts.allSatisfy { $0.suppressed == .past })
  #expect(watching.commits.allSatisfy { !$0.hasAlertsToDeliver })
}

@Test func alertsAboutTheLastHourAreNotSuppressed() throws {
  var watching = try watching()
  for line in SampleLines.lines(days: 60, seed: 2) {
    watching.read([line])
    watching.handle(.tick(now: Int64(line.prefix { $0 != " " })!))
  }
  watching.handle(.stopping)
  #expect(!watching.alerts.isEmpty && watching.alerts.allSatisfy { $0.suppressed == nil })
}

/// Goal: the facts of an alert agree with the log. Method: the test computes them again from the stored counts.
@Test func factsOfAlertsAreThoseOfTheCounts() throws {
  var watching = try watching()
  watching.read(SampleLines.lines(days: 60, seed: 2))
  watching.handle(.stopping)
  let counts = watching.committedCounts
  var checked = 0
  for alert in watching.alerts {
    #expect(alert.facts.localTime == LocalTime(hour: alert.hour, in: .utc).inWeek)
    guard alert.kind != .silence,
      let told = alert.facts.habit?.prefixMatch(
        of: /active at that hour on (none|\d+) of the last 14 days/)
    else { continue }
    let days = (1...15).map { alert.hour - 24 * $0 }.filter { $0 <= alert.origin }.prefix(14)
    let active = days.count { counts[.init(stream: alert.stream ?? "", hour: $0)] != nil }
    #expect(told.1 == (active == 0 ? "none" : "\(active)"))
    checked += 1
  }
  #expect(checked > 5)
}

/// Goal: if the clock is set an hour forward and back again, no hour is counted, closed or reported twice. Method:
/// thirty days, hour by hour, once with a correct clock and once with one that is set so at noon of a day; the lines
/// carry that clock's time.
@Test func aClockSteppedForwardAndBackClosesEveryHourOnce() throws {
  var settings = MonitorSettings.quick()
  // With a clear level of 0 no alert is raised a second time by its probability: a repeated alert would come from the
  // clock.
  settings.alert.clear = 0
  var watching = try Watching(settings)
  let step = 24 * 20 + 12
  var lineCount = 0
  for index in 0..<24 * 30 {
    // For two hours the clock is an hour ahead.
    let clock = index + ((step..<step + 2).contains(index) ? 1 : 0)
    if index % 6 == 0 {
      watching.read([line(clock, 30)])
      lineCount += 1
    }
    watching.drain()
    watching.handle(.tick(now: Int64(hour + clock + 1) * 3600 + 60))
  }
  watching.handle(.stopping)
  #expect(watching.committedCounts.values.reduce(0, +) == lineCount)
  let origins = watching.commits.flatMap(\.forecasts).map(\.hour)
  #expect(origins == Array(hour..<hour + 24 * 30))
  let alerts = watching.commits.flatMap(\.alerts).map(\.id)
  #expect(Set(alerts).count == alerts.count)
}

/// Goal: closing an hour of many streams blocks the loop only briefly, and an hour is never committed for some of the
/// streams only. Method: an event closes the hour of 250 streams; a stop after the first of three events commits the
/// hour of all streams.
@Test func anHourOfManyStreamsIsClosedInParts() throws {
  let count = 550
  var settings = MonitorSettings.quick()
  settings.maxStreams = count
  var monitor = Monitor(settings: settings)
  let hour = 480_000
  var batch = RecordBatch()
  batch.segments = [
    .init(
      watermark: Int64(hour) * 3600,
      tallies: (0..<count).map {
        .init(key: "\($0)", hour: hour, count: 1, latest: Int64(hour) * 3600)
      })
  ]
  _ = monitor.handle(.records(source: 0, batch: batch, positions: PositionChanges()))
  _ = monitor.handle(.drained(source: 0, positions: PositionChanges()))
  func forecasts(_ effects: [Effect]) -> [Int] {
    effects.compactMap {
      if case .commit(let changes) = $0 { changes.forecasts.count } else { nil }
    }
  }
  let now = Int64(hour + 1) * 3600 + 120
  var ticks = 0
  var effects: [Effect] = []
  repeat {
    effects += monitor.handle(.tick(now: now))
    ticks += 1
  } while monitor.hasHoursToClose
  #expect(ticks == 3)
  #expect(forecasts(effects) == [count])

  let ofAPart = monitor.handle(.tick(now: now + 3600))
  #expect(ofAPart.isEmpty)
  #expect(monitor.hasHoursToClose)
  let atTheEnd = monitor.handle(.stopping)
  #expect(forecasts(atTheEnd) == [count])
  #expect(monitor.streams.values.allSatisfy { $0.series.openHour == hour + 2 })
}

// MARK: - In parts

/// How many hours, summed over all streams, one event may close.
private let closedPerEvent = 250

/// A monitor of `count` streams, each with requests in the open hour and one a day before.
private func manyStreams(_ count: Int) throws -> Watching {
  var settings = MonitorSettings.quick()
  settings.maxStreams = count
  var watching = try Watching(settings)
  watching.worksInParts = true
  watching.read((0..<count).map { line(0, 0, "k\($0)") })
  watching.drain()
  return watching
}

extension Watching {
  /// The number of closed hours, summed over all streams.
  fileprivate var closedHours: Int {
    monitor.streams.values.reduce(0) { $0 + $1.forecaster.features.hourCount }
  }

  /// Sends ticks until there is nothing left to do.
  ///
  /// - Returns: The largest number of hours, summed over all streams, that one tick closed.
  fileprivate mutating func tickOn(now: Int64) -> Int {
    var most = 0
    repeat {
      let before = closedHours
      handle(.tick(now: now))
      most = max(most, closedHours - before)
    } while monitor.hasHoursToClose
    return most
  }
}

/// Goal: even if lines let many hours close at once, each event closes few hours and stores few streams and forecasts.
/// Method: a line of a day later, when 1,200 streams have all of that day to close.
@Test func linesThatLetManyHoursCloseAreCountedInParts() throws {
  let count = 1_200
  var watching = try manyStreams(count)
  watching.handle(.stopping)
  let known = watching.commits.count
  let before = watching.closedHours
  watching.read([line(24, 60)])
  #expect(watching.closedHours - before <= closedPerEvent)
  #expect(watching.monitor.hasHoursToClose)
  // A position is not stored before its line is counted.
  #expect(watching.commits[known...].allSatisfy { $0.memory.isEmpty && $0.counts.isEmpty })
  #expect(watching.tickOn(now: 0) <= closedPerEvent)
  #expect(watching.monitor.openHour == hour + 24)
  watching.drain()
  #expect(watching.tickOn(now: 0) == 0)
  #expect(watching.committedCounts.values.reduce(0, +) == count + 1)
  for commit in watching.commits[known...] {
    #expect(commit.forecasts.count <= 5_000)
    #expect(commit.streams.count <= 250 + 1)
  }
  let forecasts = watching.forecasts
  // The stream of the last line has no hour before that line.
  #expect(forecasts.count == count)
  #expect(forecasts["web:k7"]?.keys.sorted() == Array(hour..<hour + 24))
}

/// Goal: a start with many streams blocks nothing. Method: 1,200 streams that were stored a day before.
@Test func hoursAreClosedAgainInParts() throws {
  let count = 1_200
  var watching = try manyStreams(count)
  let now = Int64(hour + 9) * 3_600 + 120
  _ = watching.tickOn(now: now)
  let whole = watching.closedHours
  let forecasts = watching.monitor.streams.mapValues(\.forecaster.forecasts)
  try watching.restart(inParts: true)
  #expect(watching.relearned.isEmpty)
  #expect(watching.monitor.isRestoring)
  #expect(watching.closedHours < whole)
  // What a source finds at the start is stored before anything is read.
  let found = PositionChanges(cursors: ["web": ["": "s=1"]])
  watching.handle(.records(source: 0, batch: RecordBatch(), positions: found))
  #expect(watching.monitor.isRestoring)
  #expect(watching.tickOn(now: now) <= closedPerEvent + 48)
  #expect(!watching.monitor.isRestoring)
  #expect(watching.closedHours == whole)
  #expect(watching.commits.last?.positions == found)
  #expect(watching.monitor.streams.mapValues(\.forecaster.forecasts) == forecasts)
}
