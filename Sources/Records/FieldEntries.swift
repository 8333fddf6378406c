/// Records with separate fields, such as entries of the systemd journal, which need no parsing.
///
/// The bytes of an entry are `NAME=value`, with a space between two fields. They are only shown if the entry is
/// rejected, and counted; a value may hold any bytes.
package struct FieldEntries: Sendable {
  /// The names of the fields, in the order of `RecordParser.wantedFields`.
  package let names: [String]

  /// The bytes of all entries.
  private(set) var bytes: [UInt8] = []
  /// The range of each entry in `bytes`.
  private(set) var ranges: [Range<Int>] = []
  /// The range of each value relative to its entry, indexed as `[entry][name]`; nil if the entry has no such field.
  private var values: [Range<Int>?] = []

  package init(names: [String]) { self.names = names }

  package var byteCount: Int { bytes.count }
  package var count: Int { ranges.count }

  /// Removes the entries and keeps the names.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// Starts an entry without fields.
  package mutating func begin() {
    ranges.append(bytes.count..<bytes.count)
    values += names.map { _ in nil }
  }

  /// Sets a field of the last entry.
  ///
  /// - Parameter name: Its index in `names`.
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
