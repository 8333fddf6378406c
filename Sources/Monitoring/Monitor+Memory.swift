import Arithmetic
import Forecasting
import Records
import Series

/// What a monitor stores of itself, and how it continues from it.
extension Monitor {
  func memoryBytes() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(LearnedStream.version)
    writer.write(LearnedStream.shape(settings))
    writer.write(openHour ?? Int.min)
    writer.write(sources.count)
    for source in sources { source.write(to: &writer) }
    training.write(to: &writer)
    modelWatch.write(to: &writer)
    table.trainingRows.write(to: &writer)
    table.allowance.write(to: &writer)
    for source in settings.sources {
      writer.write(source.key == nil ? 0 : 1)
      writer.write(source.key ?? "")
    }
    return writer.sealed()
  }

  /// Restores a stored monitor.
  ///
  /// A stream whose bytes cannot be used (other settings, an older version, damage) is learned again from its counts.
  /// Streams of a source that is no longer in the settings stay in the state, unread.
  ///
  /// - Parameters:
  ///   - now: In seconds since the epoch. A state that lies far in the future, because the clock was wrong, is learned
  ///     again as well: otherwise no hour would close until the clock reaches it.
  ///   - inParts: Close the hours since a stream was stored with the events that follow, not at once: while
  ///     `isRestoring`, streams lag behind the open hour.
  ///   - progress: Called for each stream, and repeatedly while one is learned again.
  @discardableResult package mutating func restore(
    _ state: consuming StoredState, now: Int64 = .max, inParts: Bool = false,
    _ progress: () -> Void = {}
  ) -> Restored {
    var stored = state
    if stored.models.fit(featureCount: FeatureRows.names.count) {
      models = stored.models
    }
    let presentHour = Int(floorDivide(now, 3600))
    table.cache = StreamCache(
      stored.dormant.filter { settings.source(of: $0.key) != nil }
        .mapValues { stream in
          var stream = stream
          stream.buckets.removeAll { $0.hour > presentHour + Self.aheadHoursMax }
          return stream
        })
    guard let memory = try? Memory(stored.memory, table.allowance),
      memory.newestHour.map({ $0 <= presentHour + Self.aheadHoursMax }) ?? true
    else { return Restored(relearned: restoreCounts(stored, upTo: presentHour, progress)) }
    resume(memory, stored.trainingRows)
    stored.trainingRows = []
    let restored = restoreStreams(
      stored, rekeyed: memory.rekeyedSources(settings), presentHour: presentHour, progress)
    repeat {
      catchUp(atMost: inParts ? 0 : Self.closedPerEvent)
      progress()
    } while isRestoring && !inParts
    return restored
  }

  private mutating func resume(_ memory: Memory, _ rows: [TrainingBuffer.Row]) {
    openHour = memory.openHour
    training = memory.training
    modelWatch = memory.modelWatch
    if LearnedStream.isReadable(memory.shape, settings) {
      table.trainingRows = memory.trainingRows
      table.trainingRows.restore(rows, horizon: settings.forecast.horizonHours)
    } else {
      table.trainingRows.forgetAll()
    }
    table.allowance = memory.allowance
    for progress in memory.sources {
      guard let index = sources.firstIndex(where: { $0.name == progress.name }) else { continue }
      sources[index] = progress
      // Lines may have been written while the process was stopped.
      sources[index].isBehind = true
    }
  }

  /// - Parameter rekeyed: The sources of which streams may be no more.
  private mutating func restoreStreams(
    _ state: consuming StoredState, rekeyed: Set<Int>, presentHour: Int, _ progress: () -> Void
  ) -> Restored {
    var stored = state
    var setAside: [String] = []
    var unreadCount = stored.dormant.count - dormantCount
    var damaged: [(name: String, buckets: [HourlySeries.Bucket])] = []
    let history = NetworkHistory(stored.networkChanges, current: models)
    var behind = Restoring(history)
    let streamCount = stored.streams.count
    for name in stored.streams.keys.sorted() {
      // Each stream's bytes are freed once read: those of all streams would take as much memory as the streams.
      guard let stream = stored.streams.removeValue(forKey: name) else { continue }
      progress()
      if let source = settings.source(of: name), rekeyed.contains(source) {
        setAside.append(name)
        table.cache.evict(name, latestHour: stream.buckets.last?.hour ?? openHour ?? 0, [])
        changes.isDormant[name] = true
        continue
      }
      do {
        let packing = streamCount > settings.unpackedStreams ? table.packing : nil
        let undecoded = packing.flatMap { Stream(undecoded: stream, $0) }
        guard var saved = try undecoded ?? Stream(stream, settings) else {
          unreadCount += 1
          continue
        }
        guard !saved.isReset else {
          table.resetHours[name] = saved.series.firstHour
          continue
        }
        guard hasPlausibleHours(saved, presentHour: presentHour),
          canCatchUp(saved, since: stream.runCount, history)
        else { throw ByteReader.Damaged() }
        if let packing, undecoded == nil { saved.pack(as: stream.packed, packing) }
        table.resident[name] = saved
        behind.add(name, storedAfter: stream.runCount)
      } catch {
        damaged.append((name, stream.buckets))
      }
    }
    // One call for all of them, because each call scans all rows.
    table.trainingRows.forget(setAside + damaged.map(\.name))
    for (name, buckets) in damaged { relearn(name, buckets, of: damaged.count, progress) }
    restoring = behind
    return Restored(
      relearned: damaged.map(\.name), setAside: setAside, unreadCount: unreadCount)
  }

  /// What a start did not take over as it was.
  package struct Restored: Equatable, Sendable {
    /// The streams that had to be learned again.
    package var relearned: [String]
    /// The streams that became dormant, because the key of their source has changed: if it makes them no longer, no
    /// request is to be expected of them.
    package var setAside: [String]
    /// The number of streams of sources that are not in the settings.
    package var unreadCount: Int

    /// - Parameters: As the properties.
    package init(relearned: [String], setAside: [String] = [], unreadCount: Int = 0) {
      self.relearned = relearned
      self.setAside = setAside
      self.unreadCount = unreadCount
    }
  }

  /// Whether the hours that were closed since a stream was stored can be closed again.
  private func canCatchUp(_ stored: Stream, since run: Int, _ history: NetworkHistory) -> Bool {
    guard let openHour else { return true }
    let hour = stored.series.openHour
    return openHour - hour <= Stream.unsavedHoursMax
      && history.isKnown(storedAfter: run, from: hour, to: openHour)
  }

  /// Whether a stream's hours are plausible: its open hour is at most the monitor's, or a little later if its first
  /// line was ahead of the clock; and it starts with a request.
  private func hasPlausibleHours(_ stream: Stream, presentHour: Int) -> Bool {
    let latest = max(openHour ?? 0, presentHour + Self.aheadHoursMax + Self.earlyHoursMax)
    return (0...latest).contains(stream.series.openHour)
      && stream.series.buckets.first.map { $0.hour <= stream.series.firstHour } ?? false
  }

  private struct Memory {
    var openHour: Int?
    var sources: [SourceProgress] = []
    /// Of each source, what split it into streams; nil where it is not known.
    var keys: [String?] = []
    var training: TrainingSchedule
    var modelWatch: ModelWatch
    var trainingRows: TrainingBuffer
    var shape: String
    var allowance: SilenceAllowance

    /// The sources whose streams are made by another key now, by their index in the settings.
    func rekeyedSources(_ settings: MonitorSettings) -> Set<Int> {
      Set(
        settings.sources.indices.filter { index in
          let present = settings.sources[index]
          let before = zip(sources, keys).first { $0.0.name == present.name }?.1 ?? nil
          guard let key = present.key, let before else { return false }
          return key != before
        })
    }

    /// The newest hour that the clock must have reached when this was stored.
    var newestHour: Int? {
      let watermark = sources.compactMap(\.watermark).max()
      let early = watermark.map { Int(floorDivide($0, 3600)) - Monitor.earlyHoursMax }
      return [openHour, early].compactMap(\.self).max()
    }

    init(
      _ bytes: [UInt8], _ initial: SilenceAllowance = SilenceAllowance(atFirst: 0)
    ) throws(ByteReader.Damaged) {
      var reader = try ByteReader(sealed: bytes)
      let version = try reader.readInt()
      guard LearnedStream.readableVersions.contains(version) else { throw ByteReader.Damaged() }
      shape = try reader.readString()
      openHour = try reader.readHourIfAny()
      for _ in 0..<(try reader.readCount()) { sources.append(try SourceProgress(from: &reader)) }
      training = try TrainingSchedule(from: &reader)
      modelWatch = try ModelWatch(from: &reader)
      trainingRows = try TrainingBuffer(from: &reader)
      allowance = initial
      try allowance.read(from: &reader)
      // Older versions did not store the keys.
      let hasKeys = !reader.isAtEnd
      for _ in sources {
        guard hasKeys else {
          keys.append(nil)
          continue
        }
        let isKnown = try reader.readInt() != 0
        let key = try reader.readString()
        keys.append(isKnown ? key : nil)
      }
    }
  }

  /// The hour that was open when a monitor's memory was stored; nil if the bytes cannot be read.
  package static func openHour(of memory: [UInt8]) -> Int? {
    (try? Memory(memory))?.openHour
  }

  /// A state that lies at most this far ahead of the clock is kept: the clock will reach it.
  package static let aheadHoursMax = 48
  /// The largest value of `max_ahead`: no line further ahead of the clock is accepted.
  private static let earlyHoursMax = 24 * 7

  /// Restores from the counts alone, because the monitor's memory cannot be used.
  private mutating func restoreCounts(
    _ stored: StoredState, upTo hour: Int, _ progress: () -> Void
  ) -> [String] {
    let counts = stored.streams.mapValues { $0.buckets.filter { $0.hour <= hour } }
    openHour = counts.values.compactMap(\.last?.hour).max()
    table.trainingRows.forgetAll()
    for (name, buckets) in counts.sorted(by: { $0.key < $1.key }) {
      relearn(name, buckets, of: counts.count, progress)
    }
    return streams.keys.sorted()
  }

  private mutating func relearn(
    _ name: String, _ buckets: [HourlySeries.Bucket], of streamCount: Int, _ progress: () -> Void
  ) {
    let stream = Stream(
      relearning: buckets, as: name, openHour: openHour, models: models, streamCount: streamCount,
      settings, into: &table.trainingRows, progress)
    if let stream { table.put(stream, as: name) }
  }

  /// Whether restored streams still lag behind the open hour; each `.tick` catches some up.
  package var isRestoring: Bool { restoring != nil }

  /// - Parameter limit: Hours of one stream; the last stream may exceed it by two days.
  mutating func catchUp(atMost limit: Int = .max) {
    var remaining = limit
    while remaining > 0, let openHour, let (name, run) = restoring?.next() {
      guard let behind = table.resident[name]?.series.openHour,
        var stream = behind < openHour
          ? table.take(name, models: models) : table.resident.removeValue(forKey: name)
      else { continue }
      restoring?.close(
        &stream, as: name, storedAfter: run, to: openHour, settings: alertSettings(of: name))
      table.put(stream, as: name)
      remaining -= max(1, openHour - behind)
    }
    if restoring?.runs.isEmpty ?? false { restoring = nil }
  }
}
