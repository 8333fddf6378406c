import Alerts
import Forecasting
import Records
import Series

/// Old streams and counts are forgotten, by the hours of the log, so that a replay forgets the same.
extension Monitor {
  /// The most streams that are forgotten at once; bounds the time to close an hour when many streams started together.
  private static let forgottenMax = 1_000
  /// Each stream's old counts are deleted once in four weeks, in batches instead of one by one; streams take turns.
  private static let trimmingHours = 24 * 28

  /// Called when an hour was closed.
  mutating func forgetOld(at hour: Int) {
    evictDormant(at: hour)
    // Once a day only, because deleting streams scans all forecasts in the state.
    if (hour + 1).isMultiple(of: 24) {
      forgetStreams(before: hour - settings.keptStreamHours, at: hour)
    }
    // Collected first: changing the dictionary while iterating over it would copy all streams.
    let due = streams.keys.filter {
      (hour + Stream.turn(of: $0, in: Self.trimmingHours)).isMultiple(of: Self.trimmingHours)
    }
    for name in due { trimCounts(of: name, before: hour - settings.keptCountHours) }
  }

  private mutating func trimCounts(of name: String, before hour: Int) {
    guard streams[name]?.series.trim(before: hour) == true else { return }
    changes.firstCounts[name] = streams[name]?.series.firstHour
    // The stored bytes contain the stream's first hour.
    streams[name]?.savedHour = nil
  }

  /// Forgets streams without a request since `limit`, the oldest first. The stream of a source without a key is never
  /// forgotten.
  ///
  /// Lines that were read ahead of the open hour do not keep a stream from being forgotten: the stream restarts with
  /// those lines, as if they had been read afterwards.
  private mutating func forgetStreams(before limit: Int, at hour: Int) {
    let sourceNames = Set(settings.sources.map(\.name))
    var old = [streamCache.latestHours, forgottenStreams].flatMap { latestHours in
      latestHours.filter { $0.value < limit && !sourceNames.contains($0.key) }
        .map { (hour: $0.value, name: $0.key) }
    }
    for (name, stream) in streams where !sourceNames.contains(name) {
      guard let latest = stream.series.latestHour(upTo: hour), latest < limit else { continue }
      old.append((latest, name))
    }
    old.sort { ($0.hour, $0.name) < ($1.hour, $1.name) }
    var forgotten: Set<String> = []
    var restarted: [String] = []
    for (_, name) in old.prefix(Self.forgottenMax) {
      switch firstHourAhead(of: name, from: hour) {
      case nil: forgotten.insert(name)
      case hour: break
      case let first?:
        restart(name, at: first)
        restarted.append(name)
      }
    }
    guard !forgotten.isEmpty || !restarted.isEmpty else { return }
    for name in forgotten {
      streams[name] = nil
      forgottenStreams[name] = nil
    }
    streamCache.forget(forgotten)
    trainingBuffer.forget(forgotten.sorted() + restarted)
    if !forgotten.isEmpty { changes.forget(forgotten) }
  }

  /// The first hour from `hour` on that has requests already, closed or not; nil if there is none.
  private func firstHourAhead(of name: String, from hour: Int) -> Int? {
    let waiting = waitingTallies(of: name).map(\.hour)
    let known = streams[name]?.series.nextHour(from: hour) ?? streamCache.nextHour(of: name)
    return (waiting + [known].compactMap(\.self)).min()
  }

  private mutating func restart(_ name: String, at first: Int) {
    guard let source = streams[name]?.source ?? source(of: name) else { return }
    let known = streams[name]
    let restarted = Stream(
      source: source,
      series: HourlySeries(
        firstHour: first, openHour: first,
        buckets: known?.series.buckets.filter { $0.hour >= first } ?? []),
      forecaster: newForecaster(source: source, firstHour: first),
      latestRequest: known?.latestRequest ?? .min)
    if known == nil {
      changes.streams[name] = learned(restarted)
      streamCache.noteRequest(of: name, in: first)
    } else {
      streams[name] = restarted
    }
    changes.firstCounts[name] = first
  }
}

extension Changes {
  /// Deletes these streams, and drops what the commit would have stored of them.
  fileprivate mutating func forget(_ names: Set<String>) {
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
