/// The parts of a log's times that its lines do not contain, which users are told about.
package struct InferredTime: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The year, inferred from the order of the lines and the time when their file was written.
  package static let year = InferredTime(rawValue: 1)
  /// The time zone, taken from the settings.
  package static let zone = InferredTime(rawValue: 2)
}

/// Finds out which parts of a log's times are inferred, by reading its first record with another time zone, and as of a
/// year earlier.
struct InferenceProbe {
  private var otherZoneReader: any LineReader
  private var fields: FieldTable
  private let mayLackYear: Bool
  private(set) var found: InferredTime = []
  /// Limits the work for a log without records.
  private var linesLeft = 1_000

  init(_ settings: ParserSettings, compilePattern: PatternCompiler) throws(ParserSettingsError) {
    var other = settings
    // 26 hours away, farther than any inhabited zone.
    let offset = settings.timeZone.offset(at: 0) + 93_600
    other.timeZone = TimeZoneRules(fixedOffsetSeconds: offset, name: "")
    var index = FieldIndex()
    otherZoneReader = try other.lineReader(fields: &index, compilePattern: compilePattern)
    fields = FieldTable(count: index.wanted.count)
    mayLackYear = settings.infersYear
  }

  var isDone: Bool { linesLeft == 0 }

  /// Reads the header of the file whose lines come next.
  mutating func beginFile(_ beginning: RawSpan) {
    otherZoneReader.readHeader(beginning, fields: &fields)
  }

  /// Examines the lines up to the first record.
  ///
  /// - Parameters:
  ///   - lines: The next lines.
  ///   - reader: The reader that will read them.
  ///   - now: The current time, in seconds since the epoch.
  mutating func examine(
    _ lines: RawSpan, by reader: any LineReader, _ readerFields: FieldTable, now: Int64
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
      let other = otherZoneReader.time(of: text, context, &fields)
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

  /// Reads the header lines at a file's beginning.
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
