/// Which formats fit a log, found out by reading the beginning of it in each.
package struct FormatDetection: Sendable {
  /// One way to read the sample, with what it made of its lines.
  package struct Candidate: Sendable {
    package var settings: ParserSettings
    /// Of the sample's lines, the records.
    package var counted: Int
    /// Without lines of headers.
    package var lineCount: Int
    /// Records and headers.
    fileprivate var understood: Int
    /// Of the sample's lines, by reason.
    package var rejections: [RejectionReason: RecordBatch.Rejection]
    /// Of the records that were the latest of their hour; they tell whether times are read as meant.
    package var times: ClosedRange<Int64>

    /// Of lines whose times are ahead of the clock, how far, in seconds; nil unless all are.
    package var aheadSeconds: ClosedRange<Int64>?

    fileprivate var isParticular: Bool { settings.format.definition.isParticular }

    fileprivate var isPlausible: Bool { times.upperBound >= TimeReader.firstPlausibleSecond }
  }

  /// Those that read at least one line, best first.
  package let candidates: [Candidate]
  package let lineCount: Int

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log; at most a few hundred are needed.
  ///   - outline: Of the file.
  ///   - now: The clock, in seconds since the epoch: times after it count against a format.
  ///   - base: Settings for time zone and limits.
  package init(
    sample: RawSpan, of outline: FileOutline? = nil, now: Int64,
    base: ParserSettings = ParserSettings(),
    compilePattern: @escaping PatternCompiler
  ) {
    var candidates: [Candidate] = []
    var lineCount = 0
    /// - Parameter isAhead: Takes times ahead of the clock as they are.
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
          understood: counted + batch.headerCount, rejections: batch.rejections,
          times: oldest...newest,
          aheadSeconds: isAhead ? oldest - now...newest - now : nil))
    }
    let logSample = LogSample(lines: Self.lines(of: sample), now: now)
    for definition in FormatDefinition.all {
      // An expression is a guess for lines that are in no format with a name.
      let isNamed = candidates.contains { $0.isParticular && 2 * $0.understood >= lineCount }
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
    candidates.removeAll { candidate in
      // A number is a time only if it can be one, and what reads a small part of the lines is no answer.
      !candidate.isPlausible || Self.smallPart * candidate.understood < lineCount
    }
    if candidates.contains(where: { $0.aheadSeconds == nil }) {
      candidates.removeAll { $0.aheadSeconds != nil }
    }
    // The sort keeps the order of equals: the more particular format comes first. What reads a small part of the
    // lines is no answer while something reads most of them.
    let most = candidates.map(\.understood).max() ?? 0
    self.candidates = candidates.sorted { a, b in
      let isFirst = a.isParticular && 3 * a.understood >= most
      let isSecond = b.isParticular && 3 * b.understood >= most
      return isFirst == isSecond ? a.understood > b.understood : isFirst
    }
    self.lineCount = lineCount
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
