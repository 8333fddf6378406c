/// Writes values to bytes, little-endian, for the state file. What is written is read back bit for bit,
/// so that a restart changes no forecast.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func write(_ value: Int) {
    write(UInt64(bitPattern: Int64(value)))
  }

  package mutating func write(_ value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func write(_ value: Double) {
    write(value.bitPattern)
  }

  package mutating func write(_ text: String) {
    write(Array(text.utf8))
  }

  /// A length, then the elements as they lie in memory.
  package mutating func write<Element: BitwiseCopyable>(_ values: [Element]) {
    write(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }
}

/// Reads what a `ByteWriter` wrote. Bytes that end too early or claim an absurd length are an error, never
/// a trap: the state file is input.
package struct ByteReader {
  package struct Damaged: Error, Equatable {
    package init() {}
  }

  private let bytes: [UInt8]
  private var position = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  package var isAtEnd: Bool { position == bytes.count }

  package mutating func readInt() throws(Damaged) -> Int {
    guard let value = Int(exactly: Int64(bitPattern: try readUInt64())) else { throw Damaged() }
    return value
  }

  /// How many of something follow; each takes at least a byte.
  package mutating func readCount() throws(Damaged) -> Int {
    let count = try readInt()
    guard count >= 0, count <= bytes.count - position else { throw Damaged() }
    return count
  }

  package mutating func readUInt64() throws(Damaged) -> UInt64 {
    guard bytes.count - position >= 8 else { throw Damaged() }
    defer { position += 8 }
    return bytes.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
  }

  package mutating func readDouble() throws(Damaged) -> Double {
    Double(bitPattern: try readUInt64())
  }

  package mutating func readString() throws(Damaged) -> String {
    String(decoding: try readArray(of: UInt8.self), as: UTF8.self)
  }

  package mutating func readArray<Element: BitwiseCopyable>(
    of type: Element.Type
  ) throws(Damaged) -> [Element] {
    let count = try readInt()
    let stride = MemoryLayout<Element>.stride
    guard count >= 0, count <= (bytes.count - position) / stride else { throw Damaged() }
    defer { position += count * stride }
    return bytes.withUnsafeBytes { raw in
      (0..<count).map {
        raw.loadUnaligned(fromByteOffset: position + $0 * stride, as: Element.self)
      }
    }
  }

  /// An array that must have exactly `count` elements.
  package mutating func readArray<Element: BitwiseCopyable>(
    of type: Element.Type, count: Int
  ) throws(Damaged) -> [Element] {
    let values = try readArray(of: type)
    guard values.count == count else { throw Damaged() }
    return values
  }
}
