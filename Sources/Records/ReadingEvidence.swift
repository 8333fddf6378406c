import Arithmetic

/// The evidence for and against a reading of a log: when its lines were, and what was not in them.
package struct ReadingEvidence: Sendable {
  /// Of the lines that were read, in their order, in seconds since the epoch.
  package private(set) var times: [Int64] = []
  /// Lines more than an hour older than the one before.
  package private(set) var backwardCount = 0
  /// Whether another time zone in the settings would mean other times.
  package let infersZone: Bool
  /// Whether the year stands in no stamp.
  package let infersYear: Bool
  /// Lines by hour of the day, in the source's time zone.
  package private(set) var byHour = Array(repeating: 0, count: 24)

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log.
  ///   - outline: Of the file.
  ///   - now: The clock, in seconds since the epoch.
  package init(
    sample: RawSpan, of outline: FileOutline? = nil, now: Int64, settings: ParserSettings,
    compilePattern: PatternCompiler
  ) throws(ParserSettingsError) {
    times = try Self.times(sample, outline, now, settings, compilePattern)
    // Where stamps name their zone, another zone changes nothing.
    var elsewhere = settings
    let offset = settings.timeZone.offset(at: times.first ?? 0)
    elsewhere.timeZone = TimeZoneRules(fixedOffsetSeconds: offset + 3_600, name: "elsewhere")
    infersZone = try Self.times(sample, outline, now, elsewhere, compilePattern) != times
    // Nor does another clock, where they name their year.
    let yearBefore = now - 366 * 86_400
    let before = outline.map {
      FileOutline(
        beginning: $0.beginning, sample: $0.sample,
        lastWritten: min($0.lastWritten ?? now, yearBefore))
    }
    let then = try Self.times(sample, before, yearBefore, settings, compilePattern)
    infersYear = settings.infersYear && !then.isEmpty && then.first != times.first
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
