import Forecasting
import Records
import Series

/// The dormant streams: known, but not in memory, because there are more than `max_streams` or because they have been
/// idle for long. Their counts and what was learned of them are in the state only.
///
/// Which streams are in memory changes only when an hour closes, and depends only on the counts: a dormant stream that
/// was active in that hour is loaded, into a free place or in place of the stream that was active longest ago. So the
/// daemon, a replay and a restarted daemon have the same streams in memory.
struct StreamCache: Equatable, Sendable {
  /// Streams that must be loaded before an hour can close.
  struct LoadRequest: Equatable, Sendable {
    var names: Set<String>
    /// The streams to evict to make room.
    var leaving: [String]
    /// The newest request of each since the decision, in seconds since the epoch.
    var latest: [String: Int64] = [:]
    var isAskedFor = false
  }

  /// By name: the hour of the newest request, except those in hours that are not closed yet.
  private(set) var latestHours: [String: Int] = [:]
  /// The requests in hours that are not closed yet, by hour and stream.
  private var activity: [Int: [String: Int]] = [:]
  var loadRequest: LoadRequest?
  /// The hour for which it was decided which streams are in memory.
  var decidedHour: Int?

  /// The most streams that are loaded when an hour closes: clients can invent keys without limit, and closing an hour
  /// must stay short.
  private static let loadsMax = 100

  init() {}

  init(_ streams: [String: StoredState.Dormant]) {
    for (name, stream) in streams {
      evict(name, latestHour: stream.latestHour, stream.buckets[...])
    }
  }

  /// The stored spelling of a stream's name.
  func name(equalTo written: String) -> String? {
    latestHours.index(forKey: written).map { latestHours.keys[$0] }
  }

  /// The first open hour in which a dormant stream has requests.
  var nextHour: Int? { activity.keys.min() }

  mutating func evict(
    _ name: String, latestHour: Int, _ buckets: ArraySlice<HourlySeries.Bucket>
  ) {
    latestHours[name] = latestHour
    for bucket in buckets { activity[bucket.hour, default: [:]][name, default: 0] += bucket.count }
  }

  /// - Parameter openHour: A request in an earlier hour does not cause a load.
  mutating func add(_ tally: RecordBatch.Tally, to name: String, openHour: Int?) {
    if let loadRequest, loadRequest.names.contains(name) {
      self.loadRequest?.latest[name] = max(loadRequest.latest[name] ?? .min, tally.latest)
    } else if openHour.map({ tally.hour >= $0 }) ?? true {
      activity[tally.hour, default: [:]][name, default: 0] += tally.count
    } else {
      noteRequest(of: name, in: tally.hour)
    }
  }

  mutating func noteRequest(of name: String, in hour: Int) {
    latestHours[name] = max(latestHours[name] ?? .min, hour)
  }

  /// The first open hour in which this stream has requests.
  func nextHour(of name: String) -> Int? {
    latestHours[name] == nil ? nil : activity.filter { $0.value[name] != nil }.keys.min()
  }

  /// The dormant streams that were active in the hour that is about to close, most active first, at most `loadsMax`.
  mutating func active(in hour: Int, minRequests: Int) -> ArraySlice<String> {
    let requests = activity.removeValue(forKey: hour) ?? [:]
    for name in requests.keys { noteRequest(of: name, in: hour) }
    let active = requests.filter { $0.value >= minRequests }
    return active.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
      .prefix(Self.loadsMax)
  }

  /// Forgets streams; they have no requests in open hours.
  mutating func forget(_ names: Set<String>) {
    for name in names { latestHours[name] = nil }
  }

  /// Removes the streams that were loaded.
  mutating func endLoading() {
    let loaded = loadRequest?.names ?? []
    for name in loaded { latestHours[name] = nil }
    activity = activity.mapValues { $0.filter { !loaded.contains($0.key) } }
    loadRequest = nil
  }
}

extension Monitor {
  package var dormantCount: Int { streamCache.latestHours.count }

  /// Whether a stream of this name is known and not in memory.
  package func isDormant(_ name: String) -> Bool { streamCache.latestHours[name] != nil }

  /// Decides which streams are in memory when an hour closes, and evicts surplus streams.
  ///
  /// - Returns: Whether streams must be loaded before the hour can close.
  mutating func selectResidents(closing hour: Int) -> Bool {
    guard streamCache.decidedHour != hour else { return false }
    streamCache.decidedHour = hour
    let active = streamCache.active(in: hour, minRequests: settings.forecast.minRequests)
    let surplus = max(0, streams.count - settings.maxStreams)
    guard !active.isEmpty || surplus > 0 else { return false }
    let residents = streams.map { (hour: lastActiveHour(of: $0.value, until: hour), name: $0.key) }
      .sorted { ($0.hour, $0.name) < ($1.hour, $1.name) }
    var leaving = residents.prefix(surplus).map(\.name)
    var freeCount = max(0, settings.maxStreams - streams.count)
    var loaded: Set<String> = []
    for name in active {
      if freeCount > 0 {
        freeCount -= 1
      } else if leaving.count < residents.count, residents[leaving.count].hour < hour {
        leaving.append(residents[leaving.count].name)
      } else {
        break
      }
      loaded.insert(name)
    }
    guard loaded.isEmpty else {
      streamCache.loadRequest = StreamCache.LoadRequest(names: loaded, leaving: leaving)
      return true
    }
    evict(leaving, closing: hour)
    return false
  }

  private func lastActiveHour(of stream: Stream, until hour: Int) -> Int {
    if stream.series.openHour > hour { return stream.series.openHour }
    let isActive = stream.series.count(at: hour) >= settings.forecast.minRequests
    return isActive ? hour : stream.forecaster.features.lastActive ?? .min
  }

  mutating func evict(_ names: [String], closing hour: Int) {
    guard !names.isEmpty else { return }
    for name in names {
      guard let stream = streams.removeValue(forKey: name) else { continue }
      evict(stream, name)
      let ahead = stream.series.buckets.reversed().prefix { $0.hour > hour }
      let latest = stream.series.latestHour(upTo: hour) ?? hour
      streamCache.evict(name, latestHour: latest, Array(ahead)[...])
    }
    trainingBuffer.forget(names)
  }

  /// Takes the loaded streams into memory, and evicts those that make room.
  mutating func resume(with loaded: [String: StoredState.Stream]) {
    guard let loadRequest = streamCache.loadRequest, let hour = streamCache.decidedHour else {
      return
    }
    evict(loadRequest.leaving, closing: hour)
    streamCache.endLoading()
    for name in loadRequest.names.sorted() {
      let stored = loaded[name] ?? StoredState.Stream(bytes: [], buckets: [])
      let latest = loadRequest.latest[name] ?? .min
      merge(stored, as: name, openHour: hour, latest: latest)
    }
  }

  /// Takes a stream into memory and closes its hours up to the open one.
  private mutating func merge(
    _ stored: StoredState.Stream, as name: String, openHour: Int, latest: Int64
  ) {
    var stored = stored
    // The stored counts include late records that are added again when their hour closes.
    for tally in waitingTallies(of: name) {
      guard let index = stored.buckets.firstIndex(where: { $0.hour == tally.hour }) else {
        continue
      }
      stored.buckets[index].count -= tally.count
    }
    stored.buckets.removeAll { $0.count <= 0 }
    guard let dormant = decodeDormant(stored, as: name, openHour: openHour) else { return }
    var stream = caughtUp(dormant, to: openHour)
    let newest = stored.buckets.last.map { Int64($0.hour) * 3_600 } ?? .min
    stream.latestRequest = max(stream.latestRequest, newest, latest)
    admit(stream, as: name)
  }

  /// Records that a stream was evicted, with all that it learned.
  mutating func evict(_ stream: Stream, _ name: String) {
    changes.streams[name] = learned(stream)
    changes.isDormant[name] = true
  }

  /// Puts a loaded stream into memory.
  mutating func admit(_ stream: Stream, as name: String) {
    streams[name] = stream
    streams[name]?.savedHour = nil
    changes.isDormant[name] = false
  }
}
