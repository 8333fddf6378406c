/// Parses the lines of one source into counts by stream and hour, and counts of rejected lines by reason.
///
/// A parser works on bytes and keeps state between lines: the hour of the last stamp, the numbers of the keys, the
/// newest time. The counts of a log do not depend on how it was split into batches.
package struct RecordParser {
  /// The newest time counted so far, in seconds since the epoch; nil before the first record. Must be set after a
  /// restart, so that segments continue where they ended.
  package var watermark: Int64? {
    get { newest == .min ? nil : newest }
    set {
      newest = newValue ?? .min
      previous = newValue
      segmentEnd =
        newValue.map { RecordBatch.segmentEnd(watermark: $0, graceSeconds: graceSeconds) } ?? .min
    }
  }

  /// The fields that key, filter and time use.
  package let wantedFields: [String]

  /// Whether key or filter use the records' own keys.
  package let wantsRecordKeys: Bool

  private let settings: ParserSettings
  private let compilePattern: PatternCompiler
  private let maxLineBytes: Int
  private let maxAheadSeconds: Int64
  private let graceSeconds: Int
  private let keyTemplate: KeyTemplate?
  private let filter: RecordFilter
  /// True without filter and key: every record counts, in one stream.
  private let isPlain: Bool
  private var reader: any LineReader
  private var fields: FieldTable
  private var keys: KeyTable
  private var key = KeyBuffer()
  private var tallies = HourlyTallies()
  /// The watermark; `min` before the first record.
  private var newest = Int64.min
  /// The time of the previous record, if it helps to read the next.
  private var previous: Int64?
  /// When the file of the next lines was last written; used until the first of them was read.
  private var lastWritten: Int64?
  private let infersYear: Bool
  private var probe: InferenceProbe
  /// A record at or after this time begins a new segment.
  private var segmentEnd: Int64 = .min

  /// - Parameter compilePattern: Compiles a regular expression, or throws `PatternError`.
  package init(
    settings: ParserSettings,
    compilePattern: @escaping PatternCompiler
  ) throws(ParserSettingsError) {
    self.settings = settings
    self.compilePattern = compilePattern
    var index = FieldIndex(hasRecordKeys: settings.hasRecordKeys)
    keyTemplate = try settings.key.map { template throws(ParserSettingsError) in
      try KeyTemplate(template, fields: &index)
    }
    filter = RecordFilter(settings, fields: &index)
    isPlain = filter.isEmpty && keyTemplate == nil
    reader = try settings.lineReader(fields: &index, compilePattern: compilePattern)
    fields = FieldTable(count: index.wanted.count)
    wantedFields = index.wanted.map(\.name)
    wantsRecordKeys = index.wantsRecordKeys
    keys = KeyTable(isKeyed: keyTemplate != nil)
    maxLineBytes = settings.maxLineBytes
    maxAheadSeconds = Int64(settings.maxAheadSeconds)
    graceSeconds = settings.graceSeconds
    infersYear = settings.infersYear
    probe = try InferenceProbe(settings, compilePattern: compilePattern)
  }

  /// Counts finished lines.
  ///
  /// - Parameters:
  ///   - lines: Lines that end with `\n` or `\r\n`, which is optional for the last one.
  ///   - keys: The records' own keys, one for each line; nil if they have none.
  ///   - now: The current time, in seconds since the epoch.
  ///   - batch: The counts are added to it.
  package mutating func parse(
    _ lines: RawSpan, keys: RecordKeys? = nil, now: Int64, into batch: inout RecordBatch
  ) {
    if !probe.isDone { probe.examine(lines, by: reader, fields, now: now) }
    batch.inferred.formUnion(probe.found)
    var lineReader = reader
    count(lines, keys, by: &lineReader, now: now, into: &batch)
    reader = lineReader
  }

  /// Counts entries with separate fields.
  ///
  /// - Parameters:
  ///   - entries: Entries whose names are `wantedFields`.
  ///   - now: The current time, in seconds since the epoch.
  ///   - batch: The counts are added to it.
  package mutating func parse(_ entries: FieldEntries, now: Int64, into batch: inout RecordBatch) {
    precondition(entries.names == wantedFields, "entries have the fields that are wanted")
    let bytes = entries.bytes.span.bytes
    var (context, latest) = clock(now)
    var rejected = RejectedLines()
    for (index, range) in entries.ranges.enumerated() {
      batch.lineCount += 1
      guard range.count <= maxLineBytes else {
        rejected.count(.tooLong, range)
        continue
      }
      let entry = bytes.extracting(range)
      fields.clear()
      for slot in entries.names.indices {
        if let value = entries.value(of: slot, in: index) { fields.set(slot, to: value) }
      }
      switch reader.outcome(of: entry, fields, context) {
      case .record(let time):
        count(time, entry, range, latest: latest, &context, &rejected, into: &batch)
      case .header: batch.headerCount += 1
      case .rejected(let reason): rejected.count(reason, range)
      }
    }
    previous = context.previous
    endSegment(in: &batch)
    rejected.add(to: &batch, from: bytes)
  }

  /// The context for stamps, and the latest time that is accepted.
  private func clock(_ now: Int64) -> (context: StampContext, latest: Int64) {
    let context = StampContext(
      latest: previous == nil ? min(now, lastWritten ?? now) : now, previous: previous)
    let (allowed, overflow) = now.addingReportingOverflow(maxAheadSeconds)
    return (context, overflow ? .max : allowed)
  }

  /// Whether `beginFile` must be called: for formats with a header, such as W3C extended, or stamps without a year.
  package var needsOutlines: Bool { reader.readsHeaders || infersYear }

  /// Reads the header, and infers the year, of the file whose lines come next, without counting. Must be called when
  /// the file changes, or when reading starts in its middle. A file without a header is read with the header of the
  /// previous file.
  package mutating func beginFile(_ outline: FileOutline) {
    if reader.readsHeaders {
      reader.readHeader(outline.beginning.span.bytes, fields: &fields)
      probe.beginFile(outline.beginning.span.bytes)
    }
    if infersYear {
      previous = reader.timeOfFirstLine(outline, fields: &fields)
      lastWritten = outline.lastWritten
    }
  }

  // MARK: - Parsing on several threads

  /// The state that determines how the next lines are read. Parsers with the same settings and equal memories produce
  /// the same results.
  package struct Memory: Equatable {
    fileprivate let previous: Int64?
    fileprivate let lastWritten: Int64?
    /// The reader, for formats with headers; else nil.
    fileprivate let reader: (any LineReader)?

    package static func == (a: Self, b: Self) -> Bool {
      a.previous == b.previous && a.lastWritten == b.lastWritten
        && a.reader?.learned == b.reader?.learned
    }
  }

  package var memory: Memory {
    Memory(
      previous: previous, lastWritten: lastWritten, reader: reader.readsHeaders ? reader : nil)
  }

  /// A new parser with the same settings, for another thread.
  package func unread() throws(ParserSettingsError) -> RecordParser {
    try RecordParser(settings: settings, compilePattern: compilePattern)
  }

  /// Merges the results of another parser for the next lines, as if this one had parsed them.
  ///
  /// The other parser split segments by its own watermark. With this parser's watermark, a segment starts only where
  /// lines pass it; earlier lines belong to the current segment.
  ///
  /// - Parameters:
  ///   - counted: The results of the lines.
  ///   - memory: The other parser's memory after them; before them it must equal that of this parser.
  ///   - batch: The counts are added to it.
  package mutating func merge(
    _ counted: RecordBatch, _ memory: Memory, into batch: inout RecordBatch
  ) {
    var counted = counted
    for index in counted.segments.indices {
      newest = max(newest, counted.segments[index].watermark)
      counted.segments[index].watermark = newest
    }
    if newest > .min {
      segmentEnd = RecordBatch.segmentEnd(watermark: newest, graceSeconds: graceSeconds)
    }
    batch.append(counted, graceSeconds: graceSeconds)
    previous = memory.previous
    lastWritten = memory.lastWritten
    if let reader = memory.reader { self.reader = reader }
  }

  /// Counts a line that was too long to be kept.
  ///
  /// - Parameter beginning: The available beginning of the line, for the example.
  package mutating func rejectTooLong(beginning: RawSpan, into batch: inout RecordBatch) {
    batch.lineCount += 1
    var rejected = RejectedLines()
    rejected.count(.tooLong, 0..<beginning.byteCount)
    rejected.add(to: &batch, from: beginning)
  }

  @specialized(where Reader == AccessLogReader)
  private mutating func count<Reader: LineReader>(
    _ lines: RawSpan, _ recordKeys: RecordKeys?, by lineReader: inout Reader, now: Int64,
    into batch: inout RecordBatch
  ) {
    let recordKeys = wantsRecordKeys ? recordKeys : nil
    let firstCount = batch.lineCount
    var (context, latest) = clock(now)
    var rejected = RejectedLines()
    var ends = LineEnds()
    var start = 0
    while start < lines.byteCount {
      let newline = ends.next(in: lines)
      let hasReturn = newline > start && lines[newline - 1] == ASCII.carriageReturn
      let range = start..<(hasReturn ? newline - 1 : newline)
      start = newline + 1
      let keyCount = recordKeys.map {
        fields.setRecordKey(of: batch.lineCount - firstCount, from: $0)
      }
      batch.lineCount += 1
      guard max(range.count, keyCount ?? 0) <= maxLineBytes else {
        rejected.count(.tooLong, range)
        continue
      }
      let line = lines.extracting(range)
      fields.clear()
      switch lineReader.read(line, context, fields: &fields) {
      case .record(let time):
        count(time, line, range, latest: latest, &context, &rejected, into: &batch)
      case .header: batch.headerCount += 1
      case .rejected(let reason):
        guard let plain = LineDecoration.removed(from: line) else {
          reject(reason, range, &rejected, into: &batch)
          continue
        }
        countPlain(
          plain, range, reason, by: &lineReader, latest: latest, &context, &rejected, into: &batch)
      }
    }
    previous = context.previous
    endSegment(in: &batch)
    rejected.add(to: &batch, from: lines)
  }

  /// Reads a rejected line again without its decoration, and counts the result.
  @inline(never)
  private mutating func countPlain<Reader: LineReader>(
    _ plain: [UInt8], _ range: Range<Int>, _ reason: RejectionReason,
    by lineReader: inout Reader, latest: Int64, _ context: inout StampContext,
    _ rejected: inout RejectedLines, into batch: inout RecordBatch
  ) {
    fields.clear()
    switch lineReader.read(plain.span.bytes, context, fields: &fields) {
    case .record(let time):
      count(time, plain.span.bytes, range, latest: latest, &context, &rejected, into: &batch)
    case .header: batch.headerCount += 1
    case .rejected: reject(reason, range, &rejected, into: &batch)
    }
  }

  /// A line that does not match the format may continue the one before.
  private func reject(
    _ reason: RejectionReason, _ range: Range<Int>, _ rejected: inout RejectedLines,
    into batch: inout RecordBatch
  ) {
    if settings.unmatched == .continuation, reason == .malformed {
      batch.headerCount += 1
    } else {
      rejected.count(reason, range)
    }
  }

  /// - Parameter range: The range of the line in the chunk.
  @inline(__always)
  private mutating func count(
    _ time: Int64, _ line: RawSpan, _ range: Range<Int>, latest: Int64,
    _ context: inout StampContext, _ rejected: inout RejectedLines, into batch: inout RecordBatch
  ) {
    guard time >= 0, time <= latest else {
      rejected.count(time < 0 ? .invalidTime : .future, range)
      return
    }
    context.previous = time
    switch isPlain ? .counted(key: 0) : verdict(of: line) {
    case .counted(let key): count(time, key: key, into: &batch)
    case .filtered: batch.filteredCount += 1
    case .rejected(let reason): rejected.count(reason, range)
    }
  }

  /// The result of filter and key for a record.
  private enum Verdict {
    case counted(key: Int)
    case filtered
    case rejected(RejectionReason)
  }

  private mutating func verdict(of line: RawSpan) -> Verdict {
    if !filter.isEmpty {
      switch filter.verdict(on: fields, of: line) {
      case .counted: break
      case .filtered: return .filtered
      case .missingField: return .rejected(.missingField)
      }
    }
    guard let keyTemplate else { return .counted(key: 0) }
    guard keyTemplate.compose(&key, from: fields, of: line) else {
      return .rejected(.missingField)
    }
    guard !key.isTooLong else { return .rejected(.invalidKey) }
    if keys.isFull {
      tallies.flush(keys: &keys)
      keys.removeAll()
    }
    guard let number = keys.number(of: key) else { return .rejected(.invalidKey) }
    return .counted(key: number)
  }

  @inline(__always)
  private mutating func count(_ time: Int64, key: Int, into batch: inout RecordBatch) {
    if time >= segmentEnd {
      endSegment(in: &batch)
      watermark = time
    } else if time > newest {
      newest = time
    }
    tallies.count(time, key: key, keys: &keys)
  }

  private mutating func endSegment(in batch: inout RecordBatch) {
    guard !tallies.isEmpty else { return }
    let segment = RecordBatch.Segment(watermark: newest, tallies: tallies.take(keys: &keys))
    batch.append(segment, graceSeconds: graceSeconds)
  }
}
