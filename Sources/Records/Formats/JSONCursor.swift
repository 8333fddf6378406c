/// Parses and validates the JSON text of one line.
///
/// - Source: RFC 8259. Invalid UTF-8 within strings is accepted, because loggers do not always escape it.
struct JSONCursor {
  struct Text {
    /// The range within the quotes.
    var range: Range<Int>
    var isEscaped: Bool
  }

  var position = 0
  private var stringEnds = StringEnds()

  @inline(__always)
  mutating func skipBlanks(_ line: RawSpan) {
    // Most loggers write no blanks.
    while position < line.byteCount, line[position] <= ASCII.space {
      let byte = line[position]
      guard
        byte == ASCII.space || byte == ASCII.tab || byte == ASCII.carriageReturn
          || byte == ASCII.newline
      else { return }
      position += 1
    }
  }

  @inline(__always)
  mutating func take(_ byte: UInt8, _ line: RawSpan) -> Bool {
    guard position < line.byteCount, line[position] == byte else { return false }
    position += 1
    return true
  }

  /// Parses a string, from its opening to its closing quote.
  @inline(__always)
  mutating func string(_ line: RawSpan) -> Text? {
    guard take(ASCII.quote, line) else { return nil }
    let start = position
    var isEscaped = false
    while skipPlainText(line) {
      switch line[position] {
      case ASCII.quote:
        position += 1
        return Text(range: start..<position - 1, isEscaped: isEscaped)
      case ASCII.backslash:
        isEscaped = true
        guard skipEscape(line) else { return nil }
      default: return nil
      }
    }
    return nil
  }

  /// Moves to the next quote, backslash or control character.
  ///
  /// - Returns: False at the end of the line.
  @inline(__always)
  private mutating func skipPlainText(_ line: RawSpan) -> Bool {
    guard let end = stringEnds.next(in: line, from: position) else { return false }
    position = end
    return true
  }

  private mutating func skipEscape(_ line: RawSpan) -> Bool {
    position += 1
    guard position < line.byteCount else { return false }
    let letter = line[position]
    position += 1
    guard let digits = Self.digitCount(ofEscape: letter) else {
      return Self.plainEscape(letter) != nil
    }
    guard position + digits <= line.byteCount else { return false }
    defer { position += digits }
    return Self.hexadecimal(line, at: position, digits: digits) != nil
  }

  /// Parses a number, `true`, `false` or `null`.
  @inline(__always)
  mutating func word(_ line: RawSpan) -> Range<Int>? {
    guard position < line.byteCount else { return nil }
    let start = position
    switch line[position] {
    case UInt8(ascii: "t"): return literal("true", line)
    case UInt8(ascii: "f"): return literal("false", line)
    case UInt8(ascii: "n"): return literal("null", line)
    default: break
    }
    _ = take(ASCII.minus, line)
    if !take(ASCII.zero, line), skipDigits(line) == 0 { return nil }
    if take(ASCII.dot, line), skipDigits(line) == 0 { return nil }
    if position < line.byteCount, line[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if !take(ASCII.plus, line) { _ = take(ASCII.minus, line) }
      if skipDigits(line) == 0 { return nil }
    }
    return start..<position
  }

  private mutating func literal(_ text: StaticString, _ line: RawSpan) -> Range<Int>? {
    let start = position
    for index in 0..<text.utf8CodeUnitCount {
      guard take(text.utf8Start[index], line) else { return nil }
    }
    return start..<position
  }

  @inline(__always)
  private mutating func skipDigits(_ line: RawSpan) -> Int {
    let start = position
    position = line.digitsEnd(from: position)
    return position - start
  }

  /// Appends the decoded value of a validated, escaped string; an unpaired surrogate becomes U+FFFD.
  static func decode(_ range: Range<Int>, of line: RawSpan, into buffer: inout [UInt8]) {
    var position = range.lowerBound
    while position < range.upperBound {
      let backslash =
        line.firstIndex(of: ASCII.backslash, in: position..<range.upperBound) ?? range.upperBound
      line.append(position..<backslash, to: &buffer)
      guard backslash + 1 < range.upperBound else { return }
      position = backslash + 2
      let letter = line[backslash + 1]
      if let plain = plainEscape(letter) {
        buffer.append(plain)
      } else if letter == UInt8(ascii: "x") {
        buffer.append(hexadecimal(line, at: position, digits: 2).map(UInt8.init) ?? letter)
        position += 2
      } else {
        buffer.append(contentsOf: String(scalar(of: line, at: &position)).utf8)
      }
    }
  }

  private static func scalar(of line: RawSpan, at position: inout Int) -> Unicode.Scalar {
    guard let unit = hexadecimal(line, at: position) else { return "\u{fffd}" }
    position += 4
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xdc00, position + 6 <= line.byteCount, line[position] == ASCII.backslash,
      line[position + 1] == UInt8(ascii: "u"), let low = hexadecimal(line, at: position + 2),
      (0xdc00..<0xe000).contains(low)
    else { return "\u{fffd}" }
    position += 6
    return Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)) ?? "\u{fffd}"
  }

  /// `\u00e4`; nginx and Apache write the bytes of other programs as `\xE4` within what is otherwise JSON.
  @inline(__always)
  private static func digitCount(ofEscape letter: UInt8) -> Int? {
    switch letter {
    case UInt8(ascii: "u"): 4
    case UInt8(ascii: "x"): 2
    default: nil
    }
  }

  private static func hexadecimal(
    _ line: RawSpan, at start: Int, digits: Int = 4
  ) -> UInt32? {
    guard start + digits <= line.byteCount else { return nil }
    var value: UInt32 = 0
    for index in start..<start + digits {
      let byte = line[index]
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
      default: return nil
      }
    }
    return value
  }

  private static func plainEscape(_ letter: UInt8) -> UInt8? {
    switch letter {
    case ASCII.quote, ASCII.backslash, ASCII.slash: letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0c
    case UInt8(ascii: "n"): ASCII.newline
    case UInt8(ascii: "r"): ASCII.carriageReturn
    case UInt8(ascii: "t"): ASCII.tab
    default: nil
    }
  }
}

extension FieldTable {
  /// Sets a field to the value of a JSON string.
  mutating func set(_ slot: Int, to text: JSONCursor.Text, of line: RawSpan) {
    if text.isEscaped {
      set(slot) { JSONCursor.decode(text.range, of: line, into: &$0) }
    } else {
      set(slot, to: text.range)
    }
  }
}
