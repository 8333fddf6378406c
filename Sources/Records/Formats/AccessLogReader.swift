extension FormatDefinition {
  package static let common = FormatDefinition("common", isDistinctive: true) {
    (_, fields, _) throws(ParserSettingsError) in
    try AccessLogReader(isCombined: false, fields: fields)
  }

  package static let combined = FormatDefinition("combined", isDistinctive: true) {
    (_, fields, _) throws(ParserSettingsError) in
    try AccessLogReader(isCombined: true, fields: fields)
  }
}

extension LogFormat {
  package static let common = LogFormat(.common)
  package static let combined = LogFormat(.combined)
}

/// Reads the common and the combined log format.
///
/// The request's opening quote is the anchor: the stamp of fixed width precedes it, whatever user name a client sent,
/// because servers escape quotes within a field (`\"` or `\x22`). Fields are returned as written, including escapes.
/// - Source: Apache HTTP Server, mod_log_config, `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"`.
struct AccessLogReader: LineReader {
  private enum Field: Int, CaseIterable {
    case host, ident, user, time, request, method, path, query, `protocol`, status, bytes, referer
    case agent

    var name: String { "\(self)" }
  }

  private let isCombined: Bool
  /// By `Field`.
  private var slots = InlineArray<13, Int?>(repeating: nil)
  private let wantsFields: Bool
  private let wantsRequestParts: Bool
  private var clock = CommonLogClock()

  init(isCombined: Bool, fields: FieldIndex) throws(ParserSettingsError) {
    self.isCombined = isCombined
    wantsFields = !fields.wanted.isEmpty
    let known = Self.known(isCombined: isCombined)
    for (slot, wanted) in fields.wanted.enumerated() {
      guard let field = known.first(where: { $0.name == wanted.name }) else {
        throw ParserSettingsError(
          setting: wanted.setting, found: wanted.name,
          expected: "one of \(known.map(\.name).joined(separator: ", "))")
      }
      slots[field.rawValue] = slot
    }
    let requestParts: [Field] = [.method, .path, .query, .protocol]
    wantsRequestParts = fields.wanted.contains { wanted in
      requestParts.contains { $0.name == wanted.name }
    }
  }

  private static func known(isCombined: Bool) -> [Field] {
    Field.allCases.filter { isCombined || ($0 != .referer && $0 != .agent) }
  }

  func fieldNames(of line: RawSpan) -> [String] {
    Self.known(isCombined: isCombined).map(\.name)
  }

  @inline(__always)
  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome
  {
    guard let quote = Self.requestQuote(of: line) else { return .rejected(.malformed) }
    let stamp = quote - 2 - CommonLogClock.stampLength
    guard let (requestEnd, statusEnd) = Self.requestEnd(of: line, from: quote + 1) else {
      return .rejected(.malformed)
    }
    let bytesEnd = line.wordEnd(from: statusEnd + 1)
    guard bytesEnd > statusEnd + 1, !isCombined || Self.hasQuotedParts(line, after: bytesEnd)
    else { return .rejected(.malformed) }
    guard let time = clock.instant(of: line, at: stamp) else { return .rejected(.invalidTime) }
    if wantsFields {
      setFields(
        &fields, of: line, stamp: stamp, request: quote + 1..<requestEnd, statusEnd: statusEnd,
        bytesEnd: bytesEnd)
    }
    return .record(time)
  }

  /// The opening quote of the request: a stamp in brackets and three words precede it.
  @inline(__always)
  private static func requestQuote(of line: RawSpan) -> Int? {
    usualRequestQuote(of: line) ?? anyRequestQuote(of: line)
  }

  /// Fast path for most lines: an address of at most 15 bytes comes first, and ident and user are both `-`.
  @inline(__always)
  private static func usualRequestQuote(of line: RawSpan) -> Int? {
    guard line.byteCount >= 64 else { return nil }
    let low = RawSpan.blanks(in: line.word(at: 0))
    let high = RawSpan.blanks(in: line.word(at: 8))
    let bits = low != 0 ? low.trailingZeroBitCount : 64 + high.trailingZeroBitCount
    let host = bits / 8
    // ` - - [` and, after the stamp, `] "`.
    let quote = host + 8 + CommonLogClock.stampLength
    guard host > 0, line.word(at: host) & 0xffff_ffff_ffff == 0x5b20_2d20_2d20,
      line.halfWord(at: quote - 3) & 0xffff_ff00 == 0x2220_5d00
    else { return nil }
    return quote
  }

  private static func anyRequestQuote(of line: RawSpan) -> Int? {
    var start = 0
    while let quote = line.firstIndex(of: ASCII.quote, from: start) {
      let bracket = quote - 3 - CommonLogClock.stampLength
      if bracket >= 6, line[bracket] == ASCII.openBracket, line[quote - 1] == ASCII.space,
        line[quote - 2] == ASCII.closeBracket, hasThreeWords(line, before: bracket)
      {
        return quote
      }
      // Apache writes an empty user as `""`, which no user can send, since quotes are escaped.
      let after = quote + 2
      if quote > 0, after < line.byteCount, line[quote - 1] == ASCII.space,
        line[quote + 1] == ASCII.quote, line[after] == ASCII.space
      {
        start = after
        continue
      }
      // An escaped quote is part of the user's name.
      guard quote > 0, line[quote - 1] == ASCII.backslash else { return nil }
      start = quote + 1
    }
    return nil
  }

  private static func hasThreeWords(_ line: RawSpan, before bracket: Int) -> Bool {
    guard line[bracket - 1] == ASCII.space, line[0] != ASCII.space else { return false }
    var words = 0
    var position = 0
    while words < 3, position < bracket - 1 {
      let end = line.wordEnd(from: position)
      // Docker Compose writes two blanks before its bar.
      if end > position { words += 1 }
      position = end + 1
    }
    return words == 3
  }

  /// The quote that precedes the status, and the status's end. Some servers do not escape quotes in the request, and
  /// some write `-` for the status.
  @inline(__always)
  private static func requestEnd(of line: RawSpan, from start: Int) -> (Int, statusEnd: Int)? {
    if let quote = closingQuote(of: line, from: start), hasStatus(line, after: quote) {
      return (quote, quote + 5)
    }
    return laterRequestEnd(of: line, from: start)
  }

  private static func laterRequestEnd(of line: RawSpan, from start: Int) -> (Int, statusEnd: Int)? {
    var position = start
    while let quote = closingQuote(of: line, from: position) {
      if hasStatus(line, after: quote) { return (quote, quote + 5) }
      let end = quote + 3
      if end < line.byteCount, line[quote + 1] == ASCII.space, line[quote + 2] == ASCII.minus,
        line[end] == ASCII.space
      {
        return (quote, end)
      }
      position = quote + 1
    }
    return nil
  }

  /// Whether referer and agent follow, at least one of them in quotes.
  @inline(__always)
  private static func hasQuotedParts(_ line: RawSpan, after bytesEnd: Int) -> Bool {
    bytesEnd + 1 < line.byteCount
      && (line[bytesEnd + 1] == ASCII.quote
        || line.firstIndex(of: ASCII.quote, from: bytesEnd + 1) != nil)
  }

  @inline(__always)
  static func closingQuote(of line: RawSpan, from start: Int) -> Int? {
    var position = start
    while let quote = line.nearIndex(of: ASCII.quote, from: position) {
      var backslashes = 0
      while quote - backslashes > start, line[quote - backslashes - 1] == ASCII.backslash {
        backslashes += 1
      }
      if backslashes & 1 == 0 { return quote }
      position = quote + 1
    }
    return nil
  }

  /// Tests for a blank, three digits and a blank at once: `" 200 `.
  @inline(__always)
  private static func hasStatus(_ line: RawSpan, after quote: Int) -> Bool {
    guard quote + 6 < line.byteCount else { return false }
    let differences = line.word(at: quote - 1) ^ 0x20_3030_3020_0000
    let digits = differences >> 24 & 0xff_ffff
    return differences & 0xff_0000_00ff_0000 == 0
      && (digits | (digits &+ 0x76_7676)) & 0x80_8080 == 0
  }

  private func setFields(
    _ fields: inout FieldTable, of line: RawSpan, stamp: Int, request: Range<Int>, statusEnd: Int,
    bytesEnd: Int
  ) {
    set(.time, stamp..<stamp + CommonLogClock.stampLength, in: &fields)
    set(.request, request, in: &fields)
    set(.status, request.upperBound + 2..<statusEnd, in: &fields)
    set(.bytes, statusEnd + 1..<bytesEnd, in: &fields)
    if wants(.host) || wants(.ident) || wants(.user) {
      let host = Self.host(of: line, before: stamp - 1)
      let ident = line.wordEnd(from: host.upperBound + 1)
      set(.host, host, in: &fields)
      set(.ident, host.upperBound + 1..<ident, in: &fields)
      set(.user, ident + 1..<stamp - 2, in: &fields)
    }
    if wantsRequestParts { setRequestParts(&fields, of: line, request: request) }
    if wants(.referer) || wants(.agent) {
      setQuotedParts(&fields, of: line, from: bytesEnd + 1)
    }
  }

  /// The client: the first word, unless a prefix precedes it, such as a syslog header, that of a container runtime, or
  /// the name of a virtual host. Then it is the first address that is followed by `-`.
  ///
  /// - Parameter bracket: The offset of the stamp's opening bracket.
  private static func host(of line: RawSpan, before bracket: Int) -> Range<Int> {
    let first = 0..<line.wordEnd(from: 0)
    var word = first
    var number = 0
    while word.upperBound < bracket {
      let next = word.upperBound + 1..<line.wordEnd(from: word.upperBound + 1)
      guard next.upperBound + 1 < bracket else { break }
      let isBeforeIdent = next.count == 1 && line[next.lowerBound] == ASCII.minus
      if isBeforeIdent, isAddress(line, word) { return word }
      // A host name, followed by `-` and the user only.
      if isBeforeIdent, number > 0, !isAddress(line, first),
        line.wordEnd(from: next.upperBound + 1) == bracket - 1
      {
        return word
      }
      word = next
      number += 1
    }
    return first
  }

  /// Digits and dots, or hexadecimal digits and colons.
  private static func isAddress(_ line: RawSpan, _ word: Range<Int>) -> Bool {
    var colons = 0
    var dots = 0
    for position in word {
      switch line[position] {
      case ASCII.dot: dots += 1
      case ASCII.colon: colons += 1
      case let byte where byte.isDigit: break
      case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
        // Letters occur only in IPv6 addresses, whose first colon follows after at most four digits.
        if colons == 0, position > word.lowerBound + 3 { return false }
      default: return false
      }
    }
    return colons >= 2 || (dots == 3 && colons == 0)
  }

  private func setRequestParts(
    _ fields: inout FieldTable, of line: RawSpan, request: Range<Int>
  ) {
    let parts = RequestLine(of: line, in: request)
    set(.method, parts.method, in: &fields)
    set(.protocol, parts.protocolName, in: &fields)
    set(.query, parts.query, in: &fields)
    if let slot = slots[Field.path.rawValue] { fields.setPath(slot, to: parts) }
  }

  /// - Parameter start: The offset of the referer's opening quote.
  private func setQuotedParts(_ fields: inout FieldTable, of line: RawSpan, from start: Int) {
    guard start < line.byteCount, line[start] == ASCII.quote,
      let refererEnd = Self.closingQuote(of: line, from: start + 1)
    else { return }
    set(.referer, start + 1..<refererEnd, in: &fields)
    let agent = refererEnd + 3
    guard agent <= line.byteCount, line[agent - 1] == ASCII.quote,
      let agentEnd = Self.closingQuote(of: line, from: agent)
    else { return }
    set(.agent, agent..<agentEnd, in: &fields)
  }

  @inline(__always)
  private func wants(_ field: Field) -> Bool { slots[field.rawValue] != nil }

  @inline(__always)
  private func set(_ field: Field, _ range: Range<Int>, in fields: inout FieldTable) {
    fields.set(slots[field.rawValue], to: range)
  }
}
