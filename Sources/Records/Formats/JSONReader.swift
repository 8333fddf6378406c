extension FormatDefinition {
  /// One JSON object a line; nested members are named by a path such as `request.host`.
  package static let json = FormatDefinition(
    "json", options: [.timeField, .timeLayout], isDistinctive: true,
    guesses: { [FormatGuess()] + JSONTimeMembers.guesses($0) },
    makeReader: { (settings, fields, _) throws(ParserSettingsError) in
      JSONReader(
        TimeFields(
          usual: JSONReader.usualTimeFields, named: settings.timeField,
          time: try TimeReader(settings), index: &fields),
        fields: fields)
    })

  /// An entry of the systemd journal: as separate fields, or as a JSON object of `journalctl -o json`.
  package static let journal = FormatDefinition("journal", isDistinctive: true) {
    (settings, fields, _) throws(ParserSettingsError) in
    JSONReader(
      TimeFields(
        usual: JSONReader.journalTimeFields, named: nil,
        time: try TimeReader(settings, unless: "epoch_us"), index: &fields),
      fields: fields)
  }
}

extension LogFormat {
  package static let json = LogFormat(.json)
  package static let journal = LogFormat(.journal)
}

/// Reads one JSON object a line.
///
/// A field is named by its path, `request.headers.User-Agent.0`; a member whose name contains dots is found as well.
/// The value of an array is its first element. Of members of the same name the last one counts.
struct JSONReader: LineReader {
  private var wanted = WantedMembers()
  private let time: TimeFields
  /// A member whose text, if it does not end with a newline, is part of a message that the next line continues.
  private let partField: FieldReference?

  /// Deeper nesting makes a line malformed.
  static let maxDepth = 64
  /// The time fields that are tried in this order if the settings name none.
  static let usualTimeFields = [
    "time", "timestamp", "ts", "@timestamp", "StartUTC", "datetime", "time_local", "time_iso8601",
    "eventTime", "date", "@t",
  ]

  /// When the program wrote the entry, if the journal knows it; else when the journal received it.
  static let journalTimeFields = ["_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"]

  init(_ time: TimeFields, partField: FieldReference? = nil, fields: FieldIndex) {
    self.time = time
    self.partField = partField
    for (slot, field) in fields.wanted.enumerated() { wanted.want(field.name, slot: slot) }
  }

  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome
  {
    var cursor = JSONCursor()
    cursor.skipBlanks(line)
    if cursor.position < line.byteCount, line[cursor.position] != ASCII.openBrace {
      cursor.position = Self.objectAfterPrefix(in: line) ?? line.byteCount
    }
    guard cursor.position < line.byteCount,
      readValue(line, &cursor, node: WantedMembers.root, depth: 0, fields: &fields)
    else { return .rejected(.malformed) }
    cursor.skipBlanks(line)
    guard cursor.position == line.byteCount else { return .rejected(.malformed) }
    if let partField {
      let isPart = fields.withField(partField, of: line) {
        $0.byteCount == 0 || $0[$0.byteCount - 1] != ASCII.newline
      }
      guard let isPart else { return .rejected(.missingField) }
      if isPart { return .header }
    }
    return time.outcome(of: line, fields, context, missing: .missingField)
  }

  func outcome(of entry: RawSpan, _ fields: borrowing FieldTable, _ context: StampContext)
    -> LineOutcome
  {
    time.outcome(of: entry, fields, context, missing: .missingField)
  }

  /// The offset of the object in a line with a prefix, such as the name of a container.
  private static func objectAfterPrefix(in line: RawSpan) -> Int? {
    guard let brace = line.firstIndex(of: ASCII.openBrace, from: 0), brace > 0,
      line[brace - 1].isBlank, line[line.byteCount - 1] == ASCII.closeBrace
    else { return nil }
    return brace
  }

  /// - Parameter node: The node of the wanted members; nil if nothing of the value is wanted.
  private func readValue(
    _ line: RawSpan, _ cursor: inout JSONCursor, node: Int?, depth: Int, fields: inout FieldTable
  ) -> Bool {
    guard cursor.position < line.byteCount, depth < Self.maxDepth else { return false }
    switch line[cursor.position] {
    case ASCII.openBrace:
      return readObject(line, &cursor, node: node, depth: depth, fields: &fields)
    case ASCII.openBracket:
      return readArray(line, &cursor, node: node, depth: depth, fields: &fields)
    case ASCII.quote:
      guard let text = cursor.string(line) else { return false }
      if let node, let slot = wanted.slot(of: node) { fields.set(slot, to: text, of: line) }
      return true
    default:
      guard let word = cursor.word(line) else { return false }
      if let node, let slot = wanted.slot(of: node) {
        let isNull = line[word.lowerBound] == UInt8(ascii: "n")
        if isNull { fields.remove(slot) } else { fields.set(slot, to: word) }
      }
      return true
    }
  }

  private func readObject(
    _ line: RawSpan, _ cursor: inout JSONCursor, node: Int?, depth: Int, fields: inout FieldTable
  ) -> Bool {
    cursor.position += 1
    cursor.skipBlanks(line)
    if cursor.take(ASCII.closeBrace, line) { return true }
    repeat {
      cursor.skipBlanks(line)
      guard let name = cursor.string(line) else { return false }
      cursor.skipBlanks(line)
      guard cursor.take(ASCII.colon, line) else { return false }
      cursor.skipBlanks(line)
      let child = node.flatMap { member(name, of: $0, line) }
      guard readValue(line, &cursor, node: child, depth: depth + 1, fields: &fields) else {
        return false
      }
      cursor.skipBlanks(line)
    } while cursor.take(ASCII.comma, line)
    return cursor.take(ASCII.closeBrace, line)
  }

  private func readArray(
    _ line: RawSpan, _ cursor: inout JSONCursor, node: Int?, depth: Int, fields: inout FieldTable
  ) -> Bool {
    cursor.position += 1
    cursor.skipBlanks(line)
    if cursor.take(ASCII.closeBracket, line) { return true }
    var index = 0
    repeat {
      cursor.skipBlanks(line)
      let child = node.flatMap { wanted.element(index, of: $0) }
      guard readValue(line, &cursor, node: child, depth: depth + 1, fields: &fields) else {
        return false
      }
      index += 1
      cursor.skipBlanks(line)
    } while cursor.take(ASCII.comma, line)
    return cursor.take(ASCII.closeBracket, line)
  }

  @inline(__always)
  private func member(_ name: JSONCursor.Text, of node: Int, _ line: RawSpan) -> Int? {
    guard name.isEscaped else { return wanted.member(line, name.range, of: node) }
    var decoded: [UInt8] = []
    JSONCursor.decode(name.range, of: line, into: &decoded)
    return wanted.member(decoded.span.bytes, 0..<decoded.count, of: node)
  }
}

extension JSONReader {
  private static let maxNames = 100
  private static let maxNameBytes = 256

  /// The first hundred names; members of nested objects by their paths.
  func fieldNames(of line: RawSpan) -> [String] {
    var cursor = JSONCursor()
    var names: [String] = []
    cursor.skipBlanks(line)
    if cursor.position < line.byteCount, line[cursor.position] != ASCII.openBrace {
      cursor.position = Self.objectAfterPrefix(in: line) ?? line.byteCount
    }
    addNames(line, &cursor, below: "", to: &names)
    return names
  }

  /// The line was parsed before, so it is valid and not nested too deeply.
  private func addNames(
    _ line: RawSpan, _ cursor: inout JSONCursor, below path: String, to names: inout [String]
  ) {
    var unwanted = FieldTable(count: 0)
    guard cursor.take(ASCII.openBrace, line) else { return }
    repeat {
      cursor.skipBlanks(line)
      guard names.count < Self.maxNames, let text = cursor.string(line) else { break }
      cursor.skipBlanks(line)
      guard cursor.take(ASCII.colon, line) else { return }
      cursor.skipBlanks(line)
      var decoded: [UInt8] = []
      JSONCursor.decode(text.range, of: line, into: &decoded)
      let name = path + String(decoding: decoded, as: UTF8.self)
      let isKept = name.utf8.count <= Self.maxNameBytes
      if isKept, cursor.position < line.byteCount, line[cursor.position] == ASCII.openBrace {
        addNames(line, &cursor, below: name + ".", to: &names)
      } else {
        if isKept { names.append(name) }
        guard readValue(line, &cursor, node: nil, depth: 0, fields: &unwanted) else { return }
      }
      cursor.skipBlanks(line)
    } while cursor.take(ASCII.comma, line)
    _ = cursor.take(ASCII.closeBrace, line)
  }
}
