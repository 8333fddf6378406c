/// Reads lines of columns with a separator between them; the settings name the columns, and a line that
/// says just these names is a header.
///
/// With a comma or semicolon, values may be quoted as in CSV (RFC 4180), but not hold a newline.
struct DelimitedReader: LineReader {
  private let separator: [UInt8]
  private let header: [UInt8]
  private let timeColumn: Int
  private let time: TimeReader
  private let slotOfColumn: [Int?]
  private let lastColumn: Int
  private let isQuoting: Bool

  init(
    separator: String, columns: [String], timeField: String, time: TimeReader, fields: FieldIndex
  ) throws(ParserSettingsError) {
    guard !separator.isEmpty, !columns.isEmpty else {
      throw ParserSettingsError(
        setting: .format, found: "separator '\(separator)', columns \(columns)",
        expected: "a separator and the names of the columns")
    }
    let expected = "one of the columns \(columns.joined(separator: ", "))"
    guard let timeColumn = columns.firstIndex(of: timeField) else {
      throw ParserSettingsError(setting: .timeField, found: timeField, expected: expected)
    }
    var slotOfColumn: [Int?] = columns.map { _ in nil }
    for (slot, wanted) in fields.wanted.enumerated() {
      guard let column = columns.firstIndex(of: wanted.name) else {
        throw ParserSettingsError(setting: wanted.setting, found: wanted.name, expected: expected)
      }
      slotOfColumn[column] = slot
    }
    self.separator = Array(separator.utf8)
    header = Array(columns.joined(separator: separator).utf8)
    self.timeColumn = timeColumn
    self.time = time
    self.slotOfColumn = slotOfColumn
    lastColumn = max(timeColumn, slotOfColumn.lastIndex { $0 != nil } ?? 0)
    isQuoting = separator == "," || separator == ";"
  }

  mutating func read(_ line: RawSpan, now: Int64, fields: inout FieldTable) -> LineOutcome {
    var instant: Int64?
    var position = 0
    for column in 0...lastColumn {
      guard position <= line.byteCount else { return .rejected(.malformed) }
      guard let value = value(of: line, at: position) else { return .rejected(.malformed) }
      if column == timeColumn {
        instant = time.instant(of: line.extracting(value.range), now: now)
        if instant == nil {
          return line.range(0..<line.byteCount, equals: header) ? .header : Self.noTime(value.range)
        }
      }
      if let slot = slotOfColumn[column] { set(slot, to: value, of: line, &fields) }
      position = value.next
    }
    return instant.map(LineOutcome.record) ?? .rejected(.malformed)
  }

  private static func noTime(_ range: Range<Int>) -> LineOutcome {
    .rejected(range.isEmpty ? .malformed : .invalidTime)
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
