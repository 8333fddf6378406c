/// Reads lines by a regular expression, whose named groups are the fields.
///
/// Where a pattern has a group `request` but none for its parts, the parts are found in it.
struct PatternReader: LineReader {
  private enum Origin {
    case group(Int)
    case method
    case path
    case query
    case protocolName
  }

  private let pattern: any PatternMatcher
  private let time: TimeReader
  private let timeGroup: Int
  private let requestGroup: Int?
  /// By slot.
  private var origins: [Origin] = []
  private var groups: [Range<Int>?]
  private var wantsRequestParts = false
  private let fieldNames: [String]

  init(
    _ linePattern: LinePattern, matcher: any PatternMatcher, time: TimeReader, fields: FieldIndex
  ) throws(ParserSettingsError) {
    let names = matcher.groupNames
    func group(_ field: String) -> Int? {
      names.firstIndex(of: linePattern.groupOfField[field] ?? field)
    }
    let renamed = Set(linePattern.groupOfField.values)
    let unsorted = linePattern.groupOfField.keys + names.filter { !renamed.contains($0) }
    let known = unsorted.sorted {
      (group($0) ?? names.count, $0) < (group($1) ?? names.count, $1)
    }
    guard let timeGroup = group(linePattern.timeGroup) else {
      throw ParserSettingsError(
        setting: .timeField, found: linePattern.timeGroup, expected: Self.expectation(known))
    }
    self.timeGroup = timeGroup
    requestGroup = group("request")
    pattern = matcher
    self.time = time
    groups = Array(repeating: nil, count: names.count)
    let parts = requestGroup == nil ? [] : Self.requestParts.keys.sorted()
    fieldNames = known + parts.filter { group($0) == nil }
    for wanted in fields.wanted {
      if let group = group(wanted.name) {
        origins.append(.group(group))
      } else if requestGroup != nil, let part = Self.requestParts[wanted.name] {
        origins.append(part)
        wantsRequestParts = true
      } else {
        throw ParserSettingsError(
          setting: wanted.setting, found: wanted.name, expected: Self.expectation(known))
      }
    }
  }

  private static let requestParts: [String: Origin] = [
    "method": .method, "path": .path, "query": .query, "protocol": .protocolName,
  ]

  private static func expectation(_ names: [String]) -> String {
    names.isEmpty
      ? "a pattern with named groups, such as (?<time>…)"
      : "one of \(names.joined(separator: ", "))"
  }

  func fieldNames(of line: RawSpan) -> [String] { fieldNames }

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
    let request = wantsRequestParts ? requestGroup.flatMap { groups[$0] } : nil
    let parts = request.map { RequestLine(of: line, in: $0) }
    for (slot, origin) in origins.enumerated() {
      switch origin {
      case .group(let group): if let range = groups[group] { fields.set(slot, to: range) }
      case .method: parts.map { fields.set(slot, to: $0.method) }
      case .query: parts.map { fields.set(slot, to: $0.query) }
      case .protocolName: parts.map { fields.set(slot, to: $0.protocolName) }
      case .path: parts.map { fields.setPath(slot, to: $0) }
      }
    }
    return .record(instant)
  }
}
