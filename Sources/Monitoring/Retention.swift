import Alerts
import Forecasting
import Records
import Series

/// What is forgotten with time: by the hours of the log, so that a replay forgets the same.
extension Monitor {
  /// So that no hour's end takes long, however many streams began together.
  private static let forgottenMax = 1_000
  /// Streams take turns over the hours of four weeks, so that old counts are not deleted one by one.
  private static let trimmingHours = 24 * 28

  /// An hour was closed.
  mutating func forgetOld(at hour: Int) {
    evictDormant(at: hour)
    // Once a day, for the state goes through all its forecasts then.
    if (hour + 1).isMultiple(of: 24) {
      forgetStreams(before: hour - settings.keptStreamHours, at: hour)
    }
    // Found first: all streams would be copied if they changed while they are gone through.
    let due = streams.keys.filter {
      (hour + Stream.turn(of: $0, in: Self.trimmingHours)).isMultiple(of: Self.trimmingHours)
    }
    for name in due { trimCounts(of: name, before: hour - settings.keptCountHours) }
  }

  private mutating func trimCounts(of name: String, before hour: Int) {
    guard streams[name]?.series.trim(before: hour) == true else { return }
    changes.firstCounts[name] = streams[name]?.series.firstHour
    // Its bytes have the hour since which it is observed.
    streams[name]?.savedHour = nil
  }

  /// Those that nobody asked of for so long, the oldest first. A source without a key is one stream for good.
  ///
  /// Lines that were read ahead of the open hour make no difference: who has no others begins anew with them, as if they
  /// had been read after it.
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
    var gone: Set<String> = []
    var anew: [String] = []
    for (_, name) in old.prefix(Self.forgottenMax) {
      switch firstHourAhead(of: name, from: hour) {
      case nil: gone.insert(name)
      case hour: break
      case let first?:
        beginAnew(name, at: first)
        anew.append(name)
      }
    }
    guard !gone.isEmpty || !anew.isEmpty else { return }
    for name in gone {
      streams[name] = nil
      forgottenStreams[name] = nil
    }
    streamCache.forget(gone)
    trainingBuffer.forget(gone.sorted() + anew)
    if !gone.isEmpty { changes.forget(gone) }
  }

  /// The first hour from `hour` on of which there are requests already, closed or not.
  private func firstHourAhead(of name: String, from hour: Int) -> Int? {
    let waiting = waitingTallies(of: name).map(\.hour)
    let known = streams[name]?.series.nextHour(from: hour) ?? streamCache.nextHour(of: name)
    return (waiting + [known].compactMap(\.self)).min()
  }

  private mutating func beginAnew(_ name: String, at first: Int) {
    guard let source = streams[name]?.source ?? source(of: name) else { return }
    let known = streams[name]
    let anew = Stream(
      source: source,
      series: HourlySeries(
        firstHour: first, openHour: first,
        buckets: known?.series.buckets.filter { $0.hour >= first } ?? []),
      forecaster: newForecaster(source: source, firstHour: first),
      latestRequest: known?.latestRequest ?? .min)
    if known == nil {
      changes.streams[name] = learned(anew)
      streamCache.noteRequest(of: name, in: first)
    } else {
      streams[name] = anew
    }
    changes.firstCounts[name] = first
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
      isDormant[name] = nil
      firstCounts[name] = nil
    }
  }
}
