import Alerts
import Forecasting
import Records
import Series

/// Old streams and counts are forgotten, by the hours of the log, so that a replay forgets the same.
extension StreamTable {
  /// Each stream's old counts are deleted once in four weeks, in batches instead of one by one; streams take turns.
  private static let trimmingHours = 24 * 28

  /// The streams whose old counts are to be deleted when an hour was closed.
  func namesToTrim(at hour: Int) -> [String] {
    let period = Self.trimmingHours
    return resident.keys.filter {
      (hour + Monitor.Stream.turn(of: $0, in: period)).isMultiple(of: period)
    }
  }

  /// How many of the streams that are to leave do so when an hour was closed: fewer than the most wait for the end of the
  /// day, because each time all training rows are scanned, and to forget streams all forecasts in the state.
  static func leavingCount(of count: Int, atMost limit: Int, at hour: Int) -> Int {
    count >= limit || (hour + 1).isMultiple(of: 24) ? min(count, limit) : 0
  }

  /// The streams without a request for too long, the oldest first. The stream of a source without a key never expires.
  ///
  /// An hour may forget a share of all that are known, so that names do not stay because others come faster.
  func expiredNames(at hour: Int) -> [String] {
    let limit = hour - settings.keptStreamHours
    let sourceNames = Set(settings.sources.filter(\.isOneStream).map(\.name))
    var old = [cache.latestHours, resetHours].flatMap { latestHours in
      latestHours.filter { $0.value < limit && !sourceNames.contains($0.key) }
        .map { (hour: $0.value, name: $0.key) }
    }
    for (name, stream) in resident where !sourceNames.contains(name) {
      guard let latest = stream.series.latestHour(upTo: hour), latest < limit else { continue }
      old.append((latest, name))
    }
    let count = Self.leavingCount(
      of: old.count, atMost: max(settings.leavingMax, knownCount / 24), at: hour)
    return old.sorted { ($0.hour, $0.name) < ($1.hour, $1.name) }.prefix(count).map(\.name)
  }

  /// The first hour from `hour` on that has requests already, closed or not; nil if there is none.
  ///
  /// Lines that were read ahead of the open hour do not keep a stream from being forgotten: the stream restarts with
  /// those lines, as if they had been read afterwards.
  func firstHourAhead(of name: String, from hour: Int) -> Int? {
    let waiting = lateRecords(of: name).map(\.hour)
    let known = resident[name]?.series.nextHour(from: hour) ?? cache.nextHour(of: name)
    return (waiting + [known].compactMap(\.self)).min()
  }
}

extension Changes {
  /// Deletes these streams, and drops what the commit would have stored of them.
  mutating func forget(_ names: Set<String>) {
    forgotten.formUnion(names)
    counts = counts.filter { !names.contains($0.key.stream) }
    forecasts.removeAll { names.contains($0.stream) }
    alerts.removeAll { $0.stream.map(names.contains) ?? false }
    for name in names {
      streams[name] = nil
      terms[name] = nil
      latestRequests[name] = nil
      isDormant[name] = nil
      firstCounts[name] = nil
    }
  }
}
