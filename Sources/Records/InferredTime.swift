/// What of the times of a log's lines does not stand in the lines, and is worth telling people.
package struct InferredTime: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// From the order of the lines and from when their file was written.
  package static let year = InferredTime(rawValue: 1)
  /// The one of the settings.
  package static let zone = InferredTime(rawValue: 2)
}

/// Finds out what of the times of a log is inferred: its first record is read as if it stood in another zone, and as
/// if it had been read a year before.
struct InferenceProbe {
  private var elsewhere: any LineReader
  private var fields: FieldTable
  private let mayLackYear: Bool
  private(set) var found: InferredTime = []
  /// A log without a record is not read twice for ever.
  private var linesLeft = 1_000

  init(_ settings: ParserSettings, compilePattern: PatternCompiler) throws(ParserSettingsError) {
    var other = settings
    // No zone of the earth is so far from any other.
    let offset = settings.timeZone.offset(at: 0) + 93_600
    other.timeZone = TimeZoneRules(fixedOffsetSeconds: offset, name: "")
    var index = FieldIndex()
    elsewhere = try other.lineReader(fields: &index, compilePattern: compilePattern)
    fields = FieldTable(count: index.wanted.count)
    mayLackYear = settings.infersYear
  }

  var isDone: Bool { linesLeft == 0 }

  /// Reads what stands at the beginning of the file whose lines come next.
  mutating func beginFile(_ beginning: RawSpan) {
    elsewhere.readHeader(beginning, fields: &fields)
  }

  /// Looks for the first record.
  ///
  /// - Parameters:
  ///   - lines: Those that come next.
  ///   - reader: By which they will be read.
  ///   - now: The clock, in seconds since the epoch.
  mutating func look(
    at lines: RawSpan, by reader: any LineReader, _ readerFields: FieldTable, now: Int64
  ) {
    var reader = reader
    var readerFields = readerFields
    let context = StampContext(latest: now)
    var start = 0
    while start < lines.byteCount, linesLeft > 0 {
      let end = lines.firstIndex(of: ASCII.newline, from: start) ?? lines.byteCount
      let hasReturn = end > start && lines[end - 1] == ASCII.carriageReturn
      let written = lines.bytes(start..<(hasReturn ? end - 1 : end))
      let text = LineDecoration.removed(from: written.span.bytes) ?? written
      start = end + 1
      linesLeft -= 1
      let other = elsewhere.time(of: text, context, &fields)
      guard let time = reader.time(of: text, context, &readerFields) else { continue }
      if other != time { found.insert(.zone) }
      let before = StampContext(latest: now - 366 * 86_400)
      if mayLackYear, reader.time(of: text, before, &readerFields) != time { found.insert(.year) }
      linesLeft = 0
    }
  }
}

extension LineReader {
  fileprivate mutating func time(
    of line: [UInt8], _ context: StampContext, _ fields: inout FieldTable
  ) -> Int64? {
    fields.clear()
    return if case .record(let time) = read(line.span.bytes, context, fields: &fields) { time } else
    { nil }
  }

  /// Reads the lines that say at a file's beginning what those after them mean.
  mutating func readHeader(_ beginning: RawSpan, fields: inout FieldTable) {
    beginFile()
    var start = 0
    while let end = beginning.firstIndex(of: ASCII.newline, from: start) {
      let hasReturn = end > start && beginning[end - 1] == ASCII.carriageReturn
      let line = beginning.extracting(start..<(hasReturn ? end - 1 : end))
      fields.clear()
      let plain = start == 0 ? LineDecoration.removed(from: line) : nil
      let outcome =
        plain.map { read($0.span.bytes, StampContext(latest: 0), fields: &fields) }
        ?? read(line, StampContext(latest: 0), fields: &fields)
      guard case .header = outcome else { return }
      start = end + 1
    }
  }
}
