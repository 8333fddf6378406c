package import Arithmetic

/// Encodes values as little-endian bytes for the state file. Every value is read back bit for bit, so that a restart
/// changes no forecast.
package struct ByteWriter {
  /// The bytes written so far, without a checksum; if in columns, without numbers of two bytes.
  package private(set) var bytes: [UInt8] = []
  /// Numbers of two bytes, if in columns.
  private var pairs: [UInt8] = []
  package let isInColumns: Bool

  /// - Parameter isInColumns: Arrays of numbers of two bytes are kept apart, their higher bytes before their lower ones:
  ///   compressed, that takes less.
  package init(inColumns isInColumns: Bool = false) {
    self.isInColumns = isInColumns
  }

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

  /// Writes the count, then the elements as in memory.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @specialized(where Element == Int)
  @specialized(where Element == Int16)
  @specialized(where Element == UInt16)
  @specialized(where Element == UInt64)
  @specialized(where Element == UInt8)
  @specialized(where Element == SmallNumber<6>)
  @specialized(where Element == SmallNumber<11>)
  package mutating func write<Element: BitwiseCopyable>(_ values: [Element]) {
    write(values.count)
    values.withUnsafeBytes { elements in
      switch MemoryLayout<Element>.stride {
      case 2 where isInColumns: pairs.append(contentsOf: elements)
      case 4 where isInColumns:
        for half in [2, 0] {
          for index in stride(from: half, to: elements.count, by: 4) {
            pairs.append(elements[index])
            pairs.append(elements[index + 1])
          }
        }
      default: bytes.append(contentsOf: elements)
      }
    }
  }
}

extension ByteWriter {
  /// The bytes followed by a checksum, for `ByteReader(sealed:)`.
  package consuming func sealed() -> [UInt8] {
    if isInColumns { bytes = inColumns }
    write(Self.checksum(bytes[...]))
    return bytes
  }

  /// Stands before columns, where other bytes have a number of elements.
  fileprivate static let columnsMark = -3
  /// Stood before columns when visits were decaying sums.
  fileprivate static let summedVisitsMark = -2
  /// Stood before columns when small numbers had more digits, too.
  fileprivate static let finerColumnsMark = -1

  private var inColumns: [UInt8] {
    let count = pairs.count / 2
    var whole = ByteWriter()
    whole.bytes.reserveCapacity(bytes.count + pairs.count + 24)
    whole.write(Self.columnsMark)
    whole.write(count)
    whole.bytes += [UInt8](unsafeUninitializedCapacity: 2 * count) { columns, initialized in
      pairs.withUnsafeBufferPointer { pairs in
        for index in 0..<count {
          columns[index] = pairs[2 * index + 1]
          columns[count + index] = pairs[2 * index]
        }
      }
      initialized = 2 * count
    }
    whole.bytes += bytes
    return whole.bytes
  }

  package static func sealing(_ content: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.bytes = content
    return writer.sealed()
  }
}

extension ByteWriter {
  /// FNV-1a, 64 bit, over words of eight bytes; any single flipped bit changes it.
  package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBytes { raw in
      // Not by `FNV1a` itself: a call for each word would take longer than the hashing.
      var hash = FNV1a().value
      let wholeWords = raw.count / 8 * 8
      for offset in stride(from: 0, to: wholeWords, by: 8) {
        let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        hash = (hash ^ word) &* FNV1a.prime
        hash ^= hash >> 32
      }
      var rest = FNV1a(hash)
      rest.combine(raw[wholeWords...])
      return rest.value
    }
  }
}

/// Decodes the bytes of a `ByteWriter`. Truncated bytes or impossible lengths throw and never trap, because the state
/// file is untrusted input.
package struct ByteReader {
  /// The bytes are damaged: they cannot have been written by a `ByteWriter`.
  package struct Damaged: Error, Equatable {
    package init() {}
  }

  private let bytes: [UInt8]
  private var position = 0
  /// As those of the writer.
  private let pairs: [UInt8]
  private var pairPosition = 0
  /// Nil: not in columns.
  private let mark: Int?

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    pairs = []
    mark = nil
  }

  /// - Parameters:
  ///   - columns: The higher bytes of `count` numbers, their lower bytes, and all other bytes.
  private init(columns: ArraySlice<UInt8>, count: Int, mark: Int) {
    bytes = Array(columns.dropFirst(2 * count))
    pairs = [UInt8](unsafeUninitializedCapacity: 2 * count) { pairs, initialized in
      columns.withUnsafeBufferPointer { columns in
        for index in 0..<count {
          pairs[2 * index + 1] = columns[index]
          pairs[2 * index] = columns[count + index]
        }
      }
      initialized = 2 * count
    }
    self.mark = mark
  }

  /// - Throws: `Damaged`, if the checksum does not match.
  package init(sealed bytes: [UInt8]) throws(Damaged) {
    guard bytes.count >= 8 else { throw Damaged() }
    let content = bytes.dropLast(8)
    var seal = ByteReader(Array(bytes.suffix(8)))
    guard try seal.readUInt64() == ByteWriter.checksum(content) else { throw Damaged() }
    self.init(Array(content))
    let marks = ByteWriter.columnsMark...ByteWriter.finerColumnsMark
    guard let mark = try? readInt(), marks.contains(mark) else {
      position = 0
      return
    }
    let count = try readInt()
    guard count >= 0, count <= (bytes.count - position) / 2 else { throw Damaged() }
    self = ByteReader(columns: bytes[position...], count: count, mark: mark)
  }

  package var isInColumns: Bool { mark != nil }

  /// Whether small numbers, weights and compact probabilities have more digits than they are kept with now.
  package var hasFinerNumbers: Bool { mark == ByteWriter.finerColumnsMark }

  /// Whether visits of hours are decaying sums, and not numbers of visits.
  package var hasSummedVisits: Bool { hasFinerNumbers || mark == ByteWriter.summedVisitsMark }

  package var isAtEnd: Bool { position == bytes.count && pairPosition == pairs.count }

  /// Reads a signed 64-bit number.
  package mutating func readInt() throws(Damaged) -> Int {
    guard let value = Int(exactly: Int64(bitPattern: try readUInt64())) else { throw Damaged() }
    return value
  }

  /// Reads the number of elements that follow; each takes at least one byte.
  package mutating func readCount() throws(Damaged) -> Int {
    let count = try readInt()
    guard count >= 0, count <= bytes.count - position else { throw Damaged() }
    return count
  }

  /// Reads an unsigned 64-bit number.
  package mutating func readUInt64() throws(Damaged) -> UInt64 {
    guard bytes.count - position >= 8 else { throw Damaged() }
    defer { position += 8 }
    return bytes.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
  }

  /// Reads any number, including infinities and NaN.
  package mutating func readDouble() throws(Damaged) -> Double {
    Double(bitPattern: try readUInt64())
  }

  /// Reads a text in UTF-8 with its length; invalid UTF-8 is replaced.
  package mutating func readString() throws(Damaged) -> String {
    String(decoding: try readArray(of: UInt8.self), as: UTF8.self)
  }

  /// Reads an array with its count.
  ///
  /// - Throws: `Damaged`, if there are fewer bytes.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @specialized(where Element == Int)
  @specialized(where Element == Int16)
  @specialized(where Element == UInt16)
  @specialized(where Element == UInt64)
  @specialized(where Element == UInt8)
  package mutating func readArray<Element: BitwiseCopyable>(
    of type: Element.Type
  ) throws(Damaged) -> [Element] {
    let count = try readInt()
    switch MemoryLayout<Element>.stride {
    case 2 where isInColumns: return try Self.elements(count, of: pairs, at: &pairPosition)
    case 4 where isInColumns && !hasFinerNumbers:
      let halves: [UInt16] = try Self.elements(
        count.multipliedReportingOverflow(by: 2).partialValue, of: pairs, at: &pairPosition)
      let whole = (0..<count).map { UInt32(halves[$0]) << 16 | UInt32(halves[count + $0]) }
      return whole.withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
    default: return try Self.elements(count, of: bytes, at: &position)
    }
  }

  private static func elements<Element: BitwiseCopyable>(
    _ count: Int, of bytes: [UInt8], at position: inout Int
  ) throws(Damaged) -> [Element] {
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

  /// 9999-12-31T23:00:00Z: later times are not accepted from logs.
  package static let lastHour = 253_402_300_799 / 3600

  /// Reads a number that must be in a range.
  package mutating func readInt(in range: ClosedRange<Int>) throws(Damaged) -> Int {
    let value = try readInt()
    guard range.contains(value) else { throw Damaged() }
    return value
  }

  /// Reads an hour since the epoch, or a number of hours.
  package mutating func readHour() throws(Damaged) -> Int {
    try readInt(in: 0...Self.lastHour)
  }

  /// Reads an hour; `Int.min` stands for nil.
  package mutating func readHourIfAny() throws(Damaged) -> Int? {
    let value = try readInt()
    guard value != Int.min else { return nil }
    guard (0...Self.lastHour).contains(value) else { throw Damaged() }
    return value
  }

  /// Reads a time in seconds since the epoch; `Int.min` stands for nil.
  package mutating func readSecondIfAny() throws(Damaged) -> Int64? {
    let value = try readInt()
    guard value != Int.min else { return nil }
    guard (0..<3600 * (Self.lastHour + 1)).contains(value) else { throw Damaged() }
    return Int64(value)
  }

  /// Reads a running count, limited so that adding to it cannot overflow.
  package mutating func readTally() throws(Damaged) -> Int {
    try readInt(in: 0...1 << 53)
  }

  /// Reads a number that must be in 0…1; NaN is not.
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

  /// Reads a sum of non-negative numbers, perhaps scaled up, limited so that adding to it cannot overflow.
  package mutating func readSum() throws(Damaged) -> Double {
    let value = try readDouble()
    guard Self.possibleSums.contains(value) else { throw Damaged() }
    return value
  }

  /// Reads an array of exactly `count` sums; see `readSum`.
  package mutating func readSums(count: Int) throws(Damaged) -> [Double] {
    let values = try readArray(of: Double.self, count: count)
    guard values.allSatisfy(Self.possibleSums.contains) else { throw Damaged() }
    return values
  }

  private static let possibleSums = 0...1e110

  /// Reads an array of exactly `count` numbers of two bytes.
  package mutating func readSmallNumbers(count: Int) throws(Damaged) -> [SmallNumber<6>] {
    try readNumbers(count: count)
  }

  /// As `readSmallNumbers`, of any number of digits: other modules would call code that is not made for theirs.
  mutating func readNumbers<let digits: Int>(
    count: Int
  ) throws(Damaged) -> [SmallNumber<digits>] {
    var numbers: [SmallNumber<digits>] = []
    numbers.reserveCapacity(count)
    for bits in try readArray(of: UInt16.self, count: count) {
      guard
        let number =
          hasFinerNumbers
          ? SmallNumber<11>(bits: bits).map({ SmallNumber<digits>(nearest: $0.value) })
          : SmallNumber<digits>(bits: bits)
      else { throw Damaged() }
      numbers.append(number)
    }
    return numbers
  }

  /// Reads an array that must have exactly `count` elements.
  package mutating func readArray<Element: BitwiseCopyable>(
    of type: Element.Type, count: Int
  ) throws(Damaged) -> [Element] {
    let values = try readArray(of: type)
    guard values.count == count else { throw Damaged() }
    return values
  }
}
