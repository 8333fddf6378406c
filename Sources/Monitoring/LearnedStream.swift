import Arithmetic
import Forecasting
import Records
import Series

/// What is stored of one stream.
///
/// It is encoded only when it is written, one stream at a time: the bytes of a thousand streams would take as much
/// memory as the streams.
package struct LearnedStream: Equatable, Sendable {
  private enum Content: Sendable {
    case bytes([UInt8])
    case stream(Monitor.Stream, source: String, shape: String)
    case packed(PackedStream)
  }

  private let content: Content

  /// - Parameter bytes: What `bytes` returned.
  package init(bytes: [UInt8]) {
    content = .bytes(bytes)
  }

  init(_ stream: Monitor.Stream, _ settings: MonitorSettings) {
    if let packed = stream.packed, packed.isCurrent(for: stream) {
      content = .packed(packed)
    } else {
      content = .stream(
        stream, source: settings.sources[stream.source].name, shape: Self.shape(settings))
    }
  }

  /// Raised when the meaning of the bytes changes; streams stored by an older version are learned again from their
  /// counts.
  static let version = 12

  /// Identifies the settings and feature lists that determine what is learned; stored bytes of another shape cannot be
  /// used.
  static func shape(_ settings: MonitorSettings) -> String {
    "\(version)/\(listsFingerprint)"
      + "/\(settings.forecast.horizonHours)/\(settings.forecast.minRequests)"
      + "/\(settings.forecast.holdHours)"
  }

  /// A hash of the names of all features and experts.
  private static let listsFingerprint =
    FNV1a((FeatureRows.names + ExpertList.standard.names).joined(separator: ",").utf8).hexadecimal

  /// With a checksum at the end.
  package var bytes: [UInt8] {
    switch content {
    case .bytes(let bytes): return bytes
    case .packed(let packed): return packed.decompressed
    case .stream(let stream, let source, let shape):
      var writer = ByteWriter()
      writer.write(source)
      writer.write(shape)
      writer.write(stream.series.firstHour)
      writer.write(stream.series.openHour)
      writer.write(Int(stream.latestRequest))
      let learned = stream.learned
      learned.forecaster.write(to: &writer)
      learned.policy.write(to: &writer)
      return writer.sealed()
    }
  }

  /// The bytes compressed, if they are at hand.
  package var compressed: [UInt8]? {
    if case .packed(let packed) = content { packed.bytes } else { nil }
  }

  package static func == (one: LearnedStream, other: LearnedStream) -> Bool {
    one.bytes == other.bytes
  }
}

extension Monitor.Stream {
  /// Decodes a stream; nil if its source is not in the settings.
  init?(_ stored: StoredState.Stream, _ settings: MonitorSettings) throws(ByteReader.Damaged) {
    var reader = try ByteReader(sealed: stored.bytes)
    let sourceName = try reader.readString()
    guard let source = settings.sources.firstIndex(where: { $0.name == sourceName }) else {
      return nil
    }
    guard try reader.readString() == LearnedStream.shape(settings) else {
      throw ByteReader.Damaged()
    }
    let firstHour = try reader.readHour()
    let openHour = try reader.readHour()
    let latestRequest = max(
      try reader.readSecondIfAny() ?? .min, Self.plausible(stored.latestRequest) ?? .min)
    let forecaster = try StreamForecaster(
      from: &reader, calendar: settings.calendar(source: source), settings: settings.forecast)
    // More hours may have been learned than have counts, where old counts were deleted.
    let hourCount = forecaster.features.hourCount
    let kept = settings.keptCountHours
    let possibleBeyond = kept..<max(kept, Self.learnedHoursMax)
    guard firstHour <= openHour, forecaster.origin == openHour - 1,
      hourCount <= openHour - firstHour || possibleBeyond.contains(hourCount)
    else { throw ByteReader.Damaged() }
    self.init(
      source: source,
      series: HourlySeries(firstHour: firstHour, openHour: openHour, buckets: stored.buckets),
      forecaster: forecaster, policy: try AlertPolicy(from: &reader), latestRequest: latestRequest,
      savedHour: openHour)
  }

  /// Forty years; more is taken for damage.
  private static let learnedHoursMax = 24 * 366 * 40

  private static func plausible(_ seconds: Int64?) -> Int64? {
    seconds.flatMap { (0..<3600 * Int64(ByteReader.lastHour + 1)).contains($0) ? $0 : nil }
  }
}
