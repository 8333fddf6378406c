/// Which formats fit a log, found out by reading the beginning of it in each.
package struct FormatDetection: Sendable {
  package struct Candidate: Sendable {
    package var settings: ParserSettings
    /// Of the sample's lines.
    package var counted: Int
    package var rejections: [RejectionReason: RecordBatch.Rejection]
    /// Of the records that were the latest of their hour; they tell whether times are read as meant.
    package var times: ClosedRange<Int64>

    fileprivate var isPlausible: Bool { times.upperBound >= TimeReader.firstPlausibleSecond }
  }

  /// Those that read at least one line, best first.
  package let candidates: [Candidate]
  package let lineCount: Int

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log; at most a few hundred are needed.
  ///   - now: The clock, in seconds since the epoch: times after it speak against a format.
  ///   - base: Settings for time zone and limits.
  package init(
    sample: RawSpan, now: Int64, base: ParserSettings = ParserSettings(),
    compilePattern: (String) throws(PatternError) -> any PatternMatcher
  ) {
    var candidates: [Candidate] = []
    var lineCount = 0
    func tryOut(_ settings: ParserSettings) {
      guard var parser = try? RecordParser(settings: settings, compilePattern: compilePattern)
      else { return }  // A guess that does not fit the base settings is no candidate.
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
    for format in Self.formats(sample) {
      var settings = base
      settings.format = format
      tryOut(settings)
    }
    let isParticular = candidates.contains {
      Self.isParticular($0.settings.format) && 2 * $0.counted >= lineCount
    }
    if !isParticular {
      for pattern in LinePattern.dated(like: Self.lines(of: sample), now: now) {
        var settings = base
        settings.format = .regex(pattern.regex)
        settings.timeField = nil
        settings.timeLayout = pattern.timeLayout
        tryOut(settings)
      }
    }
    // A small number is a time only where nothing better stands in the line.
    if candidates.contains(where: \.isPlausible) { candidates.removeAll { !$0.isPlausible } }
    // The sort keeps the order of equals: the more particular format comes first. What reads a small part of the
    // lines is no answer while something reads most of them.
    let most = candidates.map(\.counted).max() ?? 0
    self.candidates = candidates.sorted { a, b in
      let isFirst = Self.isParticular(a.settings.format) && 3 * a.counted >= most
      let isSecond = Self.isParticular(b.settings.format) && 3 * b.counted >= most
      return isFirst == isSecond ? a.counted > b.counted : isFirst
    }
    self.lineCount = lineCount
  }

  /// Whether a line that is read so can hardly be anything else: such a format wins over one that reads more lines,
  /// for what it does not read, such as the notices among a proxy's requests, is no request.
  private static func isParticular(_ format: LogFormat) -> Bool {
    switch format {
    case .combinedWithHost, .combined, .common, .applicationLoadBalancer, .classicLoadBalancer,
      .haproxy, .syslogProtocol, .extended, .workload, .journal, .json:
      true
    default: false
    }
  }

  private static let sampleLinesMax = 50
  private static let sampleLineBytesMax = 2_048

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

  /// The more particular a format, the earlier: `epoch` reads many lines that mean something else.
  private static func formats(_ sample: RawSpan) -> [LogFormat] {
    let known: [LogFormat] = [
      .combinedWithHost, .combined, .common, .applicationLoadBalancer, .classicLoadBalancer,
      .haproxy, .json, .journal, .syslogProtocol, .extended, .workload(start: nil),
    ]
    return known + delimited(sample) + [.syslog, .logfmt, .epoch]
  }

  /// A first line of names, one of them the time's, makes columns.
  private static func delimited(_ sample: RawSpan) -> [LogFormat] {
    let end = sample.firstIndex(of: ASCII.newline, from: 0) ?? sample.byteCount
    let line = sample.text(0..<min(end, maxHeaderBytes))
    return [",", "\t", ";", "|"].filter { line.contains($0) }.map {
      .delimited(separator: $0, columns: nil)
    }
  }

  private static let maxHeaderBytes = 8_192
}
