import Arithmetic
package import Forecasting
import Records
package import Series

/// The content of the state file: all that a monitor needs to continue as if it had never stopped.
package struct StoredState: Sendable {
  /// What is stored of one stream.
  package struct Stream: Sendable {
    /// What was learned, with its checksum; empty if nothing was stored.
    package var bytes: [UInt8] {
      get { unpack?(packed) ?? packed }
      set { (packed, unpack) = (newValue, nil) }
    }
    /// Kept compressed, because the unpacked bytes of all streams would take as much memory as the streams.
    private var packed: [UInt8]
    private var unpack: (@Sendable ([UInt8]) -> [UInt8])?
    /// Hours with requests, ascending.
    package var buckets: [HourlySeries.Bucket]
    /// In seconds since the epoch; nil if it is stored in the bytes only.
    package var latestRequest: Int64?
    /// The number of the newest training run that had ended when the bytes were stored; 0 if before all known runs.
    package var runCount = 0

    /// - Parameters:
    ///   - unpack: Unpacks `bytes`, each time they are read; nil if they are not compressed.
    ///   - buckets: As the property; so is `latestRequest`.
    package init(
      bytes: [UInt8], unpack: (@Sendable ([UInt8]) -> [UInt8])? = nil,
      buckets: [HourlySeries.Bucket], latestRequest: Int64? = nil
    ) {
      packed = bytes
      self.unpack = unpack
      self.buckets = buckets
      self.latestRequest = latestRequest
    }
  }

  /// What is known of a stream that is not in memory.
  package struct Dormant: Equatable, Sendable {
    /// The hour of its newest request.
    package var latestHour: Int
    /// Its hours with requests that are not closed yet.
    package var buckets: [HourlySeries.Bucket] = []

    /// A dormant stream without requests in open hours.
    package init(latestHour: Int) {
      self.latestHour = latestHour
    }
  }

  /// What belongs to no single stream, with its checksum; empty if nothing was stored.
  package var memory: [UInt8]
  /// The streams that are in memory.
  package var streams: [String: Stream]
  /// All other known streams.
  package var dormant: [String: Dormant] = [:]
  package var models: Models
  /// The changes of the last days; see `NetworkChange.keptHours`.
  package var networkChanges: [NetworkChange] = []
  /// In the order in which they were recorded.
  package var trainingRows: [TrainingBuffer.Row] = []

  package init(memory: [UInt8] = [], streams: [String: Stream] = [:], models: Models = Models()) {
    self.memory = memory
    self.streams = streams
    self.models = models
  }
}

extension Monitor {
  /// Raised when the meaning of the bytes changes; streams stored by an older version are learned again from their
  /// counts.
  private static let version = 12

  /// Identifies the settings that determine what is learned; stored bytes of another shape cannot be used.
  private var shape: String {
    "\(Self.version)/\(Self.listsFingerprint)"
      + "/\(settings.forecast.horizonHours)/\(settings.forecast.minRequests)"
      + "/\(settings.forecast.holdHours)"
  }

  /// A hash of the names of all features and experts.
  private static let listsFingerprint =
    FNV1a((FeatureRows.names + ExpertList.standard.names).joined(separator: ",").utf8).hexadecimal

  func memoryBytes() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(Self.version)
    writer.write(shape)
    writer.write(openHour ?? Int.min)
    writer.write(sources.count)
    for source in sources { source.write(to: &writer) }
    training.write(to: &writer)
    modelWatch.write(to: &writer)
    trainingBuffer.write(to: &writer)
    silenceAllowance.write(to: &writer)
    return writer.sealed()
  }

  func learned(_ stream: Stream) -> LearnedStream {
    LearnedStream(stream, source: settings.sources[stream.source].name, shape: shape)
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
  /// - Returns: The names of the streams that had to be learned again.
  package mutating func restore(
    _ state: consuming StoredState, now: Int64 = .max, inParts: Bool = false,
    _ progress: () -> Void = {}
  ) -> [String] {
    var stored = state
    if stored.models.fit(featureCount: FeatureRows.names.count) {
      models = stored.models
    }
    let presentHour = Int(floorDivide(now, 3600))
    streamCache = StreamCache(
      stored.dormant.filter { source(of: $0.key) != nil }
        .mapValues { stream in
          var stream = stream
          stream.buckets.removeAll { $0.hour > presentHour + Self.aheadHoursMax }
          return stream
        })
    guard let memory = try? Memory(stored.memory, silenceAllowance),
      memory.newestHour.map({ $0 <= presentHour + Self.aheadHoursMax }) ?? true
    else { return restoreCounts(stored, upTo: presentHour, progress) }
    openHour = memory.openHour
    training = memory.training
    modelWatch = memory.modelWatch
    if memory.shape == shape {
      trainingBuffer = memory.trainingBuffer
      trainingBuffer.restore(stored.trainingRows, horizon: settings.forecast.horizonHours)
    } else {
      trainingBuffer.forgetAll()
    }
    stored.trainingRows = []
    silenceAllowance = memory.silenceAllowance
    for progress in memory.sources {
      guard let index = sources.firstIndex(where: { $0.name == progress.name }) else { continue }
      sources[index] = progress
      // Lines may have been written while the process was stopped.
      sources[index].isBehind = true
    }
    var damaged: [(name: String, buckets: [HourlySeries.Bucket])] = []
    let history = NetworkHistory(stored.networkChanges, current: models)
    var behind = Restoring(history)
    let streamCount = stored.streams.count
    for name in stored.streams.keys.sorted() {
      // Each stream's bytes are freed once read: those of all streams would take as much memory as the streams.
      guard let stream = stored.streams.removeValue(forKey: name) else { continue }
      progress()
      do {
        guard let saved = try restore(stream) else { continue }
        guard !saved.isForgotten else {
          forgottenStreams[name] = saved.series.firstHour
          continue
        }
        guard hasPlausibleHours(saved, presentHour: presentHour),
          canCatchUp(saved, since: stream.runCount, history)
        else { throw ByteReader.Damaged() }
        streams[name] = saved
        behind.add(name, storedAfter: stream.runCount)
      } catch {
        damaged.append((name, stream.buckets))
      }
    }
    // One call for all of them, because each call scans all rows.
    trainingBuffer.forget(damaged.map(\.name))
    for (name, buckets) in damaged {
      streams[name] = relearn(name, buckets, streamCount: streamCount, progress)
    }
    restoring = behind
    repeat {
      catchUp(atMost: inParts ? 0 : Self.closedPerEvent)
      progress()
    } while isRestoring && !inParts
    return damaged.map(\.name)
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
    var training: TrainingSchedule
    var modelWatch: ModelWatch
    var trainingBuffer: TrainingBuffer
    var shape: String
    var silenceAllowance: SilenceAllowance

    /// The newest hour that the clock must have reached when this was stored.
    var newestHour: Int? {
      let watermark = sources.compactMap(\.watermark).max()
      let early = watermark.map { Int(floorDivide($0, 3600)) - Monitor.earlyHoursMax }
      return [openHour, early].compactMap(\.self).max()
    }

    init(
      _ bytes: [UInt8], _ allowance: SilenceAllowance = SilenceAllowance(atFirst: 0)
    ) throws(ByteReader.Damaged) {
      var reader = try ByteReader(sealed: bytes)
      guard try reader.readInt() == Monitor.version else { throw ByteReader.Damaged() }
      shape = try reader.readString()
      openHour = try reader.readHourIfAny()
      for _ in 0..<(try reader.readCount()) { sources.append(try SourceProgress(from: &reader)) }
      training = try TrainingSchedule(from: &reader)
      modelWatch = try ModelWatch(from: &reader)
      trainingBuffer = try TrainingBuffer(from: &reader)
      silenceAllowance = allowance
      try silenceAllowance.read(from: &reader)
    }
  }

  private func plausible(_ seconds: Int64?) -> Int64? {
    seconds.flatMap { (0..<3600 * Int64(ByteReader.lastHour + 1)).contains($0) ? $0 : nil }
  }

  /// Decodes a stream; nil if its source is not in the settings.
  private func restore(_ stored: StoredState.Stream) throws(ByteReader.Damaged) -> Stream? {
    var reader = try ByteReader(sealed: stored.bytes)
    let sourceName = try reader.readString()
    guard let source = sources.firstIndex(where: { $0.name == sourceName }) else { return nil }
    guard try reader.readString() == shape else { throw ByteReader.Damaged() }
    let firstHour = try reader.readHour()
    let openHour = try reader.readHour()
    let latestRequest = max(
      try reader.readSecondIfAny() ?? .min, plausible(stored.latestRequest) ?? .min)
    let forecaster = try StreamForecaster(
      from: &reader, calendar: calendar(source: source), settings: settings.forecast)
    // More hours may have been learned than have counts, where old counts were deleted.
    let hourCount = forecaster.features.hourCount
    let kept = settings.keptCountHours
    let possibleBeyond = kept..<max(kept, Self.learnedHoursMax)
    guard firstHour <= openHour, forecaster.origin == openHour - 1,
      hourCount <= openHour - firstHour || possibleBeyond.contains(hourCount)
    else { throw ByteReader.Damaged() }
    var stream = Stream(
      source: source,
      series: HourlySeries(firstHour: firstHour, openHour: openHour, buckets: stored.buckets),
      forecaster: forecaster, policy: try AlertPolicy(from: &reader), latestRequest: latestRequest)
    stream.savedHour = openHour
    return stream
  }

  /// Decodes a dormant stream. One that was never in memory, or whose catching up would cost too much, starts at the
  /// open hour.
  mutating func decodeDormant(
    _ stored: StoredState.Stream, as name: String, openHour: Int
  ) -> Stream? {
    let isNew = stored.bytes.isEmpty
    if !isNew,
      let restored = (try? restore(stored)) ?? relearnOne(name, stored.buckets),
      restored.series.openHour <= openHour, !restored.isForgotten
    {
      let gap = openHour - restored.series.openHour
      if gap <= SilenceAllowance.silenceHoursMax, silenceAllowance.spend(caughtUpHours: gap) {
        return restored
      }
      noteSkippedSilence(restored.series.openHour..<openHour)
    }
    guard let source = source(of: name) else { return nil }
    let firstHour = isNew ? stored.buckets.first?.hour ?? openHour : openHour
    return Stream(
      source: source,
      series: HourlySeries(
        firstHour: min(firstHour, openHour), openHour: openHour,
        buckets: stored.buckets.filter { $0.hour >= firstHour }),
      forecaster: newForecaster(source: source, firstHour: openHour), latestRequest: .min)
  }

  func source(of name: String) -> Int? {
    sources.firstIndex { name == $0.name || name.hasPrefix("\($0.name):") }
  }

  /// The hour that was open when a monitor's memory was stored; nil if the bytes cannot be read.
  package static func openHour(of memory: [UInt8]) -> Int? {
    (try? Memory(memory))?.openHour
  }

  /// Forty years; more is taken for damage.
  private static let learnedHoursMax = 24 * 366 * 40
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
    trainingBuffer.forgetAll()
    for (name, buckets) in counts.sorted(by: { $0.key < $1.key }) {
      streams[name] = relearn(name, buckets, streamCount: counts.count, progress)
    }
    return streams.keys.sorted()
  }
}
