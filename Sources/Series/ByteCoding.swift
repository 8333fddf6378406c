import Arithmetic

/// Writes values to bytes, little-endian, for the state file. What is written is read back bit for bit,
/// so that a restart changes no forecast.
package struct ByteWriter {
  /// What was written so far, without a seal.
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
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @specialized(where Element == Int)
  @specialized(where Element == Int16)
  @specialized(where Element == UInt16)
  @specialized(where Element == UInt64)
  @specialized(where Element == UInt8)
  @specialized(where Element == SmallNumber)
  package mutating func write<Element: BitwiseCopyable>(_ values: [Element]) {
    write(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }
}

extension ByteWriter {
  /// The bytes and a checksum, for `ByteReader(sealed:)`.
  package consuming func sealed() -> [UInt8] {
    write(checksum(bytes[...]))
    return bytes
  }

  package static func sealing(_ content: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.bytes = content
    return writer.sealed()
  }
}

/// FNV-1a, 64 bit, over words of eight bytes; every single flipped bit changes it.
private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
  bytes.withUnsafeBytes { raw in
    var hash = FNV1a()
    let wholeWords = raw.count / 8 * 8
    for offset in stride(from: 0, to: wholeWords, by: 8) {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      hash.combine(word: word)
      hash = FNV1a(hash.value ^ hash.value >> 32)
    }
    hash.combine(raw[wholeWords...])
    return hash.value
  }
}

/// Reads what a `ByteWriter` wrote. Bytes that end too early or claim an absurd length are an error, never
/// a trap: the state file is input.
package struct ByteReader {
  /// The bytes cannot be what was written.
  package struct Damaged: Error, Equatable {
    package init() {}
  }

  private let bytes: [UInt8]
  private var position = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// - Throws: `Damaged`, if these are not the bytes that were sealed.
  package init(sealed bytes: [UInt8]) throws(Damaged) {
    guard bytes.count >= 8 else { throw Damaged() }
    let content = bytes.dropLast(8)
    var seal = ByteReader(Array(bytes.suffix(8)))
    guard try seal.readUInt64() == checksum(content) else { throw Damaged() }
    self.init(Array(content))
  }

  package var isAtEnd: Bool { position == bytes.count }

  /// A signed number of 64 bits.
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

  /// Any 64 bits: infinities and NaN, too.
  package mutating func readDouble() throws(Damaged) -> Double {
    Double(bitPattern: try readUInt64())
  }

  /// A text in UTF-8 with its length before it; what is not UTF-8 in it is replaced.
  package mutating func readString() throws(Damaged) -> String {
    String(decoding: try readArray(of: UInt8.self), as: UTF8.self)
  }

  /// Numbers with their count before them.
  ///
  /// - Throws: `Damaged`, if there are not as many bytes left.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @specialized(where Element == Int)
  @specialized(where Element == Int16)
  @specialized(where Element == UInt16)
  @specialized(where Element == UInt64)
  @specialized(where Element == UInt8)
  @specialized(where Element == SmallNumber)
  package mutating func readArray<Element: BitwiseCopyable>(
    of type: Element.Type
  ) throws(Damaged) -> [Element] {
    let count = try readInt()
    let stride = MemoryLayout<Element>.stride
    guard count >= 0, count <= (bytes.count - position) / stride else { throw Damaged() }
    let end = position + count * stride
    defer { position = end }
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes[position..<end].withUnsafeBytes {
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0)
      }
      initialized = count
    }
  }

  // MARK: - Only what is possible

  /// 9999-12-31T23:00:00Z: no stamp is read that is later.
  package static let lastHour = 253_402_300_799 / 3600

  /// A number in a range; any other is damage.
  package mutating func readInt(in range: ClosedRange<Int>) throws(Damaged) -> Int {
    let value = try readInt()
    guard range.contains(value) else { throw Damaged() }
    return value
  }

  /// An hour since the epoch; or how many hours something lasts.
  package mutating func readHour() throws(Damaged) -> Int {
    try readInt(in: 0...Self.lastHour)
  }

  /// The same, `Int.min` standing for none.
  package mutating func readHourIfAny() throws(Damaged) -> Int? {
    let value = try readInt()
    guard value != Int.min else { return nil }
    guard (0...Self.lastHour).contains(value) else { throw Damaged() }
    return value
  }

  /// A time in seconds since the epoch, `Int.min` standing for none.
  package mutating func readSecondIfAny() throws(Damaged) -> Int64? {
    let value = try readInt()
    guard value != Int.min else { return nil }
    guard (0..<3600 * (Self.lastHour + 1)).contains(value) else { throw Damaged() }
    return Int64(value)
  }

  /// How many have come so far, with room for more.
  package mutating func readTally() throws(Damaged) -> Int {
    try readInt(in: 0...1 << 53)
  }

  /// A number in 0…1; any other, NaN included, is damage.
  package mutating func readProbability() throws(Damaged) -> Double {
    let value = try readDouble()
    guard (0...1).contains(value) else { throw Damaged() }
    return value
  }

  package mutating func readProbabilities(count: Int) throws(Damaged) -> [Double] {
    let values = try readArray(of: Double.self, count: count)
    guard values.allSatisfy((0...1).contains) else { throw Damaged() }
    return values
  }

  /// What was summed up, and may have been scaled up, from numbers that are not negative; with room for more.
  package mutating func readSum() throws(Damaged) -> Double {
    let value = try readDouble()
    guard Self.possibleSums.contains(value) else { throw Damaged() }
    return value
  }

  /// As many sums, each as `readSum` reads it.
  package mutating func readSums(count: Int) throws(Damaged) -> [Double] {
    let values = try readArray(of: Double.self, count: count)
    guard values.allSatisfy(Self.possibleSums.contains) else { throw Damaged() }
    return values
  }

  private static let possibleSums = 0...1e110

  /// An array that must have exactly `count` elements.
  package mutating func readArray<Element: BitwiseCopyable>(
    of type: Element.Type, count: Int
  ) throws(Damaged) -> [Element] {
    let values = try readArray(of: type)
    guard values.count == count else { throw Damaged() }
    return values
  }
}
