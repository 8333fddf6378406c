/// Which formats fit a log, found out by reading the beginning of it in each.
package struct FormatDetection: Sendable {
  package struct Candidate: Sendable {
    package var settings: ParserSettings
    /// Of the sample's lines.
    package var counted: Int
    package var rejections: [RejectionReason: RecordBatch.Rejection]
    /// Of the records that were the latest of their hour; they tell whether times are read as meant.
    package var times: ClosedRange<Int64>

    fileprivate var isParticular: Bool { settings.format.definition.isParticular }

    fileprivate var isPlausible: Bool { times.upperBound >= TimeReader.firstPlausibleSecond }
  }

  /// Those that read at least one line, best first.
  package let candidates: [Candidate]
  package let lineCount: Int

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log; at most a few hundred are needed.
  ///   - outline: Of the file.
  ///   - now: The clock, in seconds since the epoch: times after it speak against a format.
  ///   - base: Settings for time zone and limits.
  package init(
    sample: RawSpan, of outline: FileOutline? = nil, now: Int64,
    base: ParserSettings = ParserSettings(),
    compilePattern: PatternCompiler
  ) {
    var candidates: [Candidate] = []
    var lineCount = 0
    func tryOut(_ settings: ParserSettings) {
      guard var parser = try? RecordParser(settings: settings, compilePattern: compilePattern)
      else { return }  // A guess that does not fit the base settings is no candidate.
      if let outline { parser.beginFile(outline) }
      var batch = RecordBatch()
      parser.parse(sample, now: now, into: &batch)
      lineCount = max(lineCount, batch.lineCount)
      let tallies = batch.segments.flatMap(\.tallies)
      let counted = tallies.reduce(0) { $0 + $1.count }
      let latest = tallies.map(\.latest)
      guard counted > 0, let newest = latest.max(), let oldest = latest.min() else { return }
      candidates.append(
        Candidate(
          settings: settings, counted: counted, rejections: batch.rejections,
          times: oldest...newest))
    }
    let logSample = LogSample(lines: Self.lines(of: sample), now: now)
    for definition in FormatDefinition.all {
      // An expression is a guess for lines that are in no format with a name.
      let isNamed = candidates.contains { $0.isParticular && 2 * $0.counted >= lineCount }
      if definition == .regex, isNamed { continue }
      for guess in definition.guesses(logSample) {
        var settings = base
        settings.format = LogFormat(definition, guess.options)
        settings.timeLayout = guess.timeLayout ?? base.timeLayout
        if guess.timeLayout != nil { settings.timeField = nil }
        tryOut(settings)
      }
    }
    // A small number is a time only where nothing better stands in the line.
    if candidates.contains(where: \.isPlausible) { candidates.removeAll { !$0.isPlausible } }
    // The sort keeps the order of equals: the more particular format comes first. What reads a small part of the
    // lines is no answer while something reads most of them.
    let most = candidates.map(\.counted).max() ?? 0
    self.candidates = candidates.sorted { a, b in
      let isFirst = a.isParticular && 3 * a.counted >= most
      let isSecond = b.isParticular && 3 * b.counted >= most
      return isFirst == isSecond ? a.counted > b.counted : isFirst
    }
    self.lineCount = lineCount
  }

  private static let sampleLinesMax = 50
  private static let sampleLineBytesMax = 8_192

  private static func lines(of sample: RawSpan) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = 0
    while start < sample.byteCount, lines.count < sampleLinesMax {
      let end = sample.firstIndex(of: ASCII.newline, from: start) ?? sample.byteCount
      if end > start {
        lines.append((start..<min(end, start + sampleLineBytesMax)).map { sample[$0] })
      }
      start = end + 1
    }
    return lines
  }
}
