import Arithmetic
import Forecasting
import Monitoring
import Records
import Series
import TestSupport
import Testing

private let hour = 3_600

/// One line a day, at the third hour, with this key.
private func lines(_ key: String, days: Range<Int>) -> [String] {
  days.map { "\(SampleLines.start + ($0 * 24 + 3) * hour) \(key)" }
}

private func settings(keptStreamDays: Int, keptCountDays: Int) -> MonitorSettings {
  var settings = MonitorSettings.quick(everyHours: 24 * 28)
  settings.keptStreamHours = 24 * keptStreamDays
  settings.keptCountHours = 24 * keptCountDays
  return settings
}

/// Goal: an idle stream is forgotten after the same hour of the log, whether live, replayed or after restarts; if its
/// name returns, it is a new stream. Method: the same lines one by one, with a commit after each; all in one batch; and
/// with kills.
@Test(arguments: 1...4 as ClosedRange<UInt64>)
func aStreamWithoutRequestsIsForgotten(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let settings = settings(keptStreamDays: 40, keptCountDays: 60)
  let log = lines("a", days: 0..<30) + lines("b", days: 30..<90) + lines("a", days: 90..<92)
  var live = try Watching(settings)
  var replayed = try Watching(settings)
  var killed = try Watching(settings)
  for line in log {
    live.read([line])
    live.drain()
    killed.read([line])
    if chance.happens(0.5) { killed.drain() }
    if chance.happens(0.2) {
      try killed.restart()
      #expect(killed.relearned == [])
    }
  }
  replayed.read(log)
  let end = try #require(live.monitor.sources[0].watermark)
  repeat {
    replayed.handle(.reached(source: 0, time: end))
  } while replayed.monitor.hasHoursToClose
  replayed.drain()
  killed.drain()
  #expect(live.commits.flatMap(\.forgotten) == ["web:a"])
  #expect(
    live.monitor.streams["web:a"]?.series.firstHour == (SampleLines.start / hour) + 90 * 24 + 3)
  let kept = live.committedCounts.keys.filter { $0.stream == "web:a" }
  #expect(kept.count == 2)
  #expect(replayed.committedCounts == live.committedCounts)
  #expect(killed.committedCounts == live.committedCounts)
  // Only the live monitor committed the forecasts of a stream before it was forgotten.
  let since = SampleLines.start / hour + 24 * 75
  for (other, how) in [(replayed, "replayed"), (killed, "killed")] {
    for (name, origins) in live.forecasts {
      let newest = origins.filter { $0.key >= since }
      let found = other.forecasts[name]?.filter { $0.key >= since } ?? [:]
      let differing = newest.filter { found[$0.key] != $0.value }.keys.min()
      #expect(differing == nil, "\(name) \(how)")
      #expect(found.count == newest.count, "\(name) \(how)")
    }
  }
  #expect(killed.stored.trainingRows == live.stored.trainingRows)
}

/// Goal: a stream that should restart at its next request after a skipped silence, and gets no request, is forgotten
/// too. Otherwise invented names would occupy their places for ever. Method: a hundred keys, a silence that exceeds the
/// allowance, and then one of the keys for weeks.
@Test(arguments: [false, true]) func aStreamThatNeverRestartsIsForgotten(
  isRestarted: Bool
) throws {
  var settings = settings(keptStreamDays: 40, keptCountDays: 60)
  settings.silenceHoursAllowed = 5_000
  settings.training.everyHours = 1 << 40
  var watching = try Watching(settings)
  watching.read((0..<100).flatMap { lines("k\($0)", days: 0..<1) })
  for line in lines("k0", days: 30..<80) {
    watching.read([line])
    watching.drain()
    if isRestarted { try watching.restart() }
  }
  #expect(watching.monitor.silenceAllowance.skippedHours > 0)
  let forgotten = watching.commits.flatMap(\.forgotten)
  #expect(forgotten.sorted() == (1..<100).map { "web:k\($0)" }.sorted())
  #expect(watching.stored.streams.keys.sorted() == ["web:k0"])
}

/// Goal: old counts are deleted, and a restart continues from the rest as if there had been no restart. Method: 100
/// days of which 40 are kept, with kills, compared with the same run without.
@Test(arguments: 1...4 as ClosedRange<UInt64>)
func oldCountsAreForgotten(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let settings = settings(keptStreamDays: 40, keptCountDays: 40)
  let log = SampleLines.lines(days: 100, seed: seed)
  var live = try Watching(settings)
  var killed = try Watching(settings)
  for (index, line) in log.enumerated() {
    live.read([line])
    killed.read([line])
    guard index % 7 == 0 else { continue }
    live.drain()
    if chance.happens(0.5) { killed.drain() }
    if chance.happens(0.2) {
      try killed.restart()
      #expect(killed.relearned == [])
    }
  }
  live.drain()
  killed.drain()
  let oldest = try #require(live.committedCounts.keys.map(\.hour).min())
  let end = try #require(live.monitor.openHour)
  // Counts are deleted at most four weeks after they have become too old.
  #expect((24 * 39...24 * 69).contains(end - oldest))
  #expect(live.commits.contains { !$0.firstCounts.isEmpty })
  #expect(killed.committedCounts == live.committedCounts)
  #expect(killed.forecasts == live.forecasts)
  for (name, stream) in live.monitor.streams {
    #expect(killed.monitor.streams[name]?.series == stream.series)
  }
}

/// A source without a key has one stream, which is never forgotten: no other name could take its place.
@Test func theStreamOfASourceStays() throws {
  let settings = settings(keptStreamDays: 30, keptCountDays: 30)
  var monitor = Monitor(settings: settings)
  for day in [0, 1, 200] {
    let start = Int64(SampleLines.start + day * 24 * hour)
    var batch = RecordBatch()
    batch.segments = [
      .init(
        watermark: start,
        tallies: [.init(key: "", hour: Int(start) / hour, count: 1, latest: start)])
    ]
    for case .train(let job) in monitor.handle(
      .records(source: 0, batch: batch, positions: PositionChanges()))
    {
      _ = monitor.handle(.trained(job.skipped()))
    }
    while monitor.hasHoursToClose { _ = monitor.handle(.tick(now: start)) }
  }
  let first = try #require(monitor.streams["web"]).series.firstHour
  #expect(first < SampleLines.start / hour + 48)
}

/// Goal: neither an hour's end nor its commit takes longer because many streams leave together; and which leave when
/// depends on the hours alone. Method: thirteen streams of one day and one that goes on, of which four may leave an hour,
/// hour by hour and all at once.
@Test func streamsThatLeaveTogetherDoSoInParts() throws {
  var settings = settings(keptStreamDays: 80, keptCountDays: 80)
  settings.forecast.horizonHours = 1
  settings.residentsMin = 1
  settings.leavingMax = 4
  settings.training.everyHours = 1 << 40
  let log = (0..<13).flatMap { lines("k\($0)", days: 0..<1) } + lines("daily", days: 1..<90)
  var live = try Watching(settings)
  live.read(Array(log.prefix(13)))
  var next = log.dropFirst(13)
  for past in 4..<90 * 24 {
    if past % 24 == 3, let line = next.popFirst() { live.read([line]) }
    live.drain()
    live.handle(.tick(now: Int64(SampleLines.start + (past + 1) * hour + 60)))
  }
  let left = live.commits.map { $0.isDormant.values.count { $0 } }.filter { $0 > 0 }
  // At a day's end, or when as many as an hour may take are there.
  #expect(left == [4, 4, 4, 1])
  #expect(live.commits.map(\.forgotten.count).filter { $0 > 0 } == [4, 4, 4, 1])
  #expect(live.monitor.streams.keys.sorted() == ["web:daily"] && live.monitor.dormantCount == 0)

  var replayed = try Watching(settings)
  // Not as far as any is forgotten, for its forecasts would go with it.
  replayed.read(Array(log.prefix(13 + 75)))
  replayed.drain()
  let newest = [live, replayed].map { watching in
    (0..<13).map { watching.forecasts["web:k\($0)"]?.keys.max() }
  }
  #expect(Set(newest[0]).count == 4 && newest[0] == newest[1])
}
