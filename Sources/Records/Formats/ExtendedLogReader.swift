extension FormatDefinition {
  /// The W3C extended log format, which names its fields in `#Fields:`.
  package static let extended = FormatDefinition("w3c", isDistinctive: true) {
    (_, fields, _) in ExtendedLogReader(fields: fields)
  }
}

extension LogFormat {
  package static let extended = LogFormat(.extended)
}

/// Reads the W3C extended log format (IIS and others). A line `#Fields:` in each file names the columns.
///
/// Times are UTC, whatever the time zone of the settings is. Fields can be named as in the file (`cs-uri-stem`) or as in
/// the combined format (`path`).
/// - Source: W3C working draft WD-logfile-960323.
struct ExtendedLogReader: LineReader {
  let readsHeaders = true

  private struct Wanted {
    /// The field has any of these names.
    var names: [[UInt8]]
    var column: Int?
  }

  private var wanted: [Wanted]
  private var dateColumn: Int?
  /// The date of lines without a date column, from `#Date:` and advanced when the time of day goes back; days since the
  /// epoch.
  private var day: Int?
  private var lastSecondOfDay = 0
  private var timeColumn: Int?
  private var names: [String] = []

  private static let aliases = [
    "host": ["c-ip"], "user": ["cs-username"], "method": ["cs-method"], "path": ["cs-uri-stem"],
    "query": ["cs-uri-query"], "status": ["sc-status"], "bytes": ["sc-bytes"],
    "protocol": ["cs-version"], "referer": ["cs(referer)"], "agent": ["cs(user-agent)"],
  ]
  private static let maxColumns = 1_000

  init(fields: FieldIndex) {
    wanted = fields.wanted.map { field in
      let names = [field.name.lowercased()] + (Self.aliases[field.name] ?? [])
      return Wanted(names: names.map { Array($0.utf8) })
    }
  }

  func fieldNames(of line: RawSpan) -> [String] { names }

  var learned: [String] { ["\(day ?? -1)", "\(lastSecondOfDay)"] + names }

  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome
  {
    guard line.byteCount > 0 else { return .header }
    guard line[0] != UInt8(ascii: "#") else {
      readDirective(line)
      return .header
    }
    guard let timeColumn, dateColumn != nil || day != nil else { return .rejected(.malformed) }
    var date: Range<Int>?
    var time: Range<Int>?
    var position = 0
    for column in names.indices {
      guard let value = Self.nextValue(of: line, from: &position) else {
        return .rejected(.malformed)
      }
      if column == dateColumn { date = value }
      if column == timeColumn { time = value }
      for slot in wanted.indices where wanted[slot].column == column {
        fields.set(slot, to: value)
      }
    }
    guard let time, let instant = instant(of: line, date: date, time: time, context) else {
      return .rejected(.invalidTime)
    }
    return .record(instant)
  }

  private mutating func readDirective(_ line: RawSpan) {
    readDay(line)
    let directive = Array("#Fields:".utf8)
    guard line.byteCount > directive.count, line.range(0..<directive.count, equals: directive)
    else { return }
    (dateColumn, timeColumn) = (nil, nil)
    for slot in wanted.indices { wanted[slot].column = nil }
    names.removeAll()
    var position = directive.count
    while names.count < Self.maxColumns, let range = Self.nextValue(of: line, from: &position) {
      let column = names.count
      names.append(line.text(range))
      let name = Array(names[column].lowercased().utf8)
      if name == Array("date".utf8) { dateColumn = column }
      if name == Array("time".utf8) { timeColumn = column }
      for slot in wanted.indices where wanted[slot].names.contains(name) {
        wanted[slot].column = column
      }
    }
  }

  /// `#Date: 2026-01-31 23:59:59`.
  private mutating func readDay(_ line: RawSpan) {
    let directive = Array("#Date:".utf8)
    guard line.byteCount > directive.count, line.range(0..<directive.count, equals: directive)
    else { return }
    var position = directive.count
    var parts = StampParts()
    guard let date = Self.nextValue(of: line, from: &position),
      Self.take(Self.dateLayout, date, of: line, into: &parts)
    else { return }
    let written = CivilDate(year: parts.year, month: parts.month, day: parts.day)
    guard written.exists else { return }
    day = written.daysSinceEpoch
    lastSecondOfDay = 0
  }

  private mutating func instant(
    of line: RawSpan, date: Range<Int>?, time: Range<Int>, _ context: StampContext
  ) -> Int64? {
    var parts = StampParts()
    if let date {
      guard Self.take(Self.dateLayout, date, of: line, into: &parts) else { return nil }
    }
    var cursor = StampCursor(position: time.lowerBound)
    for step in Self.timeLayout {
      guard cursor.take(step, from: line, into: &parts) else { return nil }
    }
    if cursor.position < time.upperBound, cursor.take(ASCII.dot, from: line) {
      _ = cursor.skipDigits(from: line)
    }
    guard cursor.position == time.upperBound else { return nil }
    if date == nil, let known = day {
      let second = parts.hour * 3_600 + parts.minute * 60 + parts.second
      let isNextDay = second < lastSecondOfDay - Self.halfDaySeconds
      lastSecondOfDay = second
      day = known + (isNextDay ? 1 : 0)
      let today = CivilDate(daysSinceEpoch: known + (isNextDay ? 1 : 0))
      (parts.year, parts.month, parts.day) = (today.year, today.month, today.day)
    }
    return parts.instant(zone: .utc, context)
  }

  private static let halfDaySeconds = 43_200

  private static func take(
    _ layout: [TimeLayout.Step], _ range: Range<Int>, of line: RawSpan, into parts: inout StampParts
  ) -> Bool {
    var cursor = StampCursor(position: range.lowerBound)
    for step in layout {
      guard cursor.take(step, from: line, into: &parts) else { return false }
    }
    return cursor.position == range.upperBound
  }

  private static let dateLayout: [TimeLayout.Step] = [
    .year, .literal(ASCII.minus), .month, .literal(ASCII.minus), .day,
  ]
  private static let timeLayout: [TimeLayout.Step] = [
    .hour, .literal(ASCII.colon), .minute, .literal(ASCII.colon), .second,
  ]

  /// A word, or the text between two quotes.
  private static func nextValue(of line: RawSpan, from position: inout Int) -> Range<Int>? {
    while position < line.byteCount, line[position].isBlank { position += 1 }
    guard position < line.byteCount else { return nil }
    let start = position
    // Some programs do not quote values; then a quote is part of the word.
    if line[start] == ASCII.quote, let end = line.firstIndex(of: ASCII.quote, from: start + 1),
      end + 1 == line.byteCount || line[end + 1].isBlank
    {
      position = end + 1
      return start + 1..<end
    }
    while position < line.byteCount, !line[position].isBlank { position += 1 }
    return start..<position
  }
}
