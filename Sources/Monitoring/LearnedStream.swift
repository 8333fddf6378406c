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
  }

  private let content: Content

  /// - Parameter bytes: What `bytes` returned.
  package init(bytes: [UInt8]) {
    content = .bytes(bytes)
  }

  init(_ stream: Monitor.Stream, _ settings: MonitorSettings) {
    content = .stream(
      stream, source: settings.sources[stream.source].name, shape: Self.shape(settings))
  }

  /// Raised when the meaning of the bytes changes; streams stored by a version that is not readable are learned again
  /// from their counts.
  static let version = 15
  /// Version 14 has fewer digits of the rates by hour of day and of the week, version 13 more of other numbers.
  static let readableVersions = 13...version

  /// Identifies the settings and feature lists that determine what is learned; stored bytes of another shape cannot be
  /// used.
  static func shape(_ settings: MonitorSettings, version: Int = version) -> String {
    "\(version)/\(listsFingerprint)"
      + "/\(settings.forecast.horizonHours)/\(settings.forecast.minRequests)"
      + "/\(settings.forecast.holdHours)"
  }

  /// Whether bytes of this shape can be used.
  static func isReadable(_ shape: String, _ settings: MonitorSettings) -> Bool {
    readableVersions.contains { shape == self.shape(settings, version: $0) }
  }

  /// A hash of the names of all features and experts.
  private static let listsFingerprint =
    FNV1a((FeatureRows.names + ExpertList.standard.names).joined(separator: ",").utf8).hexadecimal

  /// With a checksum at the end.
  package var bytes: [UInt8] {
    switch content {
    case .bytes(let bytes): return bytes
    case .stream(let stream, let source, let shape):
      if let packed { return packed.decompressed }
      var writer = ByteWriter(inColumns: true)
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

  /// What is stored: the bytes compressed, and beside them what is asked of a stream at a start; empty if not known.
  package func stored(by compression: ByteCompression) -> (header: [UInt8], bytes: [UInt8]) {
    let stored = packed?.bytes ?? compression.compress(bytes)
    guard case .stream(let stream, let source, let shape) = content else { return ([], stored) }
    return (StreamHeader(stream, source: source, shape: shape, stored: stored).bytes, stored)
  }

  /// Nil if the bytes are not at hand.
  private var packed: PackedStream? {
    guard case .stream(let stream, _, _) = content, let packed = stream.packed,
      packed.isCurrent(for: stream)
    else { return nil }
    return packed
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
    guard LearnedStream.isReadable(try reader.readString(), settings) else {
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

  static func plausible(_ seconds: Int64?) -> Int64? {
    seconds.flatMap { (0..<3600 * Int64(ByteReader.lastHour + 1)).contains($0) ? $0 : nil }
  }
}
