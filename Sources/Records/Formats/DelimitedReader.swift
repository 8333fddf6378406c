extension FormatDefinition {
  /// Columns with a comma or another separator, with quoting as in CSV.
  package static let csv = FormatDefinition(
    "csv", takes: [.columns, .separator, .timeField, .timeLayout],
    guesses: { sample in
      [",", ";", "|"].filter { DelimitedReader.names(sample.firstLine, separatedBy: $0) }.map {
        FormatGuess(options: LogFormat.delimited(separator: $0, columns: nil).options)
      }
    },
    makeReader: { (settings, fields, _) throws(ParserSettingsError) in
      try DelimitedReader(
        separator: settings.format.options.separator ?? ",", settings, fields: fields)
    })

  package static let tsv = FormatDefinition(
    "tsv", takes: [.columns, .timeField, .timeLayout],
    guesses: { DelimitedReader.names($0.firstLine, separatedBy: "\t") ? [FormatGuess()] : [] },
    makeReader: { (settings, fields, _) throws(ParserSettingsError) in
      try DelimitedReader(separator: "\t", settings, fields: fields)
    })
}

extension LogFormat {
  /// - Parameter columns: Nil: named by the first line of each file.
  package static func delimited(separator: String, columns: [String]?) -> LogFormat {
    separator == "\t"
      ? LogFormat(.tsv, FormatOptions(columns: columns))
      : LogFormat(
        .csv, FormatOptions(columns: columns, separator: separator == "," ? nil : separator))
  }
}

/// Reads lines of columns with a separator between them. The settings name the columns, or else the first
/// line of the file does; a line that says just these names again is a header too.
///
/// With a comma or semicolon, values may be quoted as in CSV (RFC 4180), but not hold a newline.
struct DelimitedReader: LineReader {
  let readsHeaders: Bool

  private struct Columns {
    var names: [String]
    var timeColumn: Int
    var slotOfColumn: [Int?]
    var last: Int
  }

  private let separator: [UInt8]
  private let isQuoting: Bool
  private let timeField: String?
  private let time: TimeReader
  private let wanted: [FieldIndex.Wanted]
  /// Nil until a header was read.
  private var columns: Columns?
  /// Only a file's first line names columns: what stands further down may be a client's invention.
  private var isAtBeginning = true

  /// What a column with the time is called when the settings do not say, in any case.
  static let usualTimeFields = ["time", "timestamp", "datetime", "date", "ts"]
  private static let maxColumns = 1_000

  init(
    separator: String, _ settings: ParserSettings, fields: FieldIndex
  ) throws(ParserSettingsError) {
    let columns = settings.format.options.columns
    guard !separator.isEmpty, columns?.isEmpty != true else {
      throw ParserSettingsError(
        setting: .format, found: "separator '\(separator)', columns \(columns ?? [])",
        expected: "a separator and the names of the columns")
    }
    self.separator = Array(separator.utf8)
    isQuoting = separator == "," || separator == ";"
    timeField = settings.timeField
    time = try TimeReader(settings)
    wanted = fields.wanted
    readsHeaders = columns == nil
    guard let names = columns else { return }
    let expected = "one of the columns \(names.joined(separator: ", "))"
    self.columns = Self.columns(names, timeField: timeField, wanted: wanted)
    guard self.columns != nil else {
      throw ParserSettingsError(
        setting: .timeField, found: timeField ?? "time", expected: expected)
    }
    for field in wanted where !names.contains(field.name) {
      throw ParserSettingsError(setting: field.setting, found: field.name, expected: expected)
    }
  }

  /// Whether a first line may name columns.
  static func names(_ line: [UInt8], separatedBy separator: String) -> Bool {
    line.firstRange(of: separator.utf8) != nil
  }

  static func isUsualTimeField(_ name: String) -> Bool {
    usualTimeFields.contains(name.lowercased())
  }

  private static func columns(
    _ names: [String], timeField: String?, wanted: [FieldIndex.Wanted]
  ) -> Columns? {
    let timeColumn = names.firstIndex { name in
      timeField.map { name == $0 } ?? isUsualTimeField(name)
    }
    guard let timeColumn else { return nil }
    var slotOfColumn: [Int?] = names.map { _ in nil }
    for (slot, field) in wanted.enumerated() {
      if let column = names.firstIndex(of: field.name) { slotOfColumn[column] = slot }
    }
    return Columns(
      names: names, timeColumn: timeColumn, slotOfColumn: slotOfColumn,
      last: max(timeColumn, slotOfColumn.lastIndex { $0 != nil } ?? 0))
  }

  func fieldNames(of line: RawSpan) -> [String] { columns?.names ?? [] }

  mutating func beginFile() {
    isAtBeginning = readsHeaders
  }

  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome
  {
    var outcome = LineOutcome.rejected(.malformed)
    if let columns { outcome = read(line, columns, context, fields: &fields) }
    defer { isAtBeginning = false }
    if case .rejected = outcome, isHeader(line) { return .header }
    return outcome
  }

  private func read(
    _ line: RawSpan, _ columns: Columns, _ context: StampContext, fields: inout FieldTable
  ) -> LineOutcome {
    var instant: Int64?
    var position = 0
    for column in 0...columns.last {
      guard position <= line.byteCount, let value = value(of: line, at: position) else {
        return .rejected(.malformed)
      }
      if column == columns.timeColumn {
        instant = time.instant(of: line.extracting(value.range), context)
        if instant == nil { return .rejected(value.range.isEmpty ? .malformed : .invalidTime) }
      }
      if let slot = columns.slotOfColumn[column] { set(slot, to: value, of: line, &fields) }
      position = value.next
    }
    return instant.map(LineOutcome.record) ?? .rejected(.malformed)
  }

  /// Of a line that is no record; takes the names of a file's first line.
  private mutating func isHeader(_ line: RawSpan) -> Bool {
    guard let names = names(in: line) else { return false }
    if names == columns?.names { return true }
    guard readsHeaders, isAtBeginning,
      let named = Self.columns(names, timeField: timeField, wanted: wanted)
    else { return false }
    columns = named
    return true
  }

  private func names(in line: RawSpan) -> [String]? {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let hasMark = line.byteCount >= mark.count && line.range(0..<mark.count, equals: mark)
    var position = hasMark ? mark.count : 0
    var names: [String] = []
    while position <= line.byteCount {
      guard names.count < Self.maxColumns, let value = value(of: line, at: position) else {
        return nil
      }
      names.append(line.text(value.range))
      position = value.next
    }
    return names
  }

  private struct Value {
    var range: Range<Int>
    var isEscaped = false
    /// Where the next value begins; beyond the line's end if there is none.
    var next: Int
  }

  private func value(of line: RawSpan, at start: Int) -> Value? {
    guard isQuoting, start < line.byteCount, line[start] == ASCII.quote else {
      let end = separatorIndex(of: line, from: start) ?? line.byteCount
      let next = end == line.byteCount ? line.byteCount + 1 : end + separator.count
      return Value(range: start..<end, next: next)
    }
    var isEscaped = false
    var position = start + 1
    while let quote = line.firstIndex(of: ASCII.quote, from: position) {
      let after = quote + 1
      let range = start + 1..<quote
      if after == line.byteCount {
        return Value(range: range, isEscaped: isEscaped, next: after + 1)
      }
      if line[after] == separator[0] {
        return Value(range: range, isEscaped: isEscaped, next: after + 1)
      }
      guard line[after] == ASCII.quote else { return nil }
      isEscaped = true
      position = after + 1
    }
    return nil
  }

  private func separatorIndex(of line: RawSpan, from start: Int) -> Int? {
    var position = start
    while let found = line.firstIndex(of: separator[0], from: position),
      found + separator.count <= line.byteCount
    {
      if separator.count == 1
        || line.range(found..<found + separator.count, equals: separator)
      {
        return found
      }
      position = found + 1
    }
    return nil
  }

  private func set(_ slot: Int, to value: Value, of line: RawSpan, _ fields: inout FieldTable) {
    guard value.isEscaped else {
      fields.set(slot, to: value.range)
      return
    }
    fields.set(slot) { buffer in
      var position = value.range.lowerBound
      while position < value.range.upperBound {
        buffer.append(line[position])
        position += line[position] == ASCII.quote ? 2 : 1
      }
    }
  }
}
