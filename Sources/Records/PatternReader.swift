/// Reads lines by a regular expression, whose named groups are the fields.
struct PatternReader: LineReader {
  private let pattern: any PatternMatcher
  private let time: TimeReader
  private let timeGroup: Int
  /// For each wanted field, the group that holds it.
  private let groupOfSlot: [Int]
  private var groups: [Range<Int>?]

  init(
    pattern: any PatternMatcher, timeField: String, time: TimeReader, fields: FieldIndex
  ) throws(ParserSettingsError) {
    let names = pattern.groupNames
    guard let timeGroup = names.firstIndex(of: timeField) else {
      throw ParserSettingsError(
        setting: .timeField, found: timeField, expected: Self.expectation(names))
    }
    var groupOfSlot: [Int] = []
    for wanted in fields.wanted {
      guard let group = names.firstIndex(of: wanted.name) else {
        throw ParserSettingsError(
          setting: wanted.setting, found: wanted.name, expected: Self.expectation(names))
      }
      groupOfSlot.append(group)
    }
    self.pattern = pattern
    self.time = time
    self.timeGroup = timeGroup
    self.groupOfSlot = groupOfSlot
    groups = Array(repeating: nil, count: names.count)
  }

  private static func expectation(_ names: [String]) -> String {
    names.isEmpty
      ? "a pattern with named groups, such as (?<time>…)"
      : "the name of a group in the pattern: \(names.joined(separator: ", "))"
  }

  mutating func read(_ line: RawSpan, now: Int64, fields: inout FieldTable) -> LineOutcome {
    switch pattern.match(line, groups: &groups) {
    case .unmatched: return .rejected(.malformed)
    case .limitReached: return .rejected(.patternLimit)
    case .matched: break
    }
    guard let stamp = groups[timeGroup] else { return .rejected(.malformed) }
    guard let instant = time.instant(of: line.extracting(stamp), now: now) else {
      return .rejected(.invalidTime)
    }
    for (slot, group) in groupOfSlot.enumerated() {
      if let range = groups[group] { fields.set(slot, to: range) }
    }
    return .record(instant)
  }
}
