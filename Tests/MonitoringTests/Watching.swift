import Alerts
import Arithmetic
import Forecasting
import Monitoring
import Records
import Series
import TestSupport

/// A running monitor, with a store that holds exactly what was committed.
struct Watching {
  let settings: MonitorSettings
  private(set) var monitor: Monitor
  private(set) var commits: [Changes] = []
  private(set) var jobs: [TrainingJob] = []
  /// Streams that the last restart learned again from their counts.
  private(set) var relearned: [String] = []
  /// The state that all commits add up to.
  private(set) var stored = StoredState()
  private var counts: [Changes.Count: Int] = [:]
  private var parsers: [RecordParser]
  /// Events since the last commit. A kill loses them, and `restart` sends them again.
  private var uncommitted: [Event] = []
  /// If true, training jobs wait here until `finishTraining`.
  var holdsTraining = false
  /// If true, each event closes a bounded number of hours, as in the daemon; ticks close the rest.
  var worksInParts = false {
    didSet { monitor.readsInParts = worksInParts }
  }
  /// Compresses streams that are packed.
  var compression: ByteCompression? {
    didSet { monitor.compression = compression }
  }
  private var held: TrainingJob?

  init(_ settings: MonitorSettings) throws {
    self.settings = settings
    monitor = Monitor(settings: settings)
    parsers = try settings.sources.map { _ in try Self.parser(settings) }
  }

  private static func parser(_ settings: MonitorSettings) throws -> RecordParser {
    try RecordParser(
      settings: ParserSettings(format: .epoch, key: "{2}", graceSeconds: settings.graceSeconds),
      compilePattern: { _ in fatalError("no pattern is used") })
  }

  // MARK: - Events

  /// Counts lines of the form `seconds key` as one batch.
  mutating func read(_ lines: [String], source: Int = 0) {
    guard !lines.isEmpty else { return }
    var batch = RecordBatch()
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    parsers[source].parse(bytes.span.bytes, now: 4_000_000_000, into: &batch)
    handle(.records(source: source, batch: batch, positions: PositionChanges()))
  }

  mutating func drain(source: Int = 0) {
    handle(.drained(source: source, positions: PositionChanges()))
  }

  mutating func handle(_ event: Event) {
    var events = [event]
    var hasTrained = false
    while !events.isEmpty {
      let next = events.removeFirst()
      uncommitted.append(next)
      for effect in monitor.handle(next) {
        switch effect {
        case .commit(let changes): commit(changes)
        case .load(let names):
          events.append(.loaded(stored.streams.filter { names.contains($0.key) }))
        case .train(let job):
          jobs.append(job)
          if holdsTraining { held = job } else { events.append(.trained(job.run())) }
        case .publish: break
        }
      }
      // Hours that waited for a run are closed before anything else is read.
      if case .trained = next { hasTrained = true }
      if hasTrained, events.isEmpty, monitor.hasHoursToClose {
        events.append(.tick(now: monitor.now))
      }
    }
  }

  mutating func finishTraining() {
    guard let job = held else { return }
    held = nil
    handle(.trained(job.run()))
  }

  private mutating func commit(_ changes: Changes) {
    // A commit in the middle of a closing hour carries no memory: after a kill its events must be read again.
    if !changes.memory.isEmpty { uncommitted = [] }
    commits.append(changes)
    if !changes.memory.isEmpty { stored.memory = changes.memory }
    for name in changes.forgotten { stored.streams[name] = nil }
    counts = counts.filter { !changes.forgotten.contains($0.key.stream) }
    for change in changes.trainingRows {
      switch change {
      case .added(let row): stored.trainingRows.append(row)
      case .dropped(let rule):
        stored.trainingRows.removeAll { !rule.keeps(origin: $0.origin, priority: $0.priority) }
      case .forgotten(let streams):
        stored.trainingRows.removeAll { streams.contains($0.stream) }
      case .forgottenAll: stored.trainingRows = []
      }
    }
    if let models = changes.models { stored.models = models }
    stored.networkChanges += changes.networkChanges
    for (name, learned) in changes.streams {
      let known = stored.streams[name]
      var stream = StoredState.Stream(
        bytes: learned.bytes, buckets: known?.buckets ?? [], latestRequest: known?.latestRequest)
      if let compression {
        let packed = learned.stored(by: compression)
        stream = StoredState.Stream(
          bytes: packed.bytes, unpack: compression.decompress, header: packed.header,
          buckets: stream.buckets, latestRequest: stream.latestRequest)
      }
      stream.runCount = changes.runCount
      stored.streams[name] = stream
    }
    for (stream, seconds) in changes.latestRequests {
      stored.streams[stream, default: StoredState.Stream(bytes: [], buckets: [])].latestRequest =
        max(stored.streams[stream]?.latestRequest ?? .min, seconds)
    }
    for (key, count) in changes.counts { counts[key, default: 0] += count }
    for (name, hour) in changes.firstCounts {
      counts = counts.filter { $0.key.stream != name || $0.key.hour >= hour }
    }
    for stream in Set(changes.counts.keys.map(\.stream)).union(changes.firstCounts.keys) {
      stored.streams[stream, default: StoredState.Stream(bytes: [], buckets: [])].buckets = buckets(
        stream)
    }
  }

  private func buckets(_ stream: String) -> [HourlySeries.Bucket] {
    counts.filter { $0.key.stream == stream }.sorted { $0.key.hour < $1.key.hour }
      .map { HourlySeries.Bucket(hour: $0.key.hour, count: $0.value) }
  }

  // MARK: - Restarts

  /// Simulates kill -9 and a start from what was committed; what was not is read again.
  ///
  /// - Parameters:
  ///   - now: The time of the clock at the start, in seconds since the epoch.
  ///   - inParts: Whether the events that follow close the streams' missing hours, instead of the restart itself.
  ///   - damage: Changes the stored state before the start.
  mutating func restart(
    now: Int64 = .max, inParts: Bool = false, damage: (inout StoredState) -> Void = { _ in }
  ) throws {
    let lost = uncommitted
    uncommitted = []
    held = nil
    var state = stored
    state.models.current = try state.models.current.map { try Model(bytes: $0.bytes()) }
    state.models.previous = try state.models.previous.map { try Model(bytes: $0.bytes()) }
    damage(&state)
    monitor = Monitor(settings: settings)
    monitor.compression = compression
    relearned = monitor.restore(state, now: now, inParts: inParts).relearned
    for event in lost {
      // The result of a training run is lost with the process; the run is started again.
      if case .trained = event { continue }
      handle(event)
    }
  }

  // MARK: - What came of it

  /// Alerts about sources and the model.
  var healthAlerts: [Alert] { commits.flatMap(\.alerts).filter { $0.stream == nil } }

  /// Committed numbers of requests by stream and hour.
  var committedCounts: [Changes.Count: Int] { counts }

  /// Probabilities by stream and origin. If an origin was committed twice, both must be equal.
  var forecasts: [String: [Int: [Double]]] {
    var all: [String: [Int: [Double]]] = [:]
    for origin in commits.flatMap(\.forecasts) {
      all[origin.stream, default: [:]][origin.hour] = origin.probabilities
    }
    return all
  }

  /// Alerts about streams.
  var alerts: [Alert] {
    let found = commits.flatMap(\.alerts).filter { $0.stream != nil }
    return Dictionary(
      found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }
    )
    .values.sorted { ($0.origin, $0.id.text) < ($1.origin, $1.id.text) }
  }

  var outcomes: [Alert.ID: Alert.Outcome] {
    Dictionary(
      commits.flatMap(\.outcomes).map { ($0.alert, $0.outcome) }, uniquingKeysWith: { $1 })
  }

  var reports: [TrainingReport] {
    Dictionary(commits.flatMap(\.reports).map { ($0.number, $0) }, uniquingKeysWith: { $1 })
      .values.sorted { $0.number < $1.number }
  }
}

extension MonitorSettings {
  /// Settings with one source, a network that trains quickly, and alerts from a stream's first hour on.
  static func quick(everyHours: Int = 24 * 7) -> MonitorSettings {
    var settings = MonitorSettings(sources: [Source(name: "web")])
    settings.training.hidden = [4]
    settings.training.everyHours = everyHours
    settings.training.maxRows = 1_000
    settings.training.epochs = 1
    settings.alert.evidenceActiveHours = 0
    settings.alert.evidenceDays = 0
    return settings
  }
}

/// Invented log lines in the order of their times, except a few late ones.
enum SampleLines {
  static let start = 20_000 * 86_400

  static func lines(days: Int, seed: UInt64, keys: [String] = ["a", "b"], late: Double = 0)
    -> [String]
  {
    var chance = Chance(seed: seed)
    var lines: [(arrival: Int, text: String)] = []
    for hour in 0..<24 * days {
      for (index, key) in keys.enumerated() {
        let isDue = hour % 24 == 3 + index
        guard chance.happens(isDue ? 0.95 : 0.02) else { continue }
        for _ in 0..<chance.integer(in: 1...3) {
          let time = start + 3600 * hour + chance.integer(in: 0...3599)
          let delay = chance.happens(late) ? chance.integer(in: 60...50_000) : 0
          lines.append((time + delay, "\(time) \(key)"))
        }
      }
    }
    return lines.sorted { ($0.arrival, $0.text) < ($1.arrival, $1.text) }.map(\.text)
  }
}
