/// A template such as `{host}{path}`, from which the key of a record's stream is composed.
struct KeyTemplate: Sendable {
  private enum Piece: Sendable {
    /// A range of `literals`.
    case literal(Range<Int>)
    case field(FieldReference)
  }

  private var pieces: [Piece] = []
  private var literals: [UInt8] = []

  init(_ template: String, fields: inout FieldIndex) throws(ParserSettingsError) {
    var rest = template[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      addLiteral(rest[..<brace])
      let name = rest[brace...].dropFirst().prefix { $0 != "{" && $0 != "}" }
      guard rest[brace] == "{", !name.isEmpty, name.endIndex < rest.endIndex,
        rest[name.endIndex] == "}"
      else {
        throw ParserSettingsError(
          setting: .key, found: template, expected: "field names in braces, such as {host}{path}")
      }
      pieces.append(.field(fields.reference(to: String(name), from: .key)))
      rest = rest[name.endIndex...].dropFirst()
    }
    addLiteral(rest)
  }

  private mutating func addLiteral(_ text: Substring) {
    guard !text.isEmpty else { return }
    let start = literals.count
    literals.append(contentsOf: text.utf8)
    pieces.append(.literal(start..<literals.count))
  }

  /// Writes the record's key into `key`.
  ///
  /// - Returns: False if a field is missing.
  @inline(__always)
  func compose(_ key: inout KeyBuffer, from fields: borrowing FieldTable, of line: RawSpan) -> Bool
  {
    key.removeAll()
    for piece in pieces {
      switch piece {
      case .literal(let range): key.append(literals.span.bytes.extracting(range))
      case .field(let reference):
        let found: Void? = fields.withField(reference, of: line) { key.append($0) }
        if found == nil { return false }
      }
    }
    return true
  }
}

/// The key of the current record; marked if it is longer than a stream's key may be.
struct KeyBuffer {
  static let capacity = 256

  private var storage = [UInt8](repeating: 0, count: capacity)
  private(set) var count = 0
  private(set) var isTooLong = false

  mutating func removeAll() {
    count = 0
    isTooLong = false
  }

  @inline(__always)
  mutating func append(_ bytes: RawSpan) {
    guard bytes.byteCount <= Self.capacity - count else {
      isTooLong = true
      return
    }
    bytes.copy(into: &storage, at: count)
    count += bytes.byteCount
  }

  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { storage.span.bytes.extracting(0..<count) }
  }
}
