/// Records whose fields are known apart, as those of the systemd journal are: no line has to be taken to pieces.
///
/// An entry is kept as `NAME=value` with a space between two fields. That text is only shown, should the entry be
/// rejected, and measured; a value may hold any bytes.
package struct FieldEntries: Sendable {
  /// What the fields are called, in the order of `RecordParser.wantedFields`.
  package let names: [String]

  /// Of all entries, one after another.
  private(set) var bytes: [UInt8] = []
  /// `[entry]`
  private(set) var ranges: [Range<Int>] = []
  /// `[entry][name]`, counted from the entry's beginning; nil: it has no such field.
  private var values: [Range<Int>?] = []

  package init(names: [String]) { self.names = names }

  package var byteCount: Int { bytes.count }
  package var count: Int { ranges.count }

  /// Forgets the entries, and keeps the names.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// Begins an entry without fields.
  package mutating func begin() {
    ranges.append(bytes.count..<bytes.count)
    values += names.map { _ in nil }
  }

  /// Gives the entry begun last a field.
  ///
  /// - Parameter name: Its place in `names`.
  package mutating func set(_ name: Int, to value: some Sequence<UInt8>) {
    guard let range = ranges.last else { preconditionFailure("a field belongs to an entry") }
    if !range.isEmpty { bytes.append(ASCII.space) }
    bytes += names[name].utf8
    bytes.append(UInt8(ascii: "="))
    let start = bytes.count
    bytes += value
    ranges[count - 1] = range.lowerBound..<bytes.count
    values[names.count * (count - 1) + name] =
      start - range.lowerBound..<bytes.count - range.lowerBound
  }

  func value(of name: Int, in entry: Int) -> Range<Int>? { values[names.count * entry + name] }
}
