import Forecasting
import Records
import Series

/// Which streams are in memory, and which are known at all, changes only when an hour closes.
extension StreamTable {
  /// Decides which streams are in memory when an hour closes, and evicts surplus streams.
  ///
  /// - Returns: Whether streams must be loaded before the hour can close.
  mutating func selectResidents(closing hour: Int, into changes: inout Changes) -> Bool {
    guard cache.decidedHour != hour else { return false }
    cache.decidedHour = hour
    let active = cache.active(in: hour, minRequests: settings.forecast.minRequests)
    let surplus = min(max(0, resident.count - settings.maxStreams), settings.leavingMax)
    guard !active.isEmpty || surplus > 0 else { return false }
    let oldestFirst = resident.map {
      (hour: lastActiveHour(of: $0.value, until: hour), name: $0.key)
    }.sorted { ($0.hour, $0.name) < ($1.hour, $1.name) }
    var leaving = oldestFirst.prefix(surplus).map(\.name)
    var freeCount = max(0, settings.maxStreams - resident.count)
    var loaded: Set<String> = []
    for name in active {
      if freeCount > 0 {
        freeCount -= 1
      } else if leaving.count < oldestFirst.count, oldestFirst[leaving.count].hour < hour {
        leaving.append(oldestFirst[leaving.count].name)
      } else {
        break
      }
      loaded.insert(name)
    }
    guard loaded.isEmpty else {
      cache.loadRequest = StreamCache.LoadRequest(names: loaded, leaving: leaving)
      return true
    }
    evict(leaving, closing: hour, into: &changes)
    return false
  }

  private func lastActiveHour(of stream: Monitor.Stream, until hour: Int) -> Int {
    if stream.series.openHour > hour { return stream.series.openHour }
    let isActive = stream.series.count(at: hour) >= settings.forecast.minRequests
    return isActive ? hour : stream.digest.lastActive ?? .min
  }

  /// Moves streams from memory to the state, with all that they have learned.
  mutating func evict(_ names: [String], closing hour: Int, into changes: inout Changes) {
    guard !names.isEmpty else { return }
    for name in names {
      guard let stream = resident.removeValue(forKey: name) else { continue }
      changes.streams[name] = LearnedStream(stream, settings)
      changes.isDormant[name] = true
      let ahead = stream.series.buckets.reversed().prefix { $0.hour > hour }
      let latest = stream.series.latestHour(upTo: hour) ?? hour
      cache.evict(name, latestHour: latest, Array(ahead)[...])
    }
    trainingRows.forget(names)
  }

  /// Takes the loaded streams into memory, and evicts those that make room.
  ///
  /// - Returns: The hours of the silences that cost too much to close.
  mutating func admit(
    _ loaded: [String: StoredState.Stream], models: Models, into changes: inout Changes
  ) -> [Range<Int>] {
    guard let loadRequest = cache.loadRequest, let hour = cache.decidedHour else { return [] }
    evict(loadRequest.leaving, closing: hour, into: &changes)
    cache.endLoading()
    var skipped: [Range<Int>] = []
    for name in loadRequest.names.sorted() {
      let stored = loaded[name] ?? StoredState.Stream(bytes: [], buckets: [])
      let counts = withoutLateRecords(stored.buckets, of: name)
      guard
        let dormant = restore(
          stored, counts, as: name, openHour: hour, models: models, skipped: &skipped)
      else { continue }
      var stream = dormant.caughtUp(to: hour, models: models)
      let newest = counts.last.map { Int64($0.hour) * 3_600 } ?? .min
      let latest = loadRequest.latest[name] ?? .min
      stream.latestRequest = max(stream.latestRequest, newest, latest)
      stream.savedHour = nil
      resident[name] = stream
      changes.isDormant[name] = false
    }
    return skipped
  }

  /// Stored counts include late records that are added again when their hour closes.
  private func withoutLateRecords(
    _ stored: [HourlySeries.Bucket], of name: String
  ) -> [HourlySeries.Bucket] {
    var buckets = stored
    for tally in lateRecords(of: name) {
      guard let index = buckets.firstIndex(where: { $0.hour == tally.hour }) else { continue }
      buckets[index].count -= tally.count
    }
    buckets.removeAll { $0.count <= 0 }
    return buckets
  }

  /// Restores a dormant stream. One that was never in memory, or whose catching up would cost too much, starts at the
  /// open hour.
  private mutating func restore(
    _ stored: StoredState.Stream, _ buckets: [HourlySeries.Bucket], as name: String,
    openHour: Int, models: Models, skipped: inout [Range<Int>]
  ) -> Monitor.Stream? {
    var stored = stored
    stored.buckets = buckets
    let isNew = stored.bytes.isEmpty
    if !isNew,
      let restored = (try? Monitor.Stream(stored, settings))
        ?? relearn(name, buckets, openHour: openHour, models: models),
      restored.series.openHour <= openHour, !restored.isReset
    {
      let gap = openHour - restored.series.openHour
      if gap <= SilenceAllowance.silenceHoursMax, allowance.spend(caughtUpHours: gap) {
        return restored
      }
      skipped.append(restored.series.openHour..<openHour)
    }
    guard let source = settings.source(of: name) else { return nil }
    let firstHour = isNew ? buckets.first?.hour ?? openHour : openHour
    return Monitor.Stream(
      source: source,
      series: HourlySeries(
        firstHour: min(firstHour, openHour), openHour: openHour,
        buckets: buckets.filter { $0.hour >= firstHour }),
      forecaster: settings.newForecaster(source: source, firstHour: openHour), latestRequest: .min)
  }
}

// MARK: - Forgetting

extension StreamTable {
  /// Forgets streams without a request for too long; see `Retention.swift`.
  mutating func forgetExpired(at hour: Int, into changes: inout Changes) {
    var forgotten: Set<String> = []
    var restarted: [String] = []
    for name in expiredNames(at: hour) {
      switch firstHourAhead(of: name, from: hour) {
      case nil: forgotten.insert(name)
      case hour: break
      case let first?:
        restart(name, at: first, into: &changes)
        restarted.append(name)
      }
    }
    guard !forgotten.isEmpty || !restarted.isEmpty else { return }
    for name in forgotten {
      resident[name] = nil
      resetHours[name] = nil
    }
    cache.forget(forgotten)
    trainingRows.forget(forgotten.sorted() + restarted)
    if !forgotten.isEmpty { changes.forget(forgotten) }
  }

  private mutating func restart(_ name: String, at first: Int, into changes: inout Changes) {
    guard let source = resident[name]?.source ?? settings.source(of: name) else { return }
    let known = resident[name]
    let restarted = Monitor.Stream(
      source: source,
      series: HourlySeries(
        firstHour: first, openHour: first,
        buckets: known?.series.buckets.filter { $0.hour >= first } ?? []),
      forecaster: settings.newForecaster(source: source, firstHour: first),
      latestRequest: known?.latestRequest ?? .min)
    if known == nil {
      changes.streams[name] = LearnedStream(restarted, settings)
      cache.noteRequest(of: name, in: first)
    } else {
      resident[name] = restarted
    }
    changes.firstCounts[name] = first
  }

  mutating func trimCounts(of name: String, at hour: Int, into changes: inout Changes) {
    guard resident[name]?.series.trim(before: hour - settings.keptCountHours) == true else {
      return
    }
    changes.firstCounts[name] = resident[name]?.series.firstHour
    // The stored bytes contain the stream's first hour.
    resident[name]?.savedHour = nil
  }

  /// Resets all streams that have no hour from `start` on closed: what they have learned is worth less than closing
  /// the hours of a long silence. They start again with their next requests.
  mutating func reset(before start: Int, into changes: inout Changes) {
    for (name, stream) in resident where stream.series.openHour < start {
      let restarted = Monitor.Stream(
        source: stream.source,
        series: HourlySeries(
          firstHour: start, openHour: start,
          buckets: stream.series.buckets.filter { $0.hour >= start }),
        forecaster: settings.newForecaster(source: stream.source, firstHour: start),
        latestRequest: stream.latestRequest)
      if restarted.series.buckets.isEmpty {
        // The stored stream tells a restarted process where its history starts.
        resident[name] = nil
        resetHours[name] = start
        changes.streams[name] = LearnedStream(restarted, settings)
      } else {
        resident[name] = restarted
      }
    }
  }
}
