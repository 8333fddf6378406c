package import Forecasting
import Series

/// Makes bytes fewer, and the same again. The caller brings it: the pipeline has no third-party code.
package struct ByteCompression: Sendable {
  package let compress: @Sendable ([UInt8]) -> [UInt8]
  package let decompress: @Sendable ([UInt8]) -> [UInt8]

  package init(
    compress: @escaping @Sendable ([UInt8]) -> [UInt8],
    decompress: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) {
    self.compress = compress
    self.decompress = decompress
  }
}

/// Packs what was learned of the streams between two hours' ends, where there are many: the values of a stream take 36 kB
/// and more, their compressed bytes 5 to 25.
///
/// A class, because every packed stream refers to it.
final class StreamPacking: Sendable {
  let compression: ByteCompression
  let settings: MonitorSettings
  let shape: String

  init(_ compression: ByteCompression, _ settings: MonitorSettings) {
    self.compression = compression
    self.settings = settings
    shape = LearnedStream.shape(settings)
  }
}

/// What was learned of a stream, in the form in which it is stored.
struct PackedStream: Sendable {
  /// Compressed; with a checksum.
  let bytes: [UInt8]
  private(set) var digest: StreamDigest
  /// Of the counts; a part of the bytes.
  private let firstHour: Int
  private let packing: StreamPacking
  /// The training runs since then that its forecaster has to learn of; by each, whether its network was adopted.
  private(set) var fullRuns: [Bool] = []

  /// - Parameter bytes: Those of the stream, if they are known.
  init(_ stream: Monitor.Stream, bytes: [UInt8]? = nil, _ packing: StreamPacking) {
    self.bytes =
      bytes ?? packing.compression.compress(LearnedStream(stream, packing.settings).bytes)
    digest = stream.digest
    firstHour = stream.series.firstHour
    self.packing = packing
  }

  init(_ header: StreamHeader, bytes: [UInt8], _ packing: StreamPacking) {
    self.bytes = bytes
    digest = header.digest
    firstHour = header.firstHour
    self.packing = packing
  }

  /// Nil: the bytes, though their checksum was right, are not those of a stream.
  var learned: Monitor.Stream.Learned? {
    let stored = StoredState.Stream(bytes: decompressed, buckets: [])
    guard let stream = try? Monitor.Stream(stored, packing.settings) else { return nil }
    var learned = stream.learned
    for isAdopted in fullRuns { learned.forecaster.finishFullRun(isAdopted: isAdopted) }
    return learned
  }

  /// As if nothing had been learned of a stream.
  func nothingLearned(of stream: Monitor.Stream) -> Monitor.Stream.Learned {
    Monitor.Stream.Learned(
      forecaster: packing.settings.newForecaster(
        source: stream.source, firstHour: stream.series.openHour))
  }

  mutating func apply(_ change: NetworkChange) {
    fullRuns.append(change.isAdopted)
    digest.driftEvidence = 0
  }

  /// What `bytes` were before they were compressed.
  var decompressed: [UInt8] { packing.compression.decompress(bytes) }

  /// Whether the bytes are still what is to be stored of the stream.
  func isCurrent(for stream: Monitor.Stream) -> Bool {
    fullRuns.isEmpty && firstHour == stream.series.firstHour
  }
}

extension Monitor.Stream {
  /// A stream whose stored bytes are not decoded before it is next changed.
  ///
  /// - Returns: Nil if its header cannot be used: none was stored, it is damaged, or it is not that of these bytes and
  ///   settings. Then the bytes are to be decoded.
  init?(undecoded stored: StoredState.Stream, _ packing: StreamPacking) {
    guard let header = try? StreamHeader(stored.header), header.shape == packing.shape,
      let source = packing.settings.sources.firstIndex(where: { $0.name == header.source }),
      header.checksum == ByteWriter.checksum(stored.packed[...])
    else { return nil }
    self.init(
      source: source,
      series: HourlySeries(
        firstHour: header.firstHour, openHour: header.openHour, buckets: stored.buckets),
      packed: PackedStream(header, bytes: stored.packed, packing),
      latestRequest: max(
        header.latestRequest ?? .min, Self.plausible(stored.latestRequest) ?? .min))
  }
}

/// What is asked of all streams at once; at hand also of packed ones.
package struct StreamDigest: Equatable, Sendable {
  /// The newest active hour, since the epoch; nil if there was none.
  package let lastActive: Int?
  /// The forecast of the next hour.
  package let next: Forecast?
  package let likeliest: Forecast?
  /// Whether an hour's probability reaches the threshold.
  package let isLikely: Bool
  /// The `upcoming` alerts of the last thirteen weeks, judged.
  package let tally: WarningTally
  /// Of the forecasts of the next hour, against the base rate; nil before there is any.
  package let skill: Double?
  var driftEvidence: Double
  let hasPostponedAlert: Bool

  init(_ learned: Monitor.Stream.Learned) {
    let (forecaster, policy) = (learned.forecaster, learned.policy)
    let forecasts = forecaster.forecasts
    lastActive = forecaster.features.lastActive
    next = forecasts.first
    likeliest = forecasts.max { $0.probability < $1.probability }
    isLikely = likeliest.map { $0.probability >= policy.threshold } ?? false
    tally = policy.tally
    skill = forecaster.scores.first.flatMap {
      $0.isEmpty ? nil : $0.skill(against: BaseRate.self)
    }
    driftEvidence = forecaster.drift.evidence
    hasPostponedAlert = policy.hasPostponed
  }
}
