extension FormatDefinition {
  /// Pairs such as `level=info msg="a b"`.
  package static let logfmt = FormatDefinition("logfmt", options: [.timeField, .timeLayout]) {
    (settings, fields, _) throws(ParserSettingsError) in
    LogfmtReader(
      TimeFields(
        usual: LogfmtReader.usualTimeFields, named: settings.timeField,
        time: try TimeReader(settings), index: &fields),
      fields: fields)
  }
}

extension LogFormat {
  package static let logfmt = LogFormat(.logfmt)
}

/// Reads lines of `name=value` pairs; a value with blanks is quoted and escaped as a JSON string is.
///
/// A name without `=` is a flag with an empty value. Of pairs of the same name the last one counts.
/// - Source: the logfmt of Heroku and of Go's kr/logfmt.
struct LogfmtReader: LineReader {
  private let time: TimeFields
  private let names: [[UInt8]]

  static let usualTimeFields = ["time", "ts", "timestamp", "t", "at", "eventtime"]

  init(_ time: TimeFields, fields: FieldIndex) {
    self.time = time
    names = fields.wanted.map { Array($0.name.utf8) }
  }

  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome
  {
    var cursor = Self.start(of: line)
    while cursor.position < line.byteCount {
      guard readPair(line, &cursor, fields: &fields) != nil else { return .rejected(.malformed) }
      cursor.skipBlanks(line)
    }
    return time.outcome(of: line, fields, context, missing: .malformed)
  }

  func fieldNames(of line: RawSpan) -> [String] {
    var cursor = JSONCursor()
    var unwanted = FieldTable(count: names.count)
    var found: [String] = []
    while let name = readPair(line, &cursor, fields: &unwanted) {
      found.append(line.text(name))
      cursor.skipBlanks(line)
    }
    return found
  }

  /// After a priority such as `<189>`, which firewalls write without the rest of syslog's header.
  private static func start(of line: RawSpan) -> JSONCursor {
    var cursor = JSONCursor()
    cursor.position = SyslogHeader.priorityEnd(in: line) ?? 0
    cursor.skipBlanks(line)
    return cursor
  }

  /// - Returns: The range of the name; nil if there is no pair.
  private func readPair(
    _ line: RawSpan, _ cursor: inout JSONCursor, fields: inout FieldTable
  ) -> Range<Int>? {
    let start = cursor.position
    while cursor.position < line.byteCount, Self.isName(line[cursor.position]) {
      cursor.position += 1
    }
    let name = start..<cursor.position
    guard !name.isEmpty else { return nil }
    let slot = names.firstIndex { line.range(name, equals: $0) }
    guard cursor.take(UInt8(ascii: "="), line) else {
      fields.set(slot, to: name.upperBound..<name.upperBound)
      return Self.isEnd(cursor.position, of: line) ? name : nil
    }
    if cursor.position < line.byteCount, line[cursor.position] == ASCII.quote {
      guard let text = cursor.string(line) else { return nil }
      if let slot { fields.set(slot, to: text, of: line) }
      return Self.isEnd(cursor.position, of: line) ? name : nil
    }
    let valueStart = cursor.position
    while cursor.position < line.byteCount, line[cursor.position] > ASCII.space {
      cursor.position += 1
    }
    fields.set(slot, to: valueStart..<cursor.position)
    return name
  }

  private static func isEnd(_ position: Int, of line: RawSpan) -> Bool {
    position == line.byteCount || line[position].isBlank
  }

  private static func isName(_ byte: UInt8) -> Bool {
    byte > ASCII.space && byte != UInt8(ascii: "=") && byte != ASCII.quote
  }
}
