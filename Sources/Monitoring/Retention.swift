import Alerts
import Forecasting
import Series

/// What is forgotten with time: by the hours of the log, so that a replay forgets the same.
extension Monitor {
  /// So that no hour's end takes long, however many streams began together.
  private static let forgottenMax = 1_000
  /// Streams take turns over the hours of four weeks, so that old counts are not deleted one by one.
  private static let trimmingHours = 24 * 28

  /// An hour was closed.
  mutating func forgetOld(at hour: Int) {
    // Once a day, for the state goes through all its forecasts then.
    if (hour + 1).isMultiple(of: 24) { forgetStreams(before: hour - settings.keptStreamHours) }
    for name in streams.keys
    where (hour + Stream.turn(of: name, in: Self.trimmingHours)).isMultiple(of: Self.trimmingHours)
    {
      trimCounts(of: name, before: hour - settings.keptCountHours)
    }
  }

  private mutating func trimCounts(of name: String, before hour: Int) {
    guard streams[name]?.series.trim(before: hour) == true else { return }
    changes.firstCounts[name] = streams[name]?.series.firstHour
    // Its bytes have the hour since which it is observed.
    streams[name]?.savedHour = nil
  }

  /// Those that nobody asked of for so long, the oldest first. A source without a key is one stream for good.
  private mutating func forgetStreams(before hour: Int) {
    let sourceNames = Set(settings.sources.map(\.name))
    var old = [streamCache.latestHours, forgottenStreams].flatMap { latestHours in
      latestHours.filter { $0.value < hour && !sourceNames.contains($0.key) }
        .map { ($0.value, $0.key) }
    }
    for (name, stream) in streams where !sourceNames.contains(name) {
      guard let latest = stream.series.buckets.last?.hour, latest < hour else { continue }
      old.append((latest, name))
    }
    guard !old.isEmpty else { return }
    // One of which a request waits for its hour is not old any more.
    let names = Set(
      old.sorted { $0 < $1 }.prefix(Self.forgottenMax).map(\.1)
        .filter { waitingTallies(of: $0).isEmpty })
    guard !names.isEmpty else { return }
    for name in names {
      streams[name] = nil
      forgottenStreams[name] = nil
    }
    streamCache.forget(names)
    trainingBuffer.forget(names.sorted())
    changes.forget(names)
  }
}

extension Changes {
  /// Nothing of these streams is stored any more.
  fileprivate mutating func forget(_ names: Set<String>) {
    forgotten.formUnion(names)
    counts = counts.filter { !names.contains($0.key.stream) }
    forecasts.removeAll { names.contains($0.stream) }
    alerts.removeAll { $0.stream.map(names.contains) ?? false }
    for name in names {
      streams[name] = nil
      terms[name] = nil
      latestRequests[name] = nil
      isParked[name] = nil
      firstCounts[name] = nil
    }
  }
}
