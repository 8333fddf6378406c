/// The keys that the records of a chunk have beside their lines, as those of Kafka, one for each line.
///
/// A template, `include` and `exclude` name such a key like a field of the line.
package struct RecordKeys: Sendable {
  /// The name of the field.
  package static let fieldName = "record_key"

  private var bytes: [UInt8] = []
  /// By line; nil if the record has no key.
  private var ranges: [Range<Int>?] = []

  package init() {}

  package var byteCount: Int { bytes.count }

  /// For the next chunk.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
  }

  /// - Parameter key: Of the next line; nil if it has none.
  package mutating func append(_ key: (some Collection<UInt8>)?) {
    let start = bytes.count
    if let key { bytes += key }
    ranges.append(key == nil ? nil : start..<bytes.count)
  }

  /// Appends the key of a line.
  ///
  /// - Returns: Whether it has one.
  func append(keyOf line: Int, to key: inout [UInt8]) -> Bool {
    guard let range = ranges[line] else { return false }
    bytes.span.bytes.append(range, to: &key)
    return true
  }
}
