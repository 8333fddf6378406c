import Alerts
import Arithmetic
import Forecasting
import Monitoring
import Records
import Series
import Storage
import TestSupport
import Testing

/// A monitor with a state file, fed hour by hour, or with many hours at a time as from an old log.
private struct StreamCacheBed {
  let shelf: Shelf
  let settings: MonitorSettings
  var state: StateFile
  var monitor: Monitor
  /// By stream and origin.
  var forecasts: [Changes.Count: [Double]] = [:]
  var alerts: [Alert] = []
  /// Events since the last commit, which a kill loses.
  var uncommitted: [Event] = []

  init(
    maxStreams: Int, maxDormantStreams: Int = 100, keptStreamDays: Int = 400,
    residentsMin: Int = 100, key: String? = nil
  ) throws {
    var settings = MonitorSettings(sources: [.init(name: "web", key: key)])
    settings.training.hidden = [4]
    settings.training.maxRows = 1_000
    settings.training.epochs = 1
    settings.training.everyHours = 72
    settings.maxStreams = maxStreams
    settings.maxDormantStreams = maxDormantStreams
    settings.keptStreamHours = 24 * keptStreamDays
    settings.residentsMin = residentsMin
    self.settings = settings
    shelf = try Shelf()
    state = try shelf.open()
    monitor = Monitor(settings: settings)
  }

  func settings(key: String?) -> MonitorSettings {
    var settings = settings
    settings.sources[0].key = key
    return settings
  }

  mutating func handle(_ event: Event) throws {
    uncommitted.append(event)
    var events = [event]
    while !events.isEmpty {
      for effect in monitor.handle(events.removeFirst()) {
        switch effect {
        case .commit(let changes):
          try state.commit(changes)
          uncommitted = []
          alerts += changes.alerts
          for made in changes.forecasts {
            let key = Changes.Count(stream: made.stream, hour: made.hour)
            if let before = forecasts[key] { #expect(before == made.probabilities) }
            forecasts[key] = made.probabilities
          }
        case .load(let names): events.append(.loaded(try state.storedStreams(names)))
        case .train(let job): events.append(.trained(job.run()))
        case .publish: break
        }
      }
    }
  }

  mutating func restart() throws {
    let lost = uncommitted
    uncommitted = []
    state = try shelf.open()
    monitor = Monitor(settings: settings)
    #expect(monitor.restore(try state.storedState()).relearned == [])
    for event in lost { try handle(event) }
  }

  mutating func read(_ segments: ArraySlice<RecordBatch.Segment>) throws {
    var batch = RecordBatch()
    batch.segments = Array(segments)
    try handle(.records(source: 0, batch: batch, positions: PositionChanges()))
  }
}

private let firstHour = 480_000

/// Hourly requests of a few busy streams and of some rare ones.
private func segments(hours: Int, seed: UInt64, keys: Int = 9) -> [RecordBatch.Segment] {
  var chance = Chance(seed: seed)
  return (0..<hours).map { index in
    let hour = firstHour + index
    let tallies = (0..<keys).compactMap { key -> RecordBatch.Tally? in
      let isDue = key < 2 ? index % 24 == 3 + key : index / 50 % keys == key
      guard chance.happens(isDue ? 0.9 : 0.01) else { return nil }
      let count = chance.integer(in: 1...3)
      return .init(key: "k\(key)", hour: hour, count: count, latest: Int64(hour) * 3600 + 9)
    }
    return .init(watermark: Int64(hour) * 3600 + 3599, tallies: tallies)
  }
}

private func counts(_ segments: [RecordBatch.Segment]) -> [Changes.Count: Int] {
  let pairs = segments.flatMap(\.tallies).map {
    (Changes.Count(stream: "web:\($0.key)", hour: $0.hour), $0.count)
  }
  return Dictionary(pairs, uniquingKeysWith: +)
}

/// Goal: evicted streams lose nothing, and which streams are in memory depends only on the hours. Method: the same log
/// in three places for nine streams: hour by hour, many hours at a time, and with kills and restarts.
@Test(arguments: 1...2 as ClosedRange<UInt64>)
func dormantStreamsComeBackWithAllTheyHad(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let log = segments(hours: 24 * 24, seed: seed)
  var live = try StreamCacheBed(maxStreams: 3)
  var replayed = try StreamCacheBed(maxStreams: 3)
  var killed = try StreamCacheBed(maxStreams: 3)
  var mostDormant = 0
  for segment in log { try live.read([segment]) }
  var start = 0
  while start < log.count {
    let end = min(log.count, start + chance.integer(in: 1...40))
    try replayed.read(log[start..<end])
    for segment in log[start..<end] { try killed.read([segment]) }
    if chance.happens(0.3) { try killed.handle(.drained(source: 0, positions: PositionChanges())) }
    if chance.happens(0.25) { try killed.restart() }
    mostDormant = max(mostDormant, killed.monitor.dormantCount)
    #expect(killed.monitor.streams.count <= 3)
    start = end
  }
  for _ in 0..<3 {
    try live.handle(.drained(source: 0, positions: PositionChanges()))
    try replayed.handle(.drained(source: 0, positions: PositionChanges()))
    try killed.handle(.drained(source: 0, positions: PositionChanges()))
  }
  #expect(mostDormant == 6)
  #expect(try live.state.counts() == counts(log))
  #expect(try replayed.state.counts() == counts(log))
  #expect(try killed.state.counts() == counts(log))
  #expect(live.monitor.training.runCount >= 2)
  // A failure shows the differing keys only: the forecasts are too many.
  let ofReplayed = live.forecasts.filter { replayed.forecasts[$0.key] != $0.value }
  let ofKilled = live.forecasts.filter { killed.forecasts[$0.key] != $0.value }
  #expect(ofReplayed.keys.map(\.hour).min() == nil && ofKilled.keys.map(\.hour).min() == nil)
  #expect(live.forecasts.count == replayed.forecasts.count)
  #expect(live.forecasts.count == killed.forecasts.count)
  #expect(live.monitor.streams.keys.sorted() == killed.monitor.streams.keys.sorted())
  let network = live.monitor.models.current?.bytes()
  let isSame = [replayed, killed].map { $0.monitor.models.current?.bytes() == network }
  #expect(isSame == [true, true])
}

/// Goal: an evicted stream returns with what was learned. Method: comparison with a monitor that has room for all
/// streams.
@Test func aStreamThatComesBackKnowsItsHistory() throws {
  var log = segments(hours: 24 * 20, seed: 5, keys: 1)
  // Two other streams evict it for a day, then it returns.
  for index in 24 * 10..<24 * 11 {
    log[index].tallies = ["x", "y"].map {
      .init(key: $0, hour: firstHour + index, count: 1, latest: log[index].watermark)
    }
  }
  var small = try StreamCacheBed(maxStreams: 1)
  var large = try StreamCacheBed(maxStreams: 10)
  for segment in log[..<(24 * 11)] {
    try small.read([segment])
    try large.read([segment])
  }
  #expect(small.monitor.streams["web:k0"] == nil && small.monitor.dormantCount == 2)
  for segment in log[(24 * 11)...] {
    try small.read([segment])
    try large.read([segment])
  }
  let (one, other) = (small.monitor.streams["web:k0"], large.monitor.streams["web:k0"])
  #expect(one?.series == other?.series)
  #expect(one?.forecaster.features == other?.forecaster.features)
}

/// A stream that is active each day, and one that is so for a month, and again after four months without a request.
private let sleeper: [RecordBatch.Segment] = (0..<24 * 165).map { index in
  let hour = firstHour + index
  let keys = ["daily"] + ((24 * 30..<24 * 150).contains(index) ? [] : ["sleeper"])
  return .init(
    watermark: Int64(hour) * 3600 + 3599,
    tallies: index % 24 == 9
      ? keys.map { .init(key: $0, hour: hour, count: 1, latest: Int64(hour) * 3600) } : [])
}

/// Goal: a stream with negligible forecasts leaves memory without a difference: its next request is reported as
/// unexpected, it has the history it would have had, and the forecasts that it missed were low. Method: comparison with
/// a monitor that keeps all streams in memory.
@Test func aDormantStreamIsNotMissed() throws {
  var small = try StreamCacheBed(maxStreams: 10, residentsMin: 1)
  var large = try StreamCacheBed(maxStreams: 10)
  var dormantHours = 0
  for segment in sleeper {
    try small.read([segment])
    try large.read([segment])
    guard small.monitor.dormantCount > 0 else { continue }
    dormantHours += 1
    let forecasts = try #require(large.monitor.streams["web:sleeper"]?.forecaster.forecasts)
    #expect(forecasts.allSatisfy { $0.probability < 0.04 })
  }
  for bed in [small, large] { #expect(bed.monitor.streams.count == 2) }
  // Of the 120 idle days all except the first seventy, and up to a day until the next check.
  #expect((24 * 48...24 * 51).contains(dormantHours))
  let name = "web:sleeper"
  #expect(small.monitor.streams[name]?.series == large.monitor.streams[name]?.series)
  #expect(
    small.monitor.streams[name]?.forecaster.features
      == large.monitor.streams[name]?.forecaster.features)
  try small.handle(.stopping)
  try large.handle(.stopping)
  let wakeHour = firstHour + 24 * 150 + 9
  for bed in [small, large] {
    #expect(bed.alerts.contains { $0.kind == .unexpected && $0.hour == wakeHour }, "unexpected")
  }
}

/// Goal: when a stream becomes dormant and returns depends only on the hours. Method: the same hour by hour, many hours
/// at a time, and with kills and restarts.
@Test func dormancyIsReplayed() throws {
  var chance = Chance(seed: 11)
  var live = try StreamCacheBed(maxStreams: 10, residentsMin: 1)
  var replayed = try StreamCacheBed(maxStreams: 10, residentsMin: 1)
  var killed = try StreamCacheBed(maxStreams: 10, residentsMin: 1)
  for segment in sleeper { try live.read([segment]) }
  var start = 0
  while start < sleeper.count {
    let end = min(sleeper.count, start + chance.integer(in: 1...90))
    try replayed.read(sleeper[start..<end])
    for segment in sleeper[start..<end] { try killed.read([segment]) }
    if chance.happens(0.3) { try killed.handle(.drained(source: 0, positions: PositionChanges())) }
    if chance.happens(0.3) { try killed.restart() }
    start = end
  }
  for _ in 0..<2 {
    try live.handle(.drained(source: 0, positions: PositionChanges()))
    try replayed.handle(.drained(source: 0, positions: PositionChanges()))
    try killed.handle(.drained(source: 0, positions: PositionChanges()))
  }
  let sleeping = live.forecasts.keys.filter { $0.stream == "web:sleeper" }
  #expect((24 * 114...24 * 117).contains(sleeping.count))
  let isSame = [replayed, killed].map { $0.forecasts == live.forecasts }
  #expect(isSame == [true, true])
  #expect(try killed.state.counts() == live.state.counts())
}

/// Invented keys fill only the room for dormant streams; the other streams are still counted.
@Test func madeUpKeysAreOverflowWhenThereIsNoRoomForThem() throws {
  var bed = try StreamCacheBed(maxStreams: 2, maxDormantStreams: 5)
  for (index, segment) in segments(hours: 48, seed: 6, keys: 2).enumerated() {
    var segment = segment
    segment.tallies = [
      .init(key: "k0", hour: firstHour + index, count: 1, latest: segment.watermark)
    ]
    segment.tallies += (0..<10).map {
      .init(key: "made-up \(index) \($0)", hour: firstHour + index, count: 1, latest: 0)
    }
    try bed.read([segment])
  }
  try bed.handle(.stopping)
  let counts = try bed.state.counts()
  #expect(Set(counts.keys.map(\.stream)).count == 7)
  #expect(bed.monitor.streams.count == 2 && bed.monitor.dormantCount == 5)
  #expect(bed.monitor.sources[0].overflowCount >= 470)
  #expect(
    bed.monitor.sources[0].countedCount == counts.values.reduce(0, +))
  #expect(counts.filter { $0.key.stream == "web:k0" }.count == 48)
}

/// Goal: invented keys are forgotten in memory and in the state, so that a full table does not refuse every new key for
/// ever. Method: a table that is full of made-up keys, forty days without them, then a new key; with a restart in
/// between, and without.
@Test(arguments: [false, true])
func aFullTableMakesRoomForNewKeys(restarts: Bool) throws {
  var bed = try StreamCacheBed(maxStreams: 2, maxDormantStreams: 3, keptStreamDays: 30)
  func segment(_ index: Int, _ keys: [String]) -> RecordBatch.Segment {
    let hour = firstHour + index
    return .init(
      watermark: Int64(hour) * 3600 + 3599,
      tallies: keys.map { .init(key: $0, hour: hour, count: 1, latest: Int64(hour) * 3600) })
  }
  for index in 0..<24 {
    try bed.read([segment(index, ["k0"] + (0..<9).map { "made-up \(index) \($0)" })])
  }
  #expect(!bed.monitor.hasRoomForStreams && bed.monitor.sources[0].overflowCount >= 200)
  let before = bed.monitor.sources[0].overflowCount
  for index in 24..<24 * 40 {
    try bed.read([segment(index, ["k0"])])
    if restarts, index == 24 * 20 { try bed.restart() }
  }
  #expect(bed.monitor.hasRoomForStreams && bed.monitor.dormantCount == 0)
  #expect(bed.monitor.streams.keys.sorted() == ["web:k0"])
  try bed.read([segment(24 * 40, ["k0", "new"])])
  try bed.handle(.stopping)
  #expect(bed.monitor.sources[0].overflowCount == before)
  #expect(try Set(bed.state.counts().keys.map(\.stream)) == ["web:k0", "web:new"])
  try bed.restart()
  #expect(bed.monitor.streams.keys.sorted() == ["web:k0", "web:new"])
}

/// With settings for fewer streams than before, the surplus is evicted at the next hour's end.
@Test func lessRoomThanBeforeEvictsTheSurplus() throws {
  var bed = try StreamCacheBed(maxStreams: 9)
  let log = segments(hours: 24 * 20, seed: 7)
  for segment in log { try bed.read([segment]) }
  try bed.handle(.stopping)
  #expect(bed.monitor.dormantCount == 0 && bed.monitor.streams.count == 9)
  var settings = bed.settings
  settings.maxStreams = 4
  var monitor = Monitor(settings: settings)
  #expect(monitor.restore(try bed.state.storedState()).relearned == [])
  bed.monitor = monitor
  try bed.handle(.tick(now: Int64(firstHour + log.count + 2) * 3600))
  try bed.handle(.drained(source: 0, positions: PositionChanges()))
  #expect(bed.monitor.streams.count == 4 && bed.monitor.dormantCount == 5)
  #expect(try bed.state.counts() == counts(log))
  #expect(try bed.state.storedState().dormant.count == 5)
}

/// Streams that a changed key makes no more are not expected any longer; those that it still makes go on with all that
/// they have learned.
@Test func streamsOfAnotherKeyAreDormantUntilTheirNextRequest() throws {
  var bed = try StreamCacheBed(maxStreams: 9, key: "{host}")
  let log = segments(hours: 24 * 20, seed: 7)
  for segment in log { try bed.read([segment]) }
  try bed.handle(.stopping)
  let names = bed.monitor.streams.keys.sorted()
  #expect(names.count == 9)
  let openHour = try #require(bed.monitor.openHour)
  let learnedHours = bed.monitor.streams["web:k1"]?.forecaster.features.hourCount ?? 0

  // It is not known what made the streams of an older state, and a command that reads a state does not know it either.
  for key in ["{host}", nil] {
    var monitor = Monitor(settings: bed.settings(key: key))
    let stored = try bed.state.storedState()
    #expect(monitor.restore(stored) == Monitor.Restored(relearned: []) && !stored.memory.isEmpty)
    #expect(monitor.streams.keys.sorted() == names)
  }

  bed.monitor = Monitor(settings: bed.settings(key: "{path}"))
  let restored = bed.monitor.restore(try bed.state.storedState())
  #expect(restored == Monitor.Restored(relearned: [], setAside: names))
  #expect(bed.monitor.streams.isEmpty && bed.monitor.dormantCount == 9)
  bed.forecasts = [:]
  bed.alerts = []
  let next = firstHour + log.count
  try bed.handle(.drained(source: 0, positions: PositionChanges()))
  try bed.handle(.tick(now: Int64(next + 50) * 3600))
  #expect(bed.monitor.openHour == next + 49 && bed.forecasts.isEmpty && bed.alerts.isEmpty)

  let tally = RecordBatch.Tally(
    key: "k1", hour: next + 50, count: 2, latest: Int64(next + 50) * 3600 + 9)
  try bed.read([.init(watermark: Int64(next + 50) * 3600 + 9, tallies: [tally])])
  try bed.handle(.drained(source: 0, positions: PositionChanges()))
  try bed.handle(.tick(now: Int64(next + 52) * 3600))
  #expect(bed.monitor.streams.keys.sorted() == ["web:k1"])
  #expect(
    bed.monitor.streams["web:k1"]?.forecaster.features.hourCount
      == learnedHours + next + 51 - openHour)
  try bed.handle(.stopping)

  var again = Monitor(settings: bed.settings(key: "{path}"))
  #expect(again.restore(try bed.state.storedState()) == Monitor.Restored(relearned: []))
  #expect(again.streams.keys.sorted() == ["web:k1"] && again.dormantCount == 8)
}
