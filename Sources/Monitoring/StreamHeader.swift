import Forecasting
import Records
import Series

/// What a start asks of a stream. It is stored beside what was learned, so that the learned bytes of many streams are not
/// decoded before the next hour's end.
struct StreamHeader: Equatable, Sendable {
  let source: String
  /// See `LearnedStream.shape`.
  let shape: String
  let firstHour: Int
  let openHour: Int
  /// Seconds since the epoch; nil if none is known.
  let latestRequest: Int64?
  let digest: StreamDigest
  /// The checksum of the learned bytes as they are stored, compressed.
  let checksum: UInt64

  /// - Parameter stored: What was learned of the stream, compressed.
  init(_ stream: Monitor.Stream, source: String, shape: String, stored: [UInt8]) {
    self.source = source
    self.shape = shape
    firstHour = stream.series.firstHour
    openHour = stream.series.openHour
    latestRequest = stream.latestRequest == .min ? nil : stream.latestRequest
    digest = stream.digest
    checksum = ByteWriter.checksum(stored[...])
  }

  /// With a checksum of its own.
  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(source)
    writer.write(shape)
    writer.write(firstHour)
    writer.write(openHour)
    writer.write(latestRequest.map { Int($0) } ?? Int.min)
    digest.write(to: &writer)
    writer.write(checksum)
    return writer.sealed()
  }

  init(_ bytes: [UInt8]) throws(ByteReader.Damaged) {
    var reader = try ByteReader(sealed: bytes)
    source = try reader.readString()
    shape = try reader.readString()
    firstHour = try reader.readHour()
    openHour = try reader.readHour()
    latestRequest = try reader.readSecondIfAny()
    digest = try StreamDigest(from: &reader)
    checksum = try reader.readUInt64()
    guard firstHour <= openHour else { throw ByteReader.Damaged() }
  }
}

extension StreamDigest {
  func write(to writer: inout ByteWriter) {
    writer.write(lastActive ?? Int.min)
    for forecast in [next, likeliest] {
      writer.write(forecast?.lead ?? 0)
      writer.write(forecast?.probability ?? 0)
      writer.write(forecast?.score ?? .nan)
    }
    writer.write(isLikely ? 1 : 0)
    tally.write(to: &writer)
    writer.write(skill ?? .nan)
    writer.write(driftEvidence)
    writer.write(hasPostponedAlert ? 1 : 0)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    lastActive = try reader.readHourIfAny()
    next = try Self.readForecast(&reader)
    likeliest = try Self.readForecast(&reader)
    isLikely = try reader.readInt(in: 0...1) == 1
    tally = try WarningTally(from: &reader)
    let skill = try reader.readDouble()
    self.skill = skill.isNaN ? nil : skill
    driftEvidence = try reader.readDouble()
    hasPostponedAlert = try reader.readInt(in: 0...1) == 1
    guard !skill.isInfinite, driftEvidence.isFinite else { throw ByteReader.Damaged() }
  }

  private static func readForecast(
    _ reader: inout ByteReader
  ) throws(ByteReader.Damaged) -> Forecast? {
    let lead = try reader.readInt(in: 0...ForecastSettings.horizonHoursMax)
    let probability = try reader.readProbability()
    let score = try reader.readDouble()
    guard score.isNaN || (0...1).contains(score) else { throw ByteReader.Damaged() }
    return lead == 0
      ? nil : Forecast(lead: lead, probability: probability, score: score.isNaN ? nil : score)
  }
}
