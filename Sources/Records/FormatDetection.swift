/// Finds the formats that fit a log, by parsing its beginning with each.
package struct FormatDetection: Sendable {
  /// One way to parse the sample, and the results.
  package struct Candidate: Sendable {
    package var settings: ParserSettings
    /// The number of lines that are records.
    package var counted: Int
    /// The number of lines, without headers.
    package var lineCount: Int
    /// The number of records and headers.
    fileprivate var recognisedCount: Int
    /// The rejected lines, by reason.
    package var rejections: [RejectionReason: RecordBatch.Rejection]
    /// The range of the latest times of each hour, by which a user can check that times are read correctly.
    package var times: ClosedRange<Int64>

    /// By how many seconds the times are ahead of the clock; nil unless all are.
    package var aheadSeconds: ClosedRange<Int64>?

    fileprivate var isDistinctive: Bool { settings.format.definition.isDistinctive }

    /// Whether its times are numbers that another candidate's times, in as many lines, are far from.
    fileprivate func isNumberLongBefore(_ other: Candidate) -> Bool {
      settings.format.definition == .epoch && other.settings.format.definition != .epoch
        && other.aheadSeconds == nil && other.recognisedCount >= recognisedCount
        && other.times.lowerBound > times.upperBound + 86_400
    }

    /// Whether most lines do not match: they continue those that do.
    fileprivate var isMultiline: Bool {
      2 * recognisedCount < lineCount && rejections.keys.allSatisfy { $0 == .malformed }
    }

    fileprivate var isPlausible: Bool { times.upperBound >= TimeReader.firstPlausibleSecond }
  }

  /// The candidates that read at least one line, best first.
  package private(set) var candidates: [Candidate]
  package let lineCount: Int

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log; at most a few hundred are needed.
  ///   - outline: The outline of the file.
  ///   - now: The current time, in seconds since the epoch: times after it count against a format.
  ///   - base: The settings of time zone and limits.
  package init(
    sample: RawSpan, of outline: FileOutline? = nil, now: Int64,
    base: ParserSettings = ParserSettings(),
    compilePattern: @escaping PatternCompiler
  ) {
    var candidates: [Candidate] = []
    var lineCount = 0
    /// - Parameter isAhead: Accepts times ahead of the clock.
    func tryOut(_ settings: ParserSettings, isAhead: Bool = false) {
      var trial = settings
      if isAhead { trial.maxAheadSeconds = Self.aheadSecondsMax }
      guard var parser = try? RecordParser(settings: trial, compilePattern: compilePattern)
      else { return }  // A guess that does not fit the base settings is no candidate.
      if let outline { parser.beginFile(outline) }
      var batch = RecordBatch()
      parser.parse(sample, now: now, into: &batch)
      lineCount = max(lineCount, batch.lineCount)
      let tallies = batch.segments.flatMap(\.tallies)
      let counted = tallies.reduce(0) { $0 + $1.count }
      let latest = tallies.map(\.latest)
      guard counted > 0, let newest = latest.max(), let oldest = latest.min() else {
        if !isAhead, batch.rejections[.future] != nil { tryOut(settings, isAhead: true) }
        return
      }
      candidates.append(
        Candidate(
          settings: settings, counted: counted, lineCount: batch.lineCount - batch.headerCount,
          recognisedCount: counted + batch.headerCount, rejections: batch.rejections,
          times: oldest...newest,
          aheadSeconds: isAhead ? oldest - now...newest - now : nil))
    }
    let logSample = LogSample(lines: Self.lines(of: sample), now: now)
    for definition in FormatDefinition.all {
      // An expression is only derived for lines that are in no named format.
      let isNamed = candidates.contains { $0.isDistinctive && 2 * $0.recognisedCount >= lineCount }
      if definition == .regex, isNamed { continue }
      for guess in definition.guesses(logSample) {
        var settings = base
        settings.format = LogFormat(definition, guess.options)
        settings.timeLayout = guess.timeLayout ?? base.timeLayout
        if guess.timeLayout != nil { settings.timeField = nil }
        if let field = guess.timeField { settings.timeField = field }
        tryOut(settings)
      }
    }
    let all = candidates
    let ownLineCount = lineCount - Self.indentedCount(in: sample)
    candidates.removeAll { candidate in
      // Numbers are accepted as times only if they are plausible, and a format must fit more than a small part of the
      // lines.
      !candidate.isPlausible
        || Self.smallPart * candidate.recognisedCount < ownLineCount
        || all.contains(where: candidate.isNumberLongBefore)
    }
    if candidates.contains(where: { $0.aheadSeconds == nil }) {
      candidates.removeAll { $0.aheadSeconds != nil }
    }
    // The sort is stable, so of equals the more specific format stays first. A specific format comes first unless
    // another one reads more than three times as many lines.
    let most = candidates.map(\.recognisedCount).max() ?? 0
    self.candidates = candidates.sorted { a, b in
      let isFirst = a.isDistinctive && 3 * a.recognisedCount >= most
      let isSecond = b.isDistinctive && 3 * b.recognisedCount >= most
      return isFirst == isSecond ? a.recognisedCount > b.recognisedCount : isFirst
    }
    self.lineCount = lineCount
    for index in self.candidates.indices where self.candidates[index].isMultiline {
      self.candidates[index].settings.unmatched = .continuation
    }
  }

  /// Lines that continue another one, such as those of a stack trace.
  private static func indentedCount(in sample: RawSpan) -> Int {
    var count = 0
    var start = 0
    while start < sample.byteCount {
      if sample[start].isBlank { count += 1 }
      start = (sample.firstIndex(of: ASCII.newline, from: start) ?? sample.byteCount) + 1
    }
    return count
  }

  private static let aheadSecondsMax = 100 * 366 * 86_400
  private static let smallPart = 12
  private static let sampleLinesMax = 50
  private static let sampleLineBytesMax = 8_192

  static func lines(of sample: RawSpan) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = 0
    while start < sample.byteCount, lines.count < sampleLinesMax {
      let end = sample.firstIndex(of: ASCII.newline, from: start) ?? sample.byteCount
      if end > start {
        let line = sample.extracting(start..<min(end, start + sampleLineBytesMax))
        lines.append(LineDecoration.removed(from: line) ?? line.bytes(0..<line.byteCount))
      }
      start = end + 1
    }
    return lines
  }
}
