import Arithmetic

/// Evidence of whether a log's times are read correctly: the times, and the parts that were inferred.
package struct ReadingEvidence: Sendable {
  /// The times of the records, in the order of the lines, in seconds since the epoch.
  package private(set) var times: [Int64] = []
  /// The number of records that are more than an hour older than the previous one.
  package private(set) var backwardCount = 0
  /// The number of records before 1990, as of a clock that was not set.
  package var implausibleCount: Int { times.count { $0 < TimeReader.firstPlausibleSecond } }
  /// The parts of the times that the lines do not contain.
  package let inferred: InferredTime
  /// The number of records by hour of day, in the source's time zone.
  package private(set) var byHour = Array(repeating: 0, count: 24)

  /// A zone that the lines name, but that was not read; nil where no zone is inferred.
  package let unreadZone: UnreadZone?

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log.
  ///   - outline: The outline of the file.
  ///   - now: The current time, in seconds since the epoch.
  package init(
    sample: RawSpan, of outline: FileOutline? = nil, now: Int64, settings: ParserSettings,
    compilePattern: @escaping PatternCompiler
  ) throws(ParserSettingsError) {
    times = try Self.times(sample, outline, now, settings, compilePattern)
    var parser = try RecordParser(settings: settings, compilePattern: compilePattern)
    var batch = RecordBatch()
    if let outline { parser.beginFile(outline) }
    parser.parse(sample, now: now, into: &batch)
    inferred = batch.inferred
    unreadZone = inferred.contains(.zone) ? UnreadZone(in: sample, now: now) : nil
    for (previous, time) in zip(times, times.dropFirst()) where time < previous - 3_600 {
      backwardCount += 1
    }
    for time in times {
      let local = time + Int64(settings.timeZone.offset(at: time))
      byHour[Int(floorModulo(floorDivide(local, 3_600), 24))] += 1
    }
  }

  private static let timesMax = 10_000

  private static func times(
    _ sample: RawSpan, _ outline: FileOutline?, _ now: Int64, _ settings: ParserSettings,
    _ compilePattern: PatternCompiler
  ) throws(ParserSettingsError) -> [Int64] {
    var index = FieldIndex()
    var reader = try settings.lineReader(fields: &index, compilePattern: compilePattern)
    var fields = FieldTable(count: index.wanted.count)
    var walk = LineWalk(sample, of: outline, now: now, settings)
    var times: [Int64] = []
    while times.count < timesMax, let line = walk.next(&reader, &fields) {
      if let time = line.time { times.append(time) }
    }
    return times
  }
}
