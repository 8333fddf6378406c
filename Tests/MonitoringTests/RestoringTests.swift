import Alerts
import Arithmetic
import Forecasting
import Monitoring
import Series
import Storage
import TestSupport
import Testing

/// The encoded state of every stream, to compare two monitors bit by bit.
private func memories(_ watching: Watching) -> [String: [UInt8]] {
  var copy = watching
  // After stopping, every stream is stored.
  copy.handle(.tick(now: Int64((watching.monitor.openHour ?? 0) + 3) * 3600))
  repeat { copy.handle(.stopping) } while copy.monitor.isSavingDue
  var memories = copy.stored.streams.mapValues(\.bytes)
  memories["(monitor)"] = copy.stored.memory
  memories["(network)"] = copy.monitor.models.current?.bytes()
  memories["(network before)"] = copy.monitor.models.previous?.bytes()
  return memories
}

/// Goal: a restart changes nothing. Method: the same lines, once without a stop and once with kills at seeded moments,
/// with and without a commit before them, and also during training; with streams that are packed, or not.
@Test(arguments: 1...8 as ClosedRange<UInt64>)
func killsAndRestartsChangeNothing(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let lines = SampleLines.lines(days: 32, seed: seed)
  var settings = MonitorSettings.quick(everyHours: 72)
  settings.unpackedStreams = 0
  var unbroken = try Watching(settings)
  var killed = try Watching(settings)
  if !seed.isMultiple(of: 4) { killed.compression = StoredBytes.compression }
  var start = 0
  while start < lines.count {
    let end = min(lines.count, start + chance.integer(in: 1...25))
    let isHeld = chance.happens(0.3)
    killed.holdsTraining = isHeld
    for line in lines[start..<end] {
      unbroken.read([line])
      killed.read([line])
    }
    if chance.happens(0.4) {
      unbroken.drain()
      killed.drain()
    }
    killed.holdsTraining = false
    if chance.happens(0.3) {
      try killed.restart(inParts: chance.happens(0.5))
      #expect(killed.relearned == [])
    } else {
      killed.finishTraining()
    }
    start = end
  }
  for _ in 0..<2 {
    unbroken.drain()
    killed.drain()
  }
  #expect(killed.committedCounts == unbroken.committedCounts)
  #expect(killed.forecasts == unbroken.forecasts)
  #expect(killed.alerts == unbroken.alerts)
  #expect(killed.outcomes == unbroken.outcomes)
  #expect(killed.reports == unbroken.reports)
  #expect(memories(killed) == memories(unbroken))
}

@Test func progressSurvivesARestart() throws {
  var watching = try Watching(.quick())
  watching.read(SampleLines.lines(days: 5, seed: 1) + ["nonsense", "more nonsense"])
  watching.drain()
  let before = watching.monitor.sources[0]
  try watching.restart()
  let after = watching.monitor.sources[0]
  #expect(after.watermark == before.watermark)
  #expect(after.lineCount == before.lineCount)
  #expect(after.rejections == before.rejections)
  #expect(after.isBehind)
}

@Test func aRemovedSourceIsLeftAlone() throws {
  var watching = try Watching(.quick())
  watching.read(SampleLines.lines(days: 5, seed: 1))
  watching.drain()
  var other = Monitor(settings: MonitorSettings(sources: [.init(name: "another")]))
  #expect(other.restore(watching.stored).relearned == [])
  #expect(other.streams.isEmpty)
}

// MARK: - Damage

private func watchedDays(_ days: Int) throws -> Watching {
  var watching = try Watching(.quick())
  watching.read(SampleLines.lines(days: days, seed: 1))
  watching.drain()
  return watching
}

/// A damaged stream, and no other, is learned again from its counts.
@Test(arguments: 1...40 as ClosedRange<UInt64>)
func aDamagedStreamIsLearnedAgain(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  var watching = try watchedDays(20)
  let other = watching.stored.streams["web:b"]?.bytes
  let openHour = watching.monitor.openHour
  try watching.restart { stored in
    var bytes = stored.streams["web:a"]!.bytes
    switch chance.integer(in: 0...2) {
    case 0: bytes.removeLast(chance.integer(in: 1...bytes.count))
    case 1: bytes = chance.bytes(count: bytes.count)
    default:
      bytes[chance.integer(in: 100...bytes.count - 1)] ^= UInt8(1 << chance.integer(in: 0...7))
    }
    stored.streams["web:a"]!.bytes = bytes
  }
  #expect(watching.relearned == ["web:a"])
  let stream = try #require(watching.monitor.streams["web:a"])
  #expect(stream.series.openHour == openHour)
  #expect(stream.series.buckets == watching.stored.streams["web:a"]?.buckets)
  #expect(stream.forecaster.origin == stream.series.openHour - 1)
  // It continues like any other stream.
  watching.handle(.tick(now: Int64(openHour! + 50) * 3600))
  watching.drain()
  #expect(watching.forecasts["web:a"]?.keys.max() == watching.forecasts["web:b"]?.keys.max())
  #expect(other != nil)
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func aDamagedMemoryLeavesTheCounts(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  var watching = try watchedDays(10)
  try watching.restart { stored in
    if seed % 2 == 0 {
      stored.memory = chance.bytes(count: chance.integer(in: 0...300))
    } else {
      stored.memory[chance.integer(in: 0...stored.memory.count - 1)] ^= 0x40
    }
  }
  #expect(watching.relearned == ["web:a", "web:b"])
  for (name, stream) in watching.stored.streams {
    #expect(watching.monitor.streams[name]?.series.buckets == stream.buckets)
  }
  watching.read(SampleLines.lines(days: 12, seed: 1).suffix(10))
  watching.drain()
  #expect(watching.forecasts.count == 2)
}

/// Impossible numbers under a correct checksum: no range of hours is processed because of them.
@Test(arguments: [.max, .min + 1, -1, 0, 490_000, ByteReader.lastHour, ByteReader.lastHour + 1])
func anImpossibleHourIsLearnedAgain(hour: Int) throws {
  // After the name and the shape of a stream follow its first hour, its open hour, its latest request, and the first
  // and the newest hour of its features.
  let before = try watchedDays(10)
  let openHour = try #require(before.monitor.openHour)
  let now = Int64(SampleLines.start + 10 * 86_400)
  for place in 0..<5 {
    var watching = before
    try watching.restart(now: now) { stored in
      var reader = ByteReader(stored.streams["web:a"]!.bytes)
      var head = ByteWriter()
      // Numbers of two bytes come first, in columns.
      _ = try? reader.readInt()
      let columns = 2 * ((try? reader.readInt()) ?? 0)
      reader = ByteReader(Array(stored.streams["web:a"]!.bytes.dropFirst(16 + columns)))
      for _ in 0..<2 { head.write((try? reader.readString()) ?? "") }
      var number = ByteWriter()
      number.write(hour)
      var bytes = Array(stored.streams["web:a"]!.bytes.dropLast(8))
      let start = 16 + columns + head.bytes.count + 8 * place
      bytes.replaceSubrange(start..<start + 8, with: number.bytes)
      stored.streams["web:a"]!.bytes = ByteWriter.sealing(bytes)
    }
    // Any time is plausible for the latest request.
    #expect(watching.relearned == ["web:a"] || place == 2)
    #expect(watching.monitor.streams["web:a"]?.series.openHour == openHour)
    watching.handle(.tick(now: now + 86_400))
    #expect(watching.monitor.openHour.map { $0 <= openHour + 48 } ?? false)
  }
}

@Test func aMemoryOfAnImpossibleHourLeavesTheCounts() throws {
  let before = try watchedDays(10)
  for hour in [.max, -1, ByteReader.lastHour] {
    var watching = before
    try watching.restart(now: Int64(SampleLines.start + 10 * 86_400)) { stored in
      var writer = ByteWriter()
      writer.write(hour)
      stored.memory.replaceSubrange(8..<16, with: writer.bytes)
      stored.memory = ByteWriter.sealing(Array(stored.memory.dropLast(8)))
    }
    #expect(watching.relearned == ["web:a", "web:b"])
  }
}

/// A line of 1970 among those of today is counted, and does not add half a million hours when all streams are learned
/// again.
@Test func aSilenceOfYearsIsNotLearnedAgain() throws {
  var watching = try watchedDays(10)
  watching.read(["0 a"])
  watching.drain()
  try watching.restart { $0.memory = [] }
  let stream = try #require(watching.monitor.streams["web:a"])
  #expect(stream.series.firstHour >= SampleLines.start / 3600)
  #expect(watching.committedCounts[.init(stream: "web:a", hour: 0)] == 1)
}

/// When a source returns to the settings after some days, its streams have hours to catch up.
@Test func aSourceThatIsBackIsInStep() throws {
  var watching = try watchedDays(10)
  let away = watching.stored
  watching.handle(.tick(now: Int64(SampleLines.start + 14 * 86_400)))
  let openHour = watching.monitor.openHour
  try watching.restart { $0.streams["web:a"] = away.streams["web:a"] }
  #expect(watching.relearned == ["web:a"])
  #expect(watching.monitor.streams["web:a"]?.series.openHour == openHour)
}

/// After a change of the forecast settings the learned state is of no use, but the counts are.
@Test func anotherHorizonIsLearnedAgain() throws {
  let watching = try watchedDays(10)
  var settings = watching.settings
  settings.forecast.horizonHours = 48
  var monitor = Monitor(settings: settings)
  #expect(monitor.restore(watching.stored).relearned == ["web:a", "web:b"])
  #expect(monitor.openHour == watching.monitor.openHour)
}

@Test func anEmptyStateIsABeginning() throws {
  var monitor = Monitor(settings: .quick())
  #expect(monitor.restore(StoredState()).relearned == [])
  #expect(monitor.streams.isEmpty && monitor.openHour == nil)
}

@Test func networksOfOtherFeaturesAreNotUsed() throws {
  let watching = try watchedDays(25)
  var stored = watching.stored
  let model = try #require(stored.models.current)
  let count = model.featureCount + 1
  stored.models = Models(current: .untrained(featureCount: count))
  var monitor = Monitor(settings: watching.settings)
  _ = monitor.restore(stored)
  #expect(monitor.models.current == nil)
}

/// Goal: a start is quick even if a thousand streams must be learned again from their counts. Method: a limit of a
/// thousand hours for two streams; the newest five hundred hours of each are learned, the newest fifty are forecast, and
/// all counts stay.
@Test func ofManyStreamsTheNewestHoursAreLearnedAgain() throws {
  var settings = MonitorSettings(sources: [.init(name: "web")])
  settings.relearnedHours = 1_000
  var stored = StoredState()
  for key in ["a", "b"] {
    stored.streams["web:\(key)"] = StoredState.Stream(
      bytes: [], buckets: (0..<40).map { HourlySeries.Bucket(hour: 480_000 + 24 * $0, count: 2) })
  }
  var monitor = Monitor(settings: settings)
  #expect(monitor.restore(stored).relearned == ["web:a", "web:b"])
  let open = 480_000 + 24 * 39
  for stream in monitor.streams.values {
    #expect(stream.forecaster.features.hourCount == 500)
    #expect(stream.forecaster.origin == open - 1)
    #expect(stream.forecaster.forecasts.count == settings.forecast.horizonHours)
    #expect(!stream.forecaster.scores[0].isEmpty)
    #expect(stream.series.firstHour == 480_000 && stream.series.buckets.count == 40)
  }
  #expect(monitor.streams.count == 2)
}

/// Goal: before the process ends, no commit takes long where there are many streams, and what is not stored is not lost.
/// Method: one of two monitors is restarted when it has stored a part of its streams, the other when it has stored all.
@Test func aStopStoresManyStreamsInParts() throws {
  var settings = MonitorSettings(sources: [.init(name: "log")])
  settings.maxStreams = 3_000
  var unbroken = try Watching(settings)
  func close(_ hour: Int, _ watching: inout Watching) {
    repeat {
      watching.handle(.tick(now: Int64(SampleLines.start + 3_600 * (hour + 1) + 120)))
    } while watching.monitor.hasHoursToClose
  }
  unbroken.read((0..<3_000).map { "\(SampleLines.start + 3_599) \($0)" })
  unbroken.drain()
  for hour in 0...1 { close(hour, &unbroken) }
  var partly = unbroken
  partly.handle(.stopping)
  #expect(partly.commits.last?.streams.count == 2_500)
  #expect(partly.monitor.isSavingDue)
  var complete = unbroken
  repeat { complete.handle(.stopping) } while complete.monitor.isSavingDue
  for name in complete.stored.streams.keys {
    #expect(complete.stored.streams[name]?.bytes.isEmpty == false)
  }
  try partly.restart()
  try complete.restart()
  #expect(partly.relearned == [] && complete.relearned == [])
  for watching in [partly, complete] {
    var watching = watching
    watching.drain()
    close(2, &watching)
    var expected = unbroken
    close(2, &expected)
    #expect(watching.forecasts == expected.forecasts)
    #expect(memories(watching) == memories(expected))
  }
}
