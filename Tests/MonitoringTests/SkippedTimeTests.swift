import Alerts
import Forecasting
import Monitoring
import Records
import Testing

private let hour = SampleLines.start / 3600

private func watching(silenceBits: Double = 8) throws -> Watching {
  var settings = MonitorSettings.quick(everyHours: 720)
  settings.alert.silenceBits = silenceBits
  settings.alert.surpriseBits = 1_000
  return try Watching(settings)
}

private func clock(_ index: Int) -> Int64 { Int64(hour + index) * 3600 + 60 }

extension Watching {
  /// Runs hour by hour, as the daemon does, with a request in each hour for which `active` is true.
  fileprivate mutating func runHours(_ hours: Range<Int>, active: (Int) -> Bool = { _ in true }) {
    for index in hours {
      if active(index) { read(["\((hour + index) * 3600 + 60) a"]) }
      drain()
      handle(.tick(now: clock(index + 1)))
    }
  }

  fileprivate mutating func sleep(until index: Int) {
    handle(.timeSkipped(now: clock(index)))
    repeat { handle(.tick(now: clock(index))) } while monitor.hasHoursToClose
  }

  fileprivate var silences: [Alert] { commits.flatMap(\.alerts).filter { $0.kind == .silence } }
}

/// The same hours on a machine that was awake are a silence and a stalled source.
@Test(arguments: [true, false]) func hoursSleptThroughAreClosedOnceAndAreNoSilence(isAsleep: Bool)
  throws
{
  var watching = try watching()
  watching.runHours(0..<240)
  if isAsleep { watching.sleep(until: 265) } else { watching.runHours(240..<265) { _ in false } }
  #expect(watching.commits.flatMap(\.forecasts).map(\.hour) == Array(hour..<hour + 265))
  #expect(watching.silences.count == (isAsleep ? 0 : 1))
  #expect(watching.healthAlerts.count == (isAsleep ? 0 : 1))
}

/// A service that is dead after the sleep is found by the hours after it.
@Test func aSilenceThatOutlastsTheSleepIsReported() throws {
  var watching = try watching()
  watching.runHours(0..<240)
  watching.sleep(until: 265)
  watching.runHours(265..<280) { _ in false }
  #expect(watching.silences.count == 1)
  #expect(watching.silences.allSatisfy { $0.hour >= hour + 265 && $0.suppressed == nil })
}

/// A clock set back does not excuse the hours that it then reaches: they count like any others.
@Test func aClockSetBackExcusesNothing() throws {
  var watching = try watching()
  watching.runHours(0..<240)
  watching.handle(.timeSkipped(now: clock(300)))
  watching.runHours(240..<275) { _ in false }
  #expect(watching.silences.count == 1)
}

@Test func noRequestIsCalledLikelyInAnHourThatIsOver() throws {
  var watching = try watching(silenceBits: 1_000)
  watching.runHours(0..<24 * 30 + 8) { $0 % 24 == 12 }
  let before = watching.alerts.count
  // The machine wakes after noon, so alerts about the morning are useless.
  watching.sleep(until: 24 * 30 + 14)
  #expect(
    watching.alerts.dropFirst(before).allSatisfy {
      $0.suppressed == .past || $0.hour >= hour + 24 * 30 + 14
    })
  let useless = watching.alerts.filter { $0.kind == .upcoming && $0.hour == hour + 24 * 30 + 12 }
  #expect(useless.count <= 1)
}

/// Goal: after a clock that was years ahead is corrected, no stream waits until those years are over.
@Test(arguments: [24 * 3650, 24]) func whatAClockFarAheadLearnedIsLearnedAgain(hours: Int) throws {
  var watching = try watching()
  watching.runHours(0..<240)
  watching.sleep(until: 240 + hours)
  // A line with a time of those years was counted, too.
  let tally = RecordBatch.Tally(
    key: "a", hour: hour + 240 + hours, count: 1, latest: clock(240 + hours))
  var batch = RecordBatch()
  batch.lineCount = 1
  batch.segments = [.init(watermark: tally.latest, tallies: [tally])]
  watching.handle(.records(source: 0, batch: batch, positions: PositionChanges()))
  watching.drain()
  let counted = watching.committedCounts
  #expect(counted.count == 241)
  try watching.restart(now: clock(240))
  let isFar = hours > Monitor.aheadHoursMax
  #expect(watching.relearned.isEmpty != isFar)
  watching.runHours(240..<264)
  let next = isFar ? 264 : 240 + hours
  #expect(watching.monitor.openHour == hour + next)
  let total = watching.committedCounts.values.reduce(0, +)
  #expect(total == counted.values.reduce(0, +) + 24)
}

// MARK: - While nobody listened

/// A daemon that was down, or reads an old log, finds a silence too late to report its hour. If the silence lasts, it
/// is still reported, once.
@Test(arguments: [true, false]) func aSilenceFoundLateIsReportedIfItLasts(lasts: Bool) throws {
  var watching = try watching()
  watching.handle(.tick(now: clock(270)))
  watching.read((0..<240).map { "\((hour + $0) * 3600 + 60) a" })
  if !lasts { watching.read(["\((hour + 268) * 3600 + 60) a"]) }
  watching.drain()
  while watching.monitor.hasHoursToClose { watching.handle(.tick(now: clock(270))) }
  watching.runHours(270..<275) { _ in !lasts }
  let delivered = watching.silences.filter { $0.suppressed == nil }
  #expect(delivered.count == (lasts ? 1 : 0))
  // It is the alert that was found, not another.
  #expect(Set(watching.silences.map(\.id)).count == 1)
}

/// An old silence is not reported. Otherwise every stream that has ended would raise an alert at the first start.
@Test func aSilenceOfLastWeekIsNotReported() throws {
  var watching = try watching()
  watching.handle(.tick(now: clock(500)))
  watching.read((0..<240).map { "\((hour + $0) * 3600 + 60) a" })
  watching.drain()
  while watching.monitor.hasHoursToClose { watching.handle(.tick(now: clock(500))) }
  #expect(watching.silences.count == 1 && watching.silences.allSatisfy { $0.suppressed == .past })
}
