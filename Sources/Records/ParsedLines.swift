/// The first records of a log as its format reads them, so that people see whether it reads them right.
package struct ParsedLines: Sendable {
  package struct Line: Equatable, Sendable {
    /// In seconds since the epoch.
    package var time: Int64
    /// As they were read, by `fieldNames`; nil: the line has no such field.
    package var values: [String?]

    package init(time: Int64, values: [String?]) {
      self.time = time
      self.values = values
    }
  }

  /// As key and filter may name them.
  package let fieldNames: [String]
  package private(set) var lines: [Line] = []

  private static let valueBytes = 200

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log.
  ///   - outline: Of the file.
  ///   - now: The clock, in seconds since the epoch.
  ///   - limit: Of records.
  package init(
    sample: RawSpan, of outline: FileOutline? = nil, now: Int64, settings: ParserSettings,
    limit: Int,
    compilePattern: PatternCompiler
  ) throws(ParserSettingsError) {
    // Only the lines tell which fields there are, so they are read twice.
    var index = FieldIndex()
    var reader = try settings.lineReader(fields: &index, compilePattern: compilePattern)
    var fields = FieldTable(count: index.wanted.count)
    var records: [(start: Int, time: Int64)] = []
    var wanted = FieldIndex()
    let start = outline.flatMap {
      settings.infersYear ? reader.timeOfFirstLine($0, fields: &fields) : nil
    }
    var context = StampContext(
      latest: start == nil ? min(now, outline?.lastWritten ?? now) : now, previous: start)
    var position = 0
    while records.count < limit, let range = Self.line(of: sample, at: &position) {
      let line = sample.extracting(range)
      fields.clear()
      if range.count <= settings.maxLineBytes,
        case .record(let time) = reader.read(line, context, fields: &fields),
        time >= 0, time - Int64(settings.maxAheadSeconds) <= now
      {
        context.previous = time
        records.append((range.lowerBound, time))
        for name in reader.fieldNames(of: line) { wanted.want(name) }
      }
    }
    fieldNames = wanted.wanted.map(\.name)
    reader = try settings.lineReader(fields: &wanted, compilePattern: compilePattern)
    fields = FieldTable(count: wanted.wanted.count)
    position = 0
    while lines.count < records.count, let range = Self.line(of: sample, at: &position) {
      let line = sample.extracting(range)
      fields.clear()
      if range.count <= settings.maxLineBytes {
        _ = reader.read(line, context, fields: &fields)
        let record = records[lines.count]
        if record.start == range.lowerBound {
          lines.append(
            Line(
              time: record.time,
              values: fieldNames.indices.map { Self.value($0, in: fields, of: line) }))
        }
      }
    }
  }

  private static func value(_ slot: Int, in fields: FieldTable, of line: RawSpan) -> String? {
    fields.withField(FieldReference(slot: slot, part: .whole), of: line) { value in
      value.text(0..<min(value.byteCount, valueBytes))
    }
  }

  /// The line at `position`, without what ends it; moves on to the next.
  private static func line(of sample: RawSpan, at position: inout Int) -> Range<Int>? {
    let start = position
    guard start < sample.byteCount else { return nil }
    let newline = sample.firstIndex(of: ASCII.newline, from: start) ?? sample.byteCount
    position = newline + 1
    let hasReturn = newline > start && sample[newline - 1] == ASCII.carriageReturn
    return start..<(hasReturn ? newline - 1 : newline)
  }
}
