/// A template such as `{host}{path}`, which gives a record the key of its stream.
struct KeyTemplate: Sendable {
  private enum Piece: Sendable {
    case literal([UInt8])
    case field(FieldReference)
  }

  private let pieces: [Piece]

  init(_ template: String, fields: inout FieldIndex) throws(ParserSettingsError) {
    var pieces: [Piece] = []
    var rest = template[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      if brace > rest.startIndex { pieces.append(.literal(Array(rest[..<brace].utf8))) }
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
    if !rest.isEmpty { pieces.append(.literal(Array(rest.utf8))) }
    self.pieces = pieces
  }

  /// Writes the record's key into `key`.
  ///
  /// - Returns: False if a field is missing.
  func compose(_ key: inout [UInt8], from fields: FieldTable, of line: RawSpan) -> Bool {
    key.removeAll(keepingCapacity: true)
    for piece in pieces {
      switch piece {
      case .literal(let bytes): key.append(contentsOf: bytes)
      case .field(let reference):
        let found: Void? = fields.withField(reference, of: line) { value in
          value.append(0..<value.byteCount, to: &key)
        }
        if found == nil { return false }
      }
    }
    return true
  }
}
