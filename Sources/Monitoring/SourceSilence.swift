import Alerts
import Series

/// How surprising it is that nothing comes from a source: the surprise of its streams' idleness since its last line, in
/// bits.
///
/// A silent stream says something of its service; if all streams of a source are silent, and not even a filtered or
/// rejected line comes, that says something of the log.
package struct SourceSilence: Equatable, Sendable {
  /// Hours that were closed since.
  package private(set) var hours = 0
  package private(set) var bits = 0.0
  /// It was reported.
  private var isDelivered = false
  /// The hour of the newest record.
  private var lastRecordHour = Int.min
  /// The lines that had come at the end of the last hour.
  private var lineCount = 0

  /// A line came.
  ///
  /// - Parameters:
  ///   - hour: Of a record; nil for lines of whatever kind.
  ///   - openHour: The hour in which it came.
  /// - Returns: The end of the alert, if its beginning was reported.
  mutating func noteActivity(hour: Int?, openHour: Int, from name: String) -> Alert? {
    if let hour { lastRecordHour = max(lastRecordHour, hour) }
    defer { (hours, bits, isDelivered) = (0, 0, false) }
    guard isDelivered else { return nil }
    return Alert(
      .stalledSource, about: .source(name), isOver: true, hour: openHour,
      facts: Alert.Facts(
        hoursSilent: hours, reason: "no line came for \(hours) h although requests were expected"))
  }

  /// An hour is over.
  ///
  /// - Parameters:
  ///   - surprise: Of the idleness of the source's streams in it, in bits.
  ///   - limit: More than this is reported, but not of hours long past.
  mutating func close(
    _ hour: Int, of source: String, lineCount: Int, surprise: Double, limit: Double, isNews: Bool
  ) -> Alert? {
    if hour <= lastRecordHour || lineCount > self.lineCount {
      self.lineCount = lineCount
      (hours, bits) = (0, 0)
      return nil
    }
    hours += 1
    bits += surprise
    guard bits >= limit, isNews, !isDelivered else { return nil }
    isDelivered = true
    return Alert(
      .stalledSource, about: .source(source), hour: hour,
      facts: Alert.Facts(bits: bits, hoursSilent: hours))
  }

  func write(to writer: inout ByteWriter) {
    writer.write(hours)
    writer.write(bits)
    writer.write(isDelivered ? 1 : 0)
    writer.write(lastRecordHour)
    writer.write(lineCount)
  }

  init() {}

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    hours = try reader.readHour()
    bits = try reader.readSum()
    isDelivered = try reader.readInt() != 0
    lastRecordHour = try reader.readHourIfAny() ?? .min
    lineCount = try reader.readTally()
  }
}
