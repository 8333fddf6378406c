/// The values of the wanted fields of the current line: ranges of the line or, where the format escapes them, decoded
/// bytes. One table is reused for all lines.
struct FieldTable {
  private enum Place {
    case missing
    case line(Range<Int>)
    case decoded(Range<Int>)
  }

  private var places: [Place]
  /// The bytes of the fields that had to be decoded.
  private var decoded: [UInt8] = []
  /// The record's key, which is not part of the line.
  private var recordKey: [UInt8] = []
  private var hasRecordKey = false

  init(count: Int) {
    places = Array(repeating: .missing, count: count)
  }

  @inline(__always)
  mutating func clear() {
    guard !places.isEmpty else { return }
    for slot in places.indices { places[slot] = .missing }
    decoded.removeAll(keepingCapacity: true)
  }

  /// Sets a field to a range of the line; a nil slot is a field that is not wanted.
  @inline(__always)
  mutating func set(_ slot: Int?, to range: Range<Int>) {
    if let slot { places[slot] = .line(range) }
  }

  mutating func remove(_ slot: Int) {
    places[slot] = .missing
  }

  /// Sets a field to decoded bytes.
  mutating func set(_ slot: Int, decoding write: (inout [UInt8]) -> Void) {
    let start = decoded.count
    write(&decoded)
    places[slot] = .decoded(start..<decoded.count)
  }

  /// Sets the field `RecordKeys.fieldName`, which `clear` keeps.
  ///
  /// - Returns: The length of the key in bytes; 0 if the record has none.
  mutating func setRecordKey(of line: Int, from keys: RecordKeys) -> Int {
    recordKey.removeAll(keepingCapacity: true)
    hasRecordKey = keys.append(keyOf: line, to: &recordKey)
    return recordKey.count
  }

  /// Calls `body` with the bytes of a field; nil if the field is missing.
  @inline(__always)
  func withField<Result>(
    _ field: FieldReference, of line: RawSpan, _ body: (RawSpan) -> Result
  ) -> Result? {
    if field.slot == FieldReference.recordKeySlot {
      return hasRecordKey ? body(field.part.of(recordKey.span.bytes)) : nil
    }
    switch places[field.slot] {
    case .missing: return nil
    case .line(let range): return body(field.part.of(line.extracting(range)))
    case .decoded(let range): return body(field.part.of(decoded.span.bytes.extracting(range)))
    }
  }
}

/// A field as named in a template or a condition: `request.uri`, or a part of it, `request.uri:path`.
struct FieldReference: Equatable, Sendable {
  enum Part: Equatable, Sendable {
    case whole
    /// The part of a URI before the first `?`.
    case path
    /// The part of a URI after the first `?`.
    case query

    @_lifetime(copy value)
    func of(_ value: RawSpan) -> RawSpan {
      if self == .whole { return value }
      let end = value.firstIndex(of: ASCII.question, from: 0) ?? value.byteCount
      return self == .path
        ? value.extracting(0..<end)
        : value.extracting(min(end + 1, value.byteCount)..<value.byteCount)
    }
  }

  /// The slot of the field that no reader of lines fills.
  static let recordKeySlot = -1

  var slot: Int
  var part: Part
}

/// Assigns a slot to each field that the settings name, with the setting that named it first.
struct FieldIndex {
  struct Wanted {
    var name: String
    var setting: ParserSettingsError.Setting
  }

  private(set) var wanted: [Wanted] = []
  /// Whether the records have keys of their own.
  private let hasRecordKeys: Bool
  private(set) var wantsRecordKeys = false

  init(hasRecordKeys: Bool = false) { self.hasRecordKeys = hasRecordKeys }

  mutating func reference(
    to name: String, from setting: ParserSettingsError.Setting
  ) -> FieldReference {
    var part = FieldReference.Part.whole
    var base = name[...]
    if name.hasSuffix(":path") { (part, base) = (.path, name.dropLast(5)) }
    if name.hasSuffix(":query") { (part, base) = (.query, name.dropLast(6)) }
    return FieldReference(slot: slot(of: String(base), from: setting), part: part)
  }

  mutating func want(_ name: String) {
    _ = slot(of: name, from: .key)
  }

  private mutating func slot(of name: String, from setting: ParserSettingsError.Setting) -> Int {
    if hasRecordKeys, name == RecordKeys.fieldName {
      wantsRecordKeys = true
      return FieldReference.recordKeySlot
    }
    if let slot = wanted.firstIndex(where: { $0.name == name }) { return slot }
    wanted.append(Wanted(name: name, setting: setting))
    return wanted.count - 1
  }
}
