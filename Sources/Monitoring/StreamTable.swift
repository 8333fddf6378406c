import Forecasting
import Records
import Series

/// All known streams: those in memory, the dormant ones, of which the state alone knows more than the name, and those
/// that were reset and wait for a request.
///
/// It decides nothing by a clock. What it changes is added to the `Changes` of the next commit.
struct StreamTable: Sendable {
  let settings: MonitorSettings
  /// The streams in memory, by name.
  var resident: [String: Monitor.Stream] = [:]
  var cache = StreamCache()
  /// Streams that were reset after a long silence and have had no request since; by name, the hour at which the silence
  /// ended. The next request starts them again. Until then they count as known streams.
  var resetHours: [String: Int] = [:]
  var allowance: SilenceAllowance
  /// The rows that a network is trained with; only streams in memory have any.
  var trainingRows = TrainingBuffer()
  /// Late records of hours that stay open only until a training run has ended, by hour.
  private var lateTallies: [Int: [(stream: String, tally: RecordBatch.Tally)]] = [:]
  /// The sorted names of the streams in memory as of the last closed hour.
  private var sortedNames: [String] = []
  /// Nil: no stream is packed.
  var packing: StreamPacking?

  init(settings: MonitorSettings) {
    self.settings = settings
    allowance = SilenceAllowance(atFirst: settings.silenceHoursAllowed)
  }
}

// MARK: - Counting

extension StreamTable {
  /// Counts the requests of one stream in one hour.
  ///
  /// - Parameters:
  ///   - openHour: The first hour that is not closed.
  ///   - closable: The newest hour that may close.
  /// - Returns: Whether there was room for the stream.
  mutating func count(
    _ tally: RecordBatch.Tally, of source: Int, openHour: Int?, closable: Int?,
    into changes: inout Changes
  ) -> Bool {
    let written = settings.streamName(source: source, key: tally.key)
    // Swift compares strings by canonical equivalence (é equals e with a combining accent), SQLite by bytes: use the
    // spelling that is stored.
    let known =
      resident.index(forKey: written).map { resident.keys[$0] }
      ?? cache.name(equalTo: written)
      ?? resetHours.index(forKey: written).map { resetHours.keys[$0] }
    let name = known ?? written
    guard known != nil || hasRoom else { return false }
    let isNew = known == nil || resetHours.removeValue(forKey: name) != nil
    // Closed hours stay closed: a late record is counted, but does not reopen an hour.
    let start = max(tally.hour, openHour ?? tally.hour)
    if isNew, !hasRoomInMemory {
      cache.evict(name, latestHour: tally.hour, [])
      changes.isDormant[name] = true
    } else if resident[name].map({ start < $0.series.openHour }) ?? isNew {
      begin(name, source: source, at: start)
    }
    if let closable, tally.hour <= closable, start == tally.hour {
      // The hour may close and is open only because a training run is on: the record is too late for its forecast.
      lateTallies[tally.hour, default: []].append((name, tally))
    } else {
      add(tally, to: name, openHour: openHour)
    }
    changes.counts[Changes.Count(stream: name, hour: tally.hour), default: 0] += tally.count
    changes.latestRequests[name] = max(changes.latestRequests[name] ?? .min, tally.latest)
    return true
  }

  private mutating func add(_ tally: RecordBatch.Tally, to name: String, openHour: Int?) {
    if resident[name] == nil {
      cache.add(tally, to: name, openHour: openHour)
    } else {
      resident[name]?.add(tally)
    }
  }

  /// Adds the late records of an hour that is closed now.
  mutating func addLateRecords(of hour: Int) {
    for late in lateTallies.removeValue(forKey: hour) ?? [] {
      add(late.tally, to: late.stream, openHour: hour + 1)
    }
  }

  /// The late records of a stream that are not added to its counts yet.
  func lateRecords(of name: String) -> [RecordBatch.Tally] {
    lateTallies.values.joined().filter { $0.stream == name }.map(\.tally)
  }

  var knownCount: Int { resident.count + cache.latestHours.count + resetHours.count }

  /// Whether there is room for a new stream.
  var hasRoom: Bool { knownCount < settings.maxStreams + settings.maxDormantStreams }

  /// Counts the streams that are being loaded as if they were in memory.
  private var hasRoomInMemory: Bool {
    let awaitedCount = cache.loadRequest.map { $0.names.count - $0.leaving.count } ?? 0
    return resident.count + awaitedCount < settings.maxStreams
  }

  /// Creates a stream; or moves the start of one that has no closed hour yet to an earlier hour.
  private mutating func begin(_ name: String, source: Int, at hour: Int) {
    let known = resident[name]
    resident[name] = Monitor.Stream(
      source: source,
      series: HourlySeries(
        firstHour: min(hour, known?.series.firstHour ?? hour), openHour: hour,
        buckets: known?.series.buckets ?? []),
      forecaster: settings.newForecaster(source: source, firstHour: hour),
      latestRequest: known?.latestRequest ?? .min)
  }
}

// MARK: - Closing an hour

extension StreamTable {
  /// The names of the streams for which an hour is open, sorted.
  mutating func names(openAt hour: Int) -> [String] {
    // Few change from hour to hour, and sorting nearly sorted names is fast.
    sortedNames.removeAll { resident.index(forKey: $0) == nil }
    if sortedNames.count < resident.count {
      let known = Set(sortedNames)
      sortedNames += resident.keys.filter { !known.contains($0) }.sorted()
      sortedNames.sort()
    }
    return sortedNames.filter { resident[$0].map { $0.series.openHour <= hour } ?? false }
  }

  /// Learns a stream anew if its older lines are worth more than what it has learned.
  ///
  /// - Returns: What it cost, in hours of one stream.
  mutating func learnEarlierHours(
    of stream: inout Monitor.Stream, as name: String, models: Models
  ) -> Int {
    guard let cost = stream.costOfEarlierHours, allowance.spend(caughtUpHours: cost) else {
      return 0
    }
    guard
      var learned = relearn(
        name, stream.series.buckets, openHour: stream.series.openHour, models: models)
    else { return 0 }
    let policy = stream.policy
    learned.change { $0.policy = policy }
    learned.latestRequest = max(learned.latestRequest, stream.latestRequest)
    stream = learned
    return cost / SilenceAllowance.forecastCost
  }

  /// Learns one stream again from its counts.
  mutating func relearn(
    _ name: String, _ buckets: [HourlySeries.Bucket], openHour: Int, models: Models
  ) -> Monitor.Stream? {
    trainingRows.forget([name])
    return Monitor.Stream(
      relearning: buckets, as: name, openHour: openHour, models: models, streamCount: 1, settings,
      into: &trainingRows)
  }

  /// Takes a stream out to be changed, unpacked. One that cannot be unpacked, because somebody else has written its
  /// bytes, is learned again from its counts.
  mutating func take(_ name: String, models: Models) -> Monitor.Stream? {
    guard var stream = resident.removeValue(forKey: name) else { return nil }
    let (series, latest) = (stream.series, stream.latestRequest)
    if !stream.unpack(),
      let learned = relearn(name, series.buckets, openHour: series.openHour, models: models)
    {
      stream = learned
      stream.latestRequest = latest
    }
    return stream
  }

  /// Puts a stream back that was taken out to be changed, packed if there are many.
  mutating func put(_ stream: consuming Monitor.Stream, as name: String) {
    if let packing, resident.count >= settings.unpackedStreams { stream.pack(packing) }
    resident[name] = stream
  }

  /// Ends an hour that was closed for all streams: forgets old streams and counts, and earns or spends the allowance
  /// for silence.
  ///
  /// - Parameters:
  ///   - isObserved: A clock that is years ahead for a while must not make old data expire.
  ///   - isCatchingUp: The hour was closed by the times of lines, not by the clock.
  mutating func finish(
    _ hour: Int, isObserved: Bool, isCatchingUp: Bool, into changes: inout Changes
  ) {
    if isObserved {
      evict(dormant(at: hour), closing: hour, into: &changes)
      forgetExpired(at: hour, into: &changes)
      for name in namesToTrim(at: hour) { trimCounts(of: name, at: hour, into: &changes) }
    }
    trainingRows.close(hour)
    var isActive = false
    for stream in resident.values where stream.series.count(at: hour) > 0 {
      isActive = true
      allowance.earn(activeHours: stream.series.observedActiveHours)
    }
    if !isActive, isCatchingUp { allowance.spend(idleStreams: resident.count) }
  }
}

// MARK: - Storing

extension StreamTable {
  /// The most streams that one commit stores of those whose daily turn has come; bounds the duration of a commit.
  private static let savedPerCommit = 250
  /// The same of those that have changed since they were stored, before the process ends.
  private static let savedPerStoppingCommit = 2_500

  /// Whether a stream has changed since it was stored.
  var hasUnsaved: Bool { resident.values.contains { $0.savedHour != $0.series.openHour } }

  /// Adds what was learned of the streams that must be stored now, and of some whose turn it is: those first that were
  /// stored longest ago.
  ///
  /// - Parameter isStopping: It is the turn of all that have changed since they were stored.
  /// - Returns: Whether others remain whose turn it is.
  mutating func saveDue(isStopping: Bool, into changes: inout Changes) -> Bool {
    var due: [String] = []
    var others: [(hour: Int, name: String)] = []
    for (name, stream) in resident {
      guard let savedHour = stream.savedHour else {
        due.append(name)
        continue
      }
      let isTurn =
        isStopping ? savedHour != stream.series.openHour : stream.isDueToBeSaved(as: name)
      if isTurn { others.append((savedHour, name)) }
    }
    let limit = isStopping ? Self.savedPerStoppingCommit : Self.savedPerCommit
    if others.count > limit { others.sort { ($0.hour, $0.name) < ($1.hour, $1.name) } }
    for name in due + others.prefix(limit).map(\.name) {
      guard let stream = resident[name] else { continue }
      changes.streams[name] = LearnedStream(stream, settings)
      resident[name]?.savedHour = stream.series.openHour
    }
    return others.count > limit
  }
}
