extension FormatDefinition {
  /// The first column is the time in seconds since the epoch (fractions allowed); the others are `2`, `3`, ….
  package static let epoch = FormatDefinition("epoch", options: [.timeLayout]) {
    (settings, fields, _) throws(ParserSettingsError) in
    try EpochReader(
      time: try TimeReader(settings, unless: TimeReader.anyEpoch), fields: fields)
  }
}

extension LogFormat {
  package static let epoch = LogFormat(.epoch)
}

/// Reads lines whose first column is the time as a number. Columns are separated by blanks and named by their number,
/// from `1`.
struct EpochReader: LineReader {
  private let time: TimeReader
  /// For each wanted field, its column, from 0.
  private let columnOfSlot: [Int]

  static let maxColumns = 1_000

  init(time: TimeReader, fields: FieldIndex) throws(ParserSettingsError) {
    self.time = time
    var columns: [Int] = []
    for wanted in fields.wanted {
      guard let column = Int(wanted.name), (1...Self.maxColumns).contains(column) else {
        throw ParserSettingsError(
          setting: wanted.setting, found: wanted.name,
          expected: "the number of a column, from 1 (the time) to \(Self.maxColumns)")
      }
      columns.append(column - 1)
    }
    columnOfSlot = columns
  }

  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome
  {
    guard let stamp = Self.nextWord(of: line, from: 0), line[stamp.lowerBound].isDigit else {
      return .rejected(.malformed)
    }
    guard let instant = time.instant(of: line.extracting(stamp), context) else {
      return .rejected(.invalidTime)
    }
    guard !columnOfSlot.isEmpty else { return .record(instant) }
    var word = stamp
    for column in 0..<Self.maxColumns {
      for (slot, wanted) in columnOfSlot.enumerated() where wanted == column {
        fields.set(slot, to: word)
      }
      guard let next = Self.nextWord(of: line, from: word.upperBound) else { break }
      word = next
    }
    return .record(instant)
  }

  func fieldNames(of line: RawSpan) -> [String] {
    var names: [String] = []
    var end = 0
    while names.count < Self.maxColumns, let word = Self.nextWord(of: line, from: end) {
      names.append("\(names.count + 1)")
      end = word.upperBound
    }
    return names
  }

  private static func nextWord(of line: RawSpan, from start: Int) -> Range<Int>? {
    var first = start
    while first < line.byteCount, line[first].isBlank { first += 1 }
    guard first < line.byteCount else { return nil }
    var end = first
    while end < line.byteCount, !line[end].isBlank { end += 1 }
    return first..<end
  }
}
