import Alerts
import Series

/// How surprising it is that nothing comes from a source: the surprise of its streams' idleness since its last line, in
/// bits.
///
/// One silent stream indicates a problem of its service. If all streams of a source are silent, and not even a filtered
/// or rejected line comes, the log itself has probably stalled.
package struct SourceSilence: Equatable, Sendable {
  /// Hours closed since the last line.
  package private(set) var hours = 0
  package private(set) var bits = 0.0
  /// Whether the silence was reported.
  private var isDelivered = false
  /// The hour of the newest record.
  private var lastRecordHour = Int.min
  /// The source's line count at the end of the last hour.
  private var lineCount = 0

  /// Ends the silence, because a line came.
  ///
  /// - Parameters:
  ///   - hour: The hour of a record; nil for any line.
  ///   - openHour: The hour in which it came.
  /// - Returns: The end of the alert, if its start was reported.
  mutating func noteActivity(hour: Int?, openHour: Int, from name: String) -> Alert? {
    if let hour { lastRecordHour = max(lastRecordHour, hour) }
    defer { (hours, bits, isDelivered) = (0, 0, false) }
    guard isDelivered else { return nil }
    return Alert(
      .stalledSource, about: .source(name), isOver: true, hour: openHour,
      facts: Alert.Facts(
        hoursSilent: hours, reason: "no line came for \(hours) h although requests were expected"))
  }

  /// Adds a closed hour.
  ///
  /// - Parameters:
  ///   - surprise: The surprise of the idleness of the source's streams in this hour, in bits.
  ///   - limit: The surprise from which on a silence is reported, in bits.
  mutating func close(
    _ hour: Int, of source: String, lineCount: Int, surprise: Double, limit: Double, isRecent: Bool
  ) -> Alert? {
    if hour <= lastRecordHour || lineCount > self.lineCount {
      self.lineCount = lineCount
      (hours, bits) = (0, 0)
      return nil
    }
    hours += 1
    bits += surprise
    guard bits >= limit, isRecent, !isDelivered else { return nil }
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
