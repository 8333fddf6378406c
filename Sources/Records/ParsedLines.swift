/// The first records of a log as its format reads them, by which a user can check the format.
package struct ParsedLines: Sendable {
  /// One record of the sample.
  package struct Line: Equatable, Sendable {
    /// In seconds since the epoch.
    package var time: Int64
    /// The values in the order of `fieldNames`; nil if the line has no such field.
    package var values: [String?]

    package init(time: Int64, values: [String?]) {
      self.time = time
      self.values = values
    }
  }

  /// The names that key and filter may use.
  package let fieldNames: [String]
  package private(set) var lines: [Line] = []

  private static let valueBytes = 200

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log.
  ///   - outline: The outline of the file.
  ///   - now: The current time, in seconds since the epoch.
  ///   - limit: The most records to read.
  package init(
    sample: RawSpan, of outline: FileOutline? = nil, now: Int64, settings: ParserSettings,
    limit: Int,
    compilePattern: PatternCompiler
  ) throws(ParserSettingsError) {
    // The lines determine the fields, so they are read twice.
    var index = FieldIndex()
    var walk = LineWalk(sample, of: outline, now: now, settings)
    var wanted = FieldIndex()
    var reader = try settings.lineReader(fields: &index, compilePattern: compilePattern)
    var fields = FieldTable(count: index.wanted.count)
    var count = 0
    while count < limit, let line = walk.next(&reader, &fields) {
      guard line.time != nil else { continue }
      count += 1
      for name in reader.fieldNames(of: line.text.span.bytes) { wanted.want(name) }
    }
    fieldNames = wanted.wanted.map(\.name)
    walk = LineWalk(sample, of: outline, now: now, settings)
    reader = try settings.lineReader(fields: &wanted, compilePattern: compilePattern)
    fields = FieldTable(count: wanted.wanted.count)
    while lines.count < count, let line = walk.next(&reader, &fields) {
      guard let time = line.time else { continue }
      let values = fieldNames.indices.map { Self.value($0, in: fields, of: line.text.span.bytes) }
      lines.append(Line(time: time, values: values))
    }
  }

  private static func value(_ slot: Int, in fields: FieldTable, of line: RawSpan) -> String? {
    fields.withField(FieldReference(slot: slot, part: .whole), of: line) { value in
      value.text(0..<min(value.byteCount, valueBytes))
    }
  }
}
