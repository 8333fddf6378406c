extension FormatDefinition {
  /// Columns with a comma or another separator, with quoting as in CSV.
  package static let csv = FormatDefinition(
    "csv", options: [.columns, .separator, .timeField, .timeLayout],
    guesses: { sample in
      ([",", ";", "|"] as [Unicode.Scalar]).flatMap { separator in
        DelimitedReader.guesses(
          sample, separator, LogFormat.delimited(separator: "\(separator)", columns: nil).options)
      }
    },
    makeReader: { (settings, fields, _) throws(ParserSettingsError) in
      try DelimitedReader(
        separator: settings.format.options.separator ?? ",", settings, fields: fields)
    })

  package static let tsv = FormatDefinition(
    "tsv", options: [.columns, .timeField, .timeLayout],
    guesses: { DelimitedReader.guesses($0, "\t", FormatOptions()) },
    makeReader: { (settings, fields, _) throws(ParserSettingsError) in
      try DelimitedReader(separator: "\t", settings, fields: fields)
    })
}

extension LogFormat {
  /// - Parameter columns: The names of the columns; nil if the first line of each file names them.
  package static func delimited(separator: String, columns: [String]?) -> LogFormat {
    separator == "\t"
      ? LogFormat(.tsv, FormatOptions(columns: columns))
      : LogFormat(
        .csv, FormatOptions(columns: columns, separator: separator == "," ? nil : separator))
  }
}

/// Reads lines of separated columns. The settings or the first line of the file name the columns; a later line with
/// exactly these names is a header, too.
///
/// With a comma or semicolon, values may be quoted as in CSV (RFC 4180), but must not contain a newline.
struct DelimitedReader: LineReader {
  let readsHeaders: Bool

  private struct Columns {
    var names: [String]
    var timeColumn: Int
    /// Set if the date is in one column and the time of day in another.
    var parts: (date: Int, timeOfDay: Int)?
    var slotOfColumn: [Int?]
    var last: Int
  }

  private let separator: [UInt8]
  private let isQuoting: Bool
  private let timeField: String?
  private let time: TimeReader
  private let wanted: [FieldIndex.Wanted]
  /// Nil until a header has been read.
  private var columns: Columns?
  /// Only a file's first line may name columns; later lines may contain what a client sent.
  private var isAtBeginning = true

  /// Names of the time column, in upper or lower case, if the settings do not name it.
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

  /// Guesses for a table whose first line names the columns; the time may be in any column.
  static func guesses(
    _ sample: LogSample, _ separator: Unicode.Scalar, _ options: FormatOptions
  ) -> [FormatGuess] {
    func values(_ line: [UInt8]) -> [[UInt8]] {
      line.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false).map {
        $0.filter { $0 != ASCII.quote && $0 != ASCII.carriageReturn }
      }
    }
    let header = values(sample.firstLine)
    // A line that contains a time is not a header.
    guard header.count > 1, !header.contains(where: { FieldStamp($0, now: sample.now) != nil })
    else { return [] }
    let names = header.map { String(decoding: $0, as: UTF8.self) }
    var guesses = [FormatGuess(options: options)]
    let rows = sample.lines.dropFirst().map(values).filter { $0.count == names.count }
    func add(_ column: [[UInt8]], _ name: String?) {
      var readings: [(span: Int64, guess: FormatGuess)] = []
      for isDayFirst in [false, true] {
        let stamps = column.compactMap {
          FieldStamp($0, isDayFirst: isDayFirst, now: sample.now)
        }
        guard let layout = stamps.first?.layout, 2 * stamps.count > column.count else { continue }
        let times = stamps.map(\.time)
        let guess = FormatGuess(options: options, timeField: name, timeLayout: layout)
        readings.append(((times.max() ?? 0) - (times.min() ?? 0), guess))
      }
      // The days of a log follow each other: the order in which they lie closer together is the right one.
      if readings.count == 2, readings[1].span < readings[0].span { readings.reverse() }
      guesses += readings.map(\.guess)
      let isRead = column.contains {
        FieldStamp($0, now: sample.now).map { $0.layout == nil } ?? false
      }
      if isRead, let name { guesses.append(FormatGuess(options: options, timeField: name)) }
    }
    let lowercased = names.map { $0.lowercased() }
    if let date = lowercased.firstIndex(of: "date"), let time = lowercased.firstIndex(of: "time") {
      add(rows.map { $0[date] + [ASCII.space] + $0[time] }, nil)
    }
    let latest = names.indices.map { column in
      rows.compactMap { FieldStamp($0[column], now: sample.now)?.time }.max() ?? 0
    }
    let likeliest = names.indices.sorted { a, b in
      (TimeFieldName.rank(names[a]), -latest[a], a) < (TimeFieldName.rank(names[b]), -latest[b], b)
    }
    for column in likeliest { add(rows.map { $0[column] }, names[column]) }
    return guesses
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
    let lowercased = names.map { $0.lowercased() }
    var parts: (date: Int, timeOfDay: Int)?
    if timeField == nil, let date = lowercased.firstIndex(of: "date"),
      let time = lowercased.firstIndex(of: "time")
    {
      parts = (date, time)
    }
    let lastTimeColumn = max(timeColumn, parts?.date ?? 0, parts?.timeOfDay ?? 0)
    return Columns(
      names: names, timeColumn: timeColumn, parts: parts, slotOfColumn: slotOfColumn,
      last: max(lastTimeColumn, slotOfColumn.lastIndex { $0 != nil } ?? 0))
  }

  func fieldNames(of line: RawSpan) -> [String] { columns?.names ?? [] }

  var learned: [String] { ["\(isAtBeginning)"] + (columns?.names ?? []) }

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
    var isThere = false
    var date: Range<Int>?
    var timeOfDay: Range<Int>?
    var position = 0
    for column in 0...columns.last {
      guard position <= line.byteCount, let value = value(of: line, at: position) else {
        return .rejected(.malformed)
      }
      if column == columns.timeColumn {
        instant = time.instant(of: line.extracting(value.range), context)
        isThere = !value.range.isEmpty
        if instant == nil, columns.parts == nil {
          return .rejected(isThere ? .invalidTime : .malformed)
        }
      }
      if column == columns.parts?.date { date = value.range }
      if column == columns.parts?.timeOfDay { timeOfDay = value.range }
      if let slot = columns.slotOfColumn[column] { set(slot, to: value, of: line, &fields) }
      position = value.next
    }
    if instant == nil, let date, let timeOfDay {
      var stamp = JoinedStamp()
      for part in [date, timeOfDay] { stamp.add(part, of: line) }
      instant = time.instant(of: stamp, context)
    }
    return instant.map(LineOutcome.record) ?? .rejected(isThere ? .invalidTime : .malformed)
  }

  /// Whether a line that is no record is a header. Takes the column names from a file's first line.
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
    /// The offset of the next value; beyond the line's end if there is none.
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
