package import Records
import Series

/// How far one source has been read, and how many of its lines were counted, filtered or rejected.
package struct SourceProgress: Equatable, Sendable {
  package let name: String
  /// The newest record's time, in seconds since the epoch.
  package internal(set) var watermark: Int64?
  /// Whether lines may have been written that are not read yet, so that no hour may close past the watermark.
  package internal(set) var isBehind = true
  /// The same for lines that were there at the latest tick.
  var hasUnread = false
  package internal(set) var lineCount = 0
  package internal(set) var countedCount = 0
  package internal(set) var filteredCount = 0
  /// Records of streams beyond `max_streams` and `max_dormant_streams`.
  package internal(set) var overflowCount = 0
  package internal(set) var silence = SourceSilence()
  /// Lines that were not counted since the state began, by reason, with the latest example of each.
  package internal(set) var rejections: [RejectionReason: RecordBatch.Rejection] = [:]
  /// Which parts of the times of its lines were inferred because the lines do not contain them.
  package internal(set) var inferred: InferredTime = []

  init(name: String) {
    self.name = name
  }

  /// Whether hours close by the times of its lines, not by the clock.
  var closesByLines: Bool { isBehind || hasUnread }

  mutating func add(_ batch: RecordBatch) {
    lineCount += batch.lineCount
    filteredCount += batch.filteredCount
    inferred.formUnion(batch.inferred)
    for (reason, rejection) in batch.rejections {
      let before = rejections[reason]?.count ?? 0
      rejections[reason] = RecordBatch.Rejection(
        count: before + rejection.count, example: rejection.example)
    }
  }

  func write(to writer: inout ByteWriter) {
    writer.write(name)
    writer.write(watermark.map(Int.init) ?? Int.min)
    for count in [lineCount, countedCount, filteredCount, overflowCount] { writer.write(count) }
    writer.write(rejections.count)
    for (reason, rejection) in rejections.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      writer.write(reason.rawValue)
      writer.write(rejection.count)
      writer.write(rejection.example)
    }
    silence.write(to: &writer)
    writer.write(Int(inferred.rawValue))
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    name = try reader.readString()
    watermark = try reader.readSecondIfAny()
    lineCount = try reader.readTally()
    countedCount = try reader.readTally()
    filteredCount = try reader.readTally()
    overflowCount = try reader.readTally()
    for _ in 0..<(try reader.readCount()) {
      let reason = RejectionReason(rawValue: try reader.readString())
      let count = try reader.readTally()
      let example = try reader.readString()
      if let reason {
        rejections[reason] = RecordBatch.Rejection(count: count, example: example)
      }
    }
    silence = try SourceSilence(from: &reader)
    inferred = InferredTime(rawValue: UInt8(truncatingIfNeeded: try reader.readTally()))
  }
}
