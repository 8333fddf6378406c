import Alerts
import Arithmetic
import Forecasting
import Foundation
import GRDB
import Monitoring
import Records
import Series
import Storage
import TestSupport
import Testing

@Test func aNewFileIsEmpty() throws {
  let state = try Shelf().open()
  #expect(try state.counts().isEmpty)
  #expect(try state.positions().isEmpty)
  #expect(try state.forecasts().isEmpty)
  #expect(try state.alerts().isEmpty)
  #expect(try state.storedState().memory.isEmpty)
}

@Test func whatIsCommittedIsThereAfterReopening() throws {
  let shelf = try Shelf()
  try shelf.open().commit(.full)
  let state = try shelf.open()
  #expect(try state.counts() == Changes.full.counts)
  #expect(try state.positions() == Changes.full.positions.updated)
  #expect(try state.cursors() == Changes.full.positions.cursors)
  #expect(try state.forecasts() == Changes.full.forecasts)
  #expect(try state.alerts().map(\.alert) == Changes.full.alerts)
  let stored = try state.storedState()
  #expect(stored.memory == [1, 2, 3])
  #expect(stored.streams.mapValues(\.bytes) == Changes.full.streams.mapValues(\.bytes))
  #expect(
    stored.streams["web"]?.buckets
      == [HourlySeries.Bucket(hour: 500_000, count: 3), .init(hour: 500_007, count: 1)])
}

@Test func countsAddUpOverCommits() throws {
  let state = try Shelf().open()
  for _ in 0..<3 { try state.commit(.counts([("a", 10, 2), ("b", 10, 5)])) }
  #expect(
    try state.counts() == [.init(stream: "a", hour: 10): 6, .init(stream: "b", hour: 10): 15])
}

@Test func anOriginForecastAgainReplacesItself() throws {
  let state = try Shelf().open()
  var changes = Changes()
  for probability in [1, 0.5] {
    changes.forecasts = [.init(stream: "s", hour: 5, probabilities: [probability])]
    try state.commit(changes)
  }
  #expect(try state.forecasts().map(\.probabilities) == [[0.5]])
}

@Test func whatIsTooOldIsPruned() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  var changes = Changes()
  changes.forecasts = (0..<10).map { .init(stream: "s", hour: $0, probabilities: [0.5]) }
  changes.alerts = (0..<10).map { .sample(hour: $0) }
  changes.reports = (0..<10).map {
    TrainingReport(number: $0, reason: .scheduled, isFull: true, endHour: $0)
  }
  try state.commit(changes)
  try state.commit(Changes())
  #expect(try state.forecasts().count == 10 && state.alerts().count == 10)
  try state.commit(Changes(), StateFile.Pruning(forecasts: 7, alerts: 8, reports: 9))
  #expect(try state.forecasts().map(\.hour) == [7, 8, 9])
  #expect(try state.alerts().map(\.alert.hour) == [8, 9])
  let numbers = try DatabaseQueue(path: shelf.path).read {
    try Int.fetchAll($0, sql: "SELECT number FROM training")
  }
  #expect(numbers == [9])
}

/// What the same commit stores belongs to a new stream that has the name of the forgotten one.
@Test func aForgottenStreamLeavesNothingAndItsNameMayComeBack() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  var changes = Changes.full
  changes.trainingRows = [
    .added(.init(stream: "web", origin: 9, lead: 1, priority: 0.5, weight: 1, features: [1])),
    .added(.init(stream: "other", origin: 9, lead: 1, priority: 0.5, weight: 1, features: [1])),
  ]
  try state.commit(changes)
  var next = Changes.counts([("web", 500_100, 2)])
  next.forgotten = ["web", "never stored"]
  try state.commit(next)
  #expect(
    try state.counts() == [
      .init(stream: "web", hour: 500_100): 2, .init(stream: "größe \u{1F4C8}", hour: -3): 9,
    ])
  #expect(try state.forecasts().isEmpty && state.alerts().map(\.alert) == [.stall])
  let stored = try state.storedState()
  #expect(stored.streams["web"]?.bytes == [])
  #expect(stored.trainingRows.map(\.stream) == ["other"])
  // Their rows in the long tables are deleted, not only hidden.
  let left = try DatabaseQueue(path: shelf.path).read { database in
    try ["forecast", "training_row", "learned"].map {
      try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)")
    }
  }
  #expect(left == [0, 1, 1])
}

@Test func countsBeforeTheFirstThatIsKeptGo() throws {
  let state = try Shelf().open()
  try state.commit(.counts([("a", 5, 1), ("a", 9, 1), ("b", 5, 1)]))
  var changes = Changes.counts([("a", 11, 1)])
  changes.firstCounts = ["a": 9]
  try state.commit(changes)
  #expect(
    try Set(state.counts().keys) == [
      .init(stream: "a", hour: 9), .init(stream: "a", hour: 11), .init(stream: "b", hour: 5),
    ])
}

// MARK: - Positions

@Test func aPositionIsReplacedByItsNewerOne() throws {
  let state = try Shelf().open()
  for offset in [100, 250] as [Int64] {
    var changes = Changes()
    changes.positions = PositionChanges(updated: [.sample(inode: 1, offset: offset)])
    try state.commit(changes)
  }
  #expect(try state.positions() == [.sample(inode: 1, offset: 250)])
}

@Test func aForgottenPositionIsGoneAndTheOthersStay() throws {
  let state = try Shelf().open()
  try state.commit(.full)
  var changes = Changes()
  changes.positions = PositionChanges(forgotten: [FilePosition.sample(inode: 1).key])
  try state.commit(changes)
  #expect(try state.positions() == [.sample(inode: 2)])
}

/// A file that replaced another on the same inode.
@Test func forgottenAndUpdatedAtOnceIsUpdated() throws {
  let state = try Shelf().open()
  try state.commit(.full)
  var changes = Changes()
  changes.positions = PositionChanges(
    forgotten: [FilePosition.sample(inode: 1).key], updated: [.sample(inode: 1, offset: 7)])
  try state.commit(changes)
  #expect(try state.positions().first == .sample(inode: 1, offset: 7))
}

// MARK: - Alerts

@Test func anAlertIsDeliveredOnce() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  try state.commit(.full)
  #expect(try state.undeliveredAlerts() == Changes.full.alerts)
  // An alert found again after a crash before its delivery is delivered only once.
  try state.commit(.full)
  #expect(try state.undeliveredAlerts() == Changes.full.alerts)
  try state.markDelivered(Changes.full.alerts[0].id)
  #expect(try shelf.open().undeliveredAlerts() == [.stall])
  try state.markDelivered(Alert.stall.id)
  try state.commit(.full)
  #expect(try shelf.open().undeliveredAlerts().isEmpty)
}

@Test func aProblemOfTheDaemonMayComeAgain() throws {
  let state = try Shelf().open()
  let problem = Alert(
    .stateProblem, about: .service, hour: 5, facts: Alert.Facts(reason: "no space left"))
  for _ in 0..<2 {
    try state.store([(problem, false)])
    #expect(try state.undeliveredAlerts() == [problem])
    try state.markDelivered(problem.id)
    #expect(try state.undeliveredAlerts() == [])
  }
  #expect(try state.alerts().map(\.alert) == [problem])
}

/// For example a full disk, reported while it was full.
@Test func whatWasDeliveredBeforeItCouldBeStoredIsListedAndNotDeliveredAgain() throws {
  let state = try Shelf().open()
  try state.store([(.stall, true)])
  #expect(try state.undeliveredAlerts() == [])
  #expect(try state.alerts().map(\.alert) == [.stall])
}

@Test(arguments: Alert.SuppressionReason.allCases)
func whatIsSuppressedIsRecordedAndNotDelivered(reason: Alert.SuppressionReason) throws {
  let state = try Shelf().open()
  var changes = Changes()
  changes.alerts = [.sample(hour: 500_009)]
  changes.alerts[0].suppressed = reason
  try state.commit(changes)
  #expect(try state.undeliveredAlerts().isEmpty)
  #expect(try state.alerts().map(\.alert.suppressed) == [reason])
}

/// For example an alert found at night and, after it was cleared, again in the morning.
@Test func aSuppressedAlertThatIsFoundAgainMayBeDelivered() throws {
  let state = try Shelf().open()
  var night = Changes()
  night.alerts = [.sample(hour: 500_009)]
  var morning = night
  night.alerts[0].suppressed = .quietHours
  morning.alerts[0].origin += 1
  morning.alerts[0].facts.probability = 0.9
  try state.commit(night)
  try state.commit(morning)
  #expect(try state.undeliveredAlerts() == morning.alerts)
  // But a delivered alert does not become suppressed.
  try state.markDelivered(morning.alerts[0].id)
  try state.commit(night)
  #expect(try state.undeliveredAlerts().isEmpty)
  #expect(try state.alerts().map(\.alert.suppressed) == [nil])
}

/// With each fact that its kind has.
@Test(arguments: AlertKind.all, [false, true])
func anAlertOfEachKindKeepsItsFactsAndItsOutcome(kind: AlertKind, isOver: Bool) throws {
  let state = try Shelf().open()
  var alert = kind.test(about: "web", hour: 20)
  alert.isOver = isOver
  var changes = Changes()
  changes.alerts = [alert]
  try state.commit(changes)
  #expect(try state.alerts().map(\.outcome) == [nil])
  for outcome in Alert.Outcome.allCases {
    var later = Changes()
    later.outcomes = [Changes.Outcome(alert: alert.id, hour: alert.hour, outcome: outcome)]
    try state.commit(later)
    let judged = try #require(try state.alerts().first)
    #expect(judged.alert == alert)
    #expect(judged.outcome == outcome)
  }
}

/// Output converts these numbers to integers.
@Test(arguments: [
  "facts = json_set(facts, '$.bits', 1e300)", "facts = json_set(facts, '$.threshold', -1e300)",
  "facts = json_set(facts, '$.probability', 1.5)", "facts = json_set(facts, '$.skill', -1e300)",
  "facts = json_set(facts, '$.hours_silent', \(Int.max))", "hour = \(Int.max)",
  "origin = \(Int.min)", "kind = 'forged'",
])
func anAlertWithAnImpossibleNumberIsLeftOut(change: String) throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  try state.commit(.full)
  try DatabaseQueue(path: shelf.path).write { try $0.execute(sql: "UPDATE alert SET \(change)") }
  #expect(try state.alerts() == [])
  #expect(try state.undeliveredAlerts() == [])
}

@Test(arguments: ["7", "{\"bits\":\"many\"}", "[]", "no JSON", ""])
func factsOfAnotherShapeAreNone(facts: String) throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  try state.commit(.full)
  try DatabaseQueue(path: shelf.path).write {
    try $0.execute(sql: "UPDATE alert SET facts = ?", arguments: [facts])
  }
  #expect(try state.alerts().map(\.alert.facts) == [Alert.Facts(), Alert.Facts()])
  let shown = try DatabaseQueue(path: shelf.path).read {
    try Row.fetchAll($0, sql: "SELECT probability FROM alerts")
  }
  #expect(shown.count == 2 && shown.allSatisfy { ($0["probability"] as Double?) == nil })
}

@Test func alertsComeOldestFirstFromAnHourOn() throws {
  let state = try Shelf().open()
  var changes = Changes()
  changes.alerts = [30, 10, 20].map { Alert.sample(hour: $0) }
  try state.commit(changes)
  #expect(try state.alerts().map(\.alert.hour) == [10, 20, 30])
  #expect(try state.alerts(since: 20).map(\.alert.hour) == [20, 30])
}

// MARK: - Hostile names

@Test(arguments: [
  "'; DROP TABLE count; --", "\"", "🙈", String(repeating: "x", count: 10_000),
])
func anyStreamNameIsJustAName(name: String) throws {
  let state = try Shelf().open()
  try state.commit(.counts([(name, 1, 1), ("other", 1, 2)]))
  #expect(try state.counts()[.init(stream: name, hour: 1)] == 1)
  #expect(try state.counts().count == 2)
}

// MARK: - A monitor's life

/// A monitor restored from the file continues exactly as the one that wrote it.
@Test func aRestoredMonitorContinuesIdentically() throws {
  var settings = MonitorSettings(sources: [.init(name: "web")])
  settings.training.hidden = [4]
  settings.training.maxRows = 1_000
  settings.training.everyHours = 24 * 7
  let shelf = try Shelf()
  let state = try shelf.open()
  var monitor = Monitor(settings: settings)
  func perform(_ effects: [Effect], on monitor: inout Monitor, stored: (Changes) throws -> Void)
    throws
  {
    for effect in effects {
      switch effect {
      case .commit(let changes): try stored(changes)
      case .train(let job):
        try perform(monitor.handle(.trained(job.run())), on: &monitor, stored: stored)
      case .publish, .load: break
      }
    }
  }
  func hour(_ hour: Int) -> Event {
    var batch = RecordBatch()
    let tallies =
      hour % 24 == 3
      ? [RecordBatch.Tally(key: "", hour: hour, count: 2, latest: Int64(hour) * 3600)] : []
    batch.segments = [.init(watermark: Int64(hour) * 3600 + 3599, tallies: tallies)]
    return .records(source: 0, batch: batch, positions: PositionChanges())
  }
  for index in 3..<24 * 40 {
    try perform(monitor.handle(hour(index)), on: &monitor) { try state.commit($0) }
  }
  try perform(monitor.handle(.stopping), on: &monitor) { try state.commit($0) }
  var restored = Monitor(settings: settings)
  #expect(restored.restore(try shelf.open().storedState()).relearned == [])
  #expect(
    restored.models == monitor.models
      || restored.models.current?.bytes() == monitor.models.current?.bytes())
  var own: [Changes] = []
  var others: [Changes] = []
  for index in 24 * 40..<24 * 60 {
    try perform(monitor.handle(hour(index)), on: &monitor) { own.append($0) }
    try perform(restored.handle(hour(index)), on: &restored) { others.append($0) }
  }
  try perform(monitor.handle(.stopping), on: &monitor) { own.append($0) }
  try perform(restored.handle(.stopping), on: &restored) { others.append($0) }
  #expect(own.flatMap(\.forecasts) == others.flatMap(\.forecasts))
  #expect(own.flatMap(\.reports) == others.flatMap(\.reports))
  #expect(own.last?.streams == others.last?.streams)
  #expect(own.last?.memory == others.last?.memory)
}

/// Goal: another program's database gets no tables of ours, whatever the settings say.
@Test func databaseOfAnotherProgramIsRefused() throws {
  let shelf = try Shelf()
  try DatabaseQueue(path: shelf.path).write { try $0.execute(sql: "CREATE TABLE theirs (a)") }
  #expect(throws: StateFileError.self) { try shelf.open() }
  let names = try DatabaseQueue(path: shelf.path).read {
    try String.fetchAll($0, sql: "SELECT name FROM sqlite_master")
  }
  #expect(names == ["theirs"])
}

/// Goal: learned bytes are read as they were written, and nothing is read from a damaged frame. Method: bytes of
/// several kinds; then the file's own bytes are changed, one at a time, or replaced by what older files have.
@Test func learnedBytesAreCompressed() throws {
  let shelf = try Shelf()
  let state = try shelf.open()
  var changes = Changes()
  var chance = Chance(seed: 1)
  let noise = (0..<5_000).map { _ in UInt8(chance.integer(in: 0...255)) }
  let streams: [String: [UInt8]] = [
    "empty": [], "zeros": Array(repeating: 0, count: 100_000), "noise": noise,
  ]
  changes.streams = streams.mapValues { LearnedStream(bytes: $0) }
  try state.commit(changes)
  #expect(try state.storedState().streams.mapValues(\.bytes) == streams)

  let queue = try DatabaseQueue(path: shelf.path)
  let sql = "SELECT length(bytes) FROM learned JOIN stream ON id = stream_id WHERE name = 'zeros'"
  #expect(try queue.read { try Int.fetchOne($0, sql: sql) } ?? .max < 1_000)

  func replaceNoise(_ bytes: [UInt8]) throws -> [UInt8]? {
    try queue.write {
      try $0.execute(
        sql: "UPDATE learned SET bytes = ? FROM stream WHERE id = stream_id AND name = 'noise'",
        arguments: [Data(bytes)])
    }
    return try state.storedState().streams["noise"]?.bytes
  }
  #expect(try replaceNoise([1, 2, 3, 4, 5, 6, 7, 8]) == [1, 2, 3, 4, 5, 6, 7, 8])
  // A frame whose header says that a terabyte follows, and one that ends early.
  let header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0, 0, 0, 0, 0, 1, 0, 0]
  #expect(try replaceNoise(header) == [])
  #expect(try replaceNoise([0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x05, 0x01]) == [])
}
