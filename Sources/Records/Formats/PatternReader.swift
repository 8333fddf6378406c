extension FormatDefinition {
  /// A regular expression (PCRE2) with named groups; the groups are the fields.
  package static let regex = FormatDefinition(
    "regex", options: [.pattern, .timeField, .timeLayout],
    guesses: { sample in
      LinePattern.dated(like: sample.lines, now: sample.now).map {
        FormatGuess(options: FormatOptions(pattern: $0.regex), timeLayout: $0.timeLayout)
      }
    },
    pattern: { (settings) in
      LinePattern(
        regex: settings.format.options.pattern ?? "", timeGroups: [settings.timeField ?? "time"])
    })

  /// A format that is read by a regular expression.
  init(
    _ name: String, options: Set<Setting> = [], isDistinctive: Bool = false,
    keepsSyslogHeader: Bool = false, mayLackYear: Bool = false,
    guesses: @escaping @Sendable (LogSample) -> [FormatGuess] = { _ in [FormatGuess()] },
    pattern: @escaping @Sendable (ParserSettings) throws(ParserSettingsError) -> LinePattern
  ) {
    self.init(
      name, options: options, isDistinctive: isDistinctive, keepsSyslogHeader: keepsSyslogHeader,
      mayLackYear: mayLackYear, guesses: guesses
    ) { (settings, fields, compile) throws(ParserSettingsError) in
      try PatternReader(try pattern(settings), settings, fields: fields, compile)
    }
  }

  init(
    _ name: String, isDistinctive: Bool, keepsSyslogHeader: Bool = false, mayLackYear: Bool = false,
    pattern: LinePattern
  ) {
    self.init(
      name, isDistinctive: isDistinctive, keepsSyslogHeader: keepsSyslogHeader,
      mayLackYear: mayLackYear, pattern: { _ in pattern })
  }
}

extension LogFormat {
  /// Lines that match an expression (PCRE2), whose named groups are the fields.
  package static func regex(_ expression: String) -> LogFormat {
    LogFormat(.regex, FormatOptions(pattern: expression))
  }
}

/// Reads lines by a regular expression, whose named groups are the fields.
///
/// If a pattern has a group `request` but none for its parts, the parts are split from it.
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
  private let timeGroups: [Int]
  private let offsetGroup: Int?
  /// The time, if it consists of several groups.
  private var stamp = JoinedStamp()
  private let requestGroup: Int?
  /// By slot.
  private var origins: [Origin] = []
  private var groups: [Range<Int>?]
  private var wantsRequestParts = false
  private let fieldNames: [String]

  init(
    _ linePattern: LinePattern, _ settings: ParserSettings, fields: FieldIndex,
    _ compile: PatternCompiler
  ) throws(ParserSettingsError) {
    let matcher: any PatternMatcher
    do {
      matcher = try compile(linePattern.regex)
    } catch {
      throw ParserSettingsError(
        setting: .format, found: linePattern.regex,
        expected: "a regular expression (at byte \(error.offset): \(error.message))")
    }
    let names = matcher.groupNames
    func group(_ field: String) -> Int? {
      names.firstIndex(of: linePattern.groupOfField[field] ?? field)
    }
    let renamed = Set(linePattern.groupOfField.values)
    let unsorted = linePattern.groupOfField.keys + names.filter { !renamed.contains($0) }
    let known = unsorted.sorted {
      (group($0) ?? names.count, $0) < (group($1) ?? names.count, $1)
    }
    timeGroups = try linePattern.timeGroups.map { name throws(ParserSettingsError) in
      guard let group = group(name) else {
        throw ParserSettingsError(
          setting: .timeField, found: name, expected: Self.expectation(known))
      }
      return group
    }
    offsetGroup = linePattern.offsetGroup.flatMap(group)
    requestGroup = group("request")
    pattern = matcher
    time = try TimeReader(settings, unless: linePattern.timeLayout)
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

  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome
  {
    switch pattern.match(line, groups: &groups) {
    case .unmatched: return .rejected(.malformed)
    case .limitReached: return .rejected(.patternLimit)
    case .matched: break
    }
    guard let first = groups[timeGroups[0]] else { return .rejected(.malformed) }
    let needsJoining = timeGroups.count > 1 || offsetGroup.flatMap { groups[$0] } != nil
    let instant =
      needsJoining
      ? joinedInstant(line, context) : time.instant(of: line.extracting(first), context)
    guard let instant else { return .rejected(.invalidTime) }
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

  private mutating func joinedInstant(_ line: RawSpan, _ context: StampContext) -> Int64? {
    stamp.clear()
    for group in timeGroups {
      guard let range = groups[group] else { return nil }
      stamp.add(range, of: line)
    }
    guard let offset = offsetGroup.flatMap({ groups[$0] }) else {
      return time.instant(of: stamp, context)
    }
    var cursor = StampCursor(position: offset.lowerBound)
    return cursor.offset(from: line).flatMap {
      time.withOffset(seconds: $0).instant(of: stamp, context)
    }
  }
}
