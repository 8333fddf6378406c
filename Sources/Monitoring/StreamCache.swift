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
