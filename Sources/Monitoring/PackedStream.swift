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
/// and more, their compressed bytes 5 to 15.
struct StreamPacking: Sendable {
  let compression: ByteCompression
  let settings: MonitorSettings
  fileprivate let unpack: @Sendable ([UInt8]) -> Monitor.Stream.Learned?

  init(_ compression: ByteCompression, _ settings: MonitorSettings) {
    self.compression = compression
    self.settings = settings
    unpack = { bytes in
      let stored = StoredState.Stream(bytes: compression.decompress(bytes), buckets: [])
      return (try? Monitor.Stream(stored, settings))?.learned
    }
  }
}

/// What was learned of a stream, in the form in which it is stored.
struct PackedStream: Sendable {
  /// Compressed; with a checksum.
  let bytes: [UInt8]
  private(set) var digest: StreamDigest
  /// Of the counts; a part of the bytes.
  private let firstHour: Int
  private let compression: ByteCompression
  private let unpack: @Sendable ([UInt8]) -> Monitor.Stream.Learned?
  /// The training runs since then that its forecaster has to learn of; by each, whether its network was adopted.
  private(set) var fullRuns: [Bool] = []

  /// - Parameter bytes: Those of the stream, if they are known.
  init(_ stream: Monitor.Stream, bytes: [UInt8]? = nil, _ packing: StreamPacking) {
    self.bytes =
      bytes ?? packing.compression.compress(LearnedStream(stream, packing.settings).bytes)
    digest = stream.digest
    firstHour = stream.series.firstHour
    compression = packing.compression
    unpack = packing.unpack
  }

  var learned: Monitor.Stream.Learned {
    guard var learned = unpack(bytes) else {
      preconditionFailure("what was packed can be unpacked")
    }
    for isAdopted in fullRuns { learned.forecaster.finishFullRun(isAdopted: isAdopted) }
    return learned
  }

  mutating func apply(_ change: NetworkChange) {
    fullRuns.append(change.isAdopted)
    digest.driftEvidence = 0
  }

  /// What `bytes` were before they were compressed.
  var decompressed: [UInt8] { compression.decompress(bytes) }

  /// Whether the bytes are still what is to be stored of the stream.
  func isCurrent(for stream: Monitor.Stream) -> Bool {
    fullRuns.isEmpty && firstHour == stream.series.firstHour
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
  fileprivate(set) var driftEvidence: Double
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
