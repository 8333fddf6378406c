extension String {
  /// Escapes any bytes as text that is safe in a terminal, the journal or a web page and unambiguous.
  ///
  /// Printable characters stay; everything that could move a cursor, hide, reorder or end the text becomes
  /// an escape: `\n`, `\t`, `\\`, `\x1b` for controls and for bytes that are not UTF-8, `\u{202e}` for
  /// invisible and bidirectional characters.
  ///
  /// - Parameter limit: The most UTF-8 bytes of the result; longer text is cut and ends with `…`.
  package init(escapedForDisplay bytes: some Sequence<UInt8>, limit: Int) {
    let ellipsis = "…"
    var text = ""
    var byteCount = 0
    /// Where to cut if the ellipsis is needed.
    var cut = 0
    var decoder = UTF8Escaper(bytes: bytes.makeIterator())
    while let piece = decoder.next() {
      guard byteCount + piece.utf8.count <= limit else {
        text = String(decoding: text.utf8.prefix(cut), as: UTF8.self) + (limit >= 3 ? ellipsis : "")
        break
      }
      text += piece
      byteCount += piece.utf8.count
      if byteCount <= limit - ellipsis.utf8.count { cut = byteCount }
    }
    self = text
  }

  package init(escapedForDisplay text: some StringProtocol, limit: Int) {
    self.init(escapedForDisplay: text.utf8, limit: limit)
  }
}

/// Decodes UTF-8 strictly (no overlong forms, no surrogates) and returns each character or invalid byte as displayable
/// text.
private struct UTF8Escaper<Bytes: IteratorProtocol<UInt8>> {
  var bytes: Bytes
  /// Bytes that were read ahead and do not belong to the previous character.
  var pending: [UInt8] = []

  init(bytes: Bytes) {
    self.bytes = bytes
  }

  mutating func next() -> String? {
    guard let first = nextByte() else { return nil }
    let count =
      switch first {
      case 0..<0x80: 1
      case 0xc2..<0xe0: 2
      case 0xe0..<0xf0: 3
      case 0xf0..<0xf5: 4
      default: 0
      }
    if count == 1 { return Self.display(Unicode.Scalar(first)) }
    var sequence = [first]
    while sequence.count < count, let byte = nextByte() {
      sequence.append(byte)
      if byte & 0xc0 != 0x80 { break }
    }
    if sequence.count == count,
      let scalar = String(validating: sequence, as: UTF8.self)?
        .unicodeScalars.first
    {
      return Self.display(scalar)
    }
    pending = sequence.dropFirst() + pending
    return #"\x"# + hexadecimal(UInt32(first), digits: 2)
  }

  private mutating func nextByte() -> UInt8? {
    pending.isEmpty ? bytes.next() : pending.removeFirst()
  }

  private static func display(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\\": #"\\"#
    case "\n": #"\n"#
    case "\r": #"\r"#
    case "\t": #"\t"#
    case " "..."~": String(scalar)
    case _ where scalar.value < 0x100 && scalar.properties.generalCategory == .control:
      #"\x"# + hexadecimal(scalar.value, digits: 2)
    case _ where isVisible(scalar): String(scalar)
    default: #"\u{"# + hexadecimal(scalar.value, digits: 1) + "}"
    }
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isDefaultIgnorableCodePoint { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator, .nonspacingMark, .enclosingMark, .spacingMark:
      return false
    default: return true
    }
  }
}

private func hexadecimal(_ value: UInt32, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
