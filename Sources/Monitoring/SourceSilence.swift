import Series

/// How surprising it is that nothing comes from a source: what its streams were expected to see since its
/// last line, in bits.
///
/// A stream that falls silent is news of its service; all of a source's streams together, and not even a
/// line that is left out or not understood, are news of the log.
package struct SourceSilence: Equatable, Sendable {
  /// Hours that were closed since.
  package private(set) var hours = 0
  package private(set) var bits = 0.0
  /// Somebody was told of it.
  private var isTold = false
  /// The hour of the newest record.
  private var heardHour = Int.min
  /// The lines that had come at the end of the last hour.
  private var lineCount = 0

  /// A line came.
  ///
  /// - Returns: What is over, if it was told.
  mutating func hear(hour: Int?, from name: String) -> Notice? {
    if let hour { heardHour = max(heardHour, hour) }
    defer { (hours, bits, isTold) = (0, 0, false) }
    return isTold ? .sourceCameBack(name: name, hours: hours) : nil
  }

  /// An hour is over.
  ///
  /// - Parameters:
  ///   - surprise: Of the idleness of the source's streams in it, in bits.
  ///   - limit: More than this is told, but not of hours long past.
  mutating func close(
    _ hour: Int, of source: String, lineCount: Int, surprise: Double, limit: Double, isNews: Bool
  ) -> Notice? {
    if hour <= heardHour || lineCount > self.lineCount {
      self.lineCount = lineCount
      (hours, bits) = (0, 0)
      return nil
    }
    hours += 1
    bits += surprise
    guard bits >= limit, isNews, !isTold else { return nil }
    isTold = true
    return .sourceStalled(name: source, hours: hours, bits: bits)
  }

  func write(to writer: inout ByteWriter) {
    writer.write(hours)
    writer.write(bits)
    writer.write(isTold ? 1 : 0)
    writer.write(heardHour)
    writer.write(lineCount)
  }

  init() {}

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    hours = try reader.readHour()
    bits = try reader.readSum()
    isTold = try reader.readInt() != 0
    heardHour = try reader.readHourIfAny() ?? .min
    lineCount = try reader.readTally()
  }
}
