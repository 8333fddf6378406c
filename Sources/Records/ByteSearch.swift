internal import CByteSearch
internal import Glibc

/// Access to and search in a line's bytes. The only file of the target that touches raw memory: each function checks
/// its offsets once per call instead of once per byte.
extension RawSpan {
  @inline(__always)
  subscript(offset: Int) -> UInt8 {
    precondition(UInt(bitPattern: offset) < UInt(bitPattern: byteCount), "offset beyond the line")
    return unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// The first offset at or after `start` that holds `byte`.
  @inline(__always)
  func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    firstIndex(of: byte, in: start..<byteCount)
  }

  /// The first offset in `range` that holds `byte`.
  @inline(__always)
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range beyond the line")
    guard !range.isEmpty else { return nil }
    return withUnsafeBytes { bytes -> Int? in
      let base = bytes.baseAddress.unsafelyUnwrapped
      let found = memchr(base + range.lowerBound, Int32(byte), range.count)
      return found.map { UnsafeRawPointer($0) - base }
    }
  }

  /// The first offset at or after `start` that holds `byte`, which is likely to be near: within 64 bytes the cost does
  /// not depend on the distance, because there is no branch to mispredict.
  @inline(__always)
  func nearIndex(of byte: UInt8, from start: Int) -> Int? {
    guard start >= 0, byteCount - start >= 64 else { return firstIndex(of: byte, from: start) }
    let found = matches(of: byte, at: start)
    return found != 0
      ? start + found.trailingZeroBitCount : firstIndex(of: byte, from: start + 64)
  }

  /// A bit mask of the bytes among 64 that equal `byte`; the lowest bit is the first byte.
  @inline(__always)
  func matches(of byte: UInt8, at offset: Int) -> UInt64 {
    precondition(offset >= 0 && byteCount - offset >= 64, "offset beyond the line")
    return withUnsafeBytes { bytes in
      search_matches(bytes.baseAddress.unsafelyUnwrapped + offset, byte)
    }
  }

  /// A bit mask of the bytes among 64 that end the plain part of a JSON string; the lowest bit is the first byte.
  @inline(__always)
  func stringEnds(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && byteCount - offset >= 64, "offset beyond the line")
    return withUnsafeBytes { bytes in
      search_string_ends(bytes.baseAddress.unsafelyUnwrapped + offset)
    }
  }

  /// Eight bytes as one little-endian word.
  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && byteCount - offset >= 8, "offset beyond the line")
    return UInt64(
      littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  /// Four bytes as one little-endian word.
  @inline(__always)
  func halfWord(at offset: Int) -> UInt32 {
    precondition(offset >= 0 && byteCount - offset >= 4, "offset beyond the line")
    return UInt32(
      littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
  }

  /// The first offset at or after `start` that holds a blank, or the line's end.
  ///
  /// Tests eight bytes at once: words are short, so the first test mostly succeeds, without a branch to mispredict.
  @inline(__always)
  func wordEnd(from start: Int) -> Int {
    var offset = start
    while byteCount - offset >= 8 {
      let found = Self.blanks(in: word(at: offset))
      if found != 0 { return offset + found.trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < byteCount, self[offset] != ASCII.space { offset += 1 }
    return offset
  }

  /// The high bit of each byte of a word that is a blank (and perhaps of bytes after the first such).
  @inline(__always)
  static func blanks(in word: UInt64) -> UInt64 {
    let differences = word ^ 0x2020_2020_2020_2020
    return (differences &- 0x0101_0101_0101_0101) & ~differences & 0x8080_8080_8080_8080
  }

  /// The first offset at or after `start` that holds no digit, or the line's end. Tests eight bytes at once.
  @inline(__always)
  func digitsEnd(from start: Int) -> Int {
    var offset = start
    while byteCount - offset >= 8 {
      // Digits become 0 to 9. A carry affects only bytes after the first one that is no digit.
      let values = word(at: offset) ^ 0x3030_3030_3030_3030
      let others = (values &+ 0x7676_7676_7676_7676 | values) & 0x8080_8080_8080_8080
      if others != 0 { return offset + others.trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < byteCount, self[offset].isDigit { offset += 1 }
    return offset
  }

  /// Whether `range` holds exactly `text`.
  func range(_ range: Range<Int>, equals text: [UInt8]) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range beyond the line")
    guard range.count == text.count else { return false }
    guard !range.isEmpty else { return true }
    return withUnsafeBytes { bytes in
      text.withUnsafeBytes { text in
        memcmp(bytes.baseAddress! + range.lowerBound, text.baseAddress!, text.count) == 0
      }
    }
  }

  /// Whether these bytes equal a range of others.
  @inline(__always)
  func equals(_ other: RawSpan, in range: Range<Int>) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= other.byteCount, "range beyond bytes")
    guard byteCount == range.count else { return false }
    guard byteCount > 0 else { return true }
    return withUnsafeBytes { bytes in
      other.withUnsafeBytes { other in
        memcmp(bytes.baseAddress!, other.baseAddress! + range.lowerBound, bytes.count) == 0
      }
    }
  }

  /// Overwrites bytes of `buffer` from `start`.
  @inline(__always)
  func copy(into buffer: inout [UInt8], at start: Int) {
    precondition(start >= 0 && start <= buffer.count - byteCount, "bytes beyond the buffer")
    guard byteCount > 0 else { return }
    withUnsafeBytes { bytes in
      buffer.withUnsafeMutableBytes { buffer in
        _ = memcpy(buffer.baseAddress! + start, bytes.baseAddress!, bytes.count)
      }
    }
  }

  /// A hash with a random seed for each process.
  @inline(__always)
  var seededHash: Int {
    withUnsafeBytes { bytes in
      var hasher = Hasher()
      hasher.combine(bytes: bytes)
      return hasher.finalize()
    }
  }

  /// The bytes as text; nil if they are not UTF-8.
  var validText: String? {
    withUnsafeBytes { bytes in
      String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self)
    }
  }

  /// Appends the bytes of `range` to `buffer`.
  func append(_ range: Range<Int>, to buffer: inout [UInt8]) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range beyond the line")
    withUnsafeBytes { buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  func bytes(_ range: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    append(range, to: &bytes)
    return bytes
  }

  /// The bytes of `range`, invalid UTF-8 replaced.
  func text(_ range: Range<Int>) -> String {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range beyond the line")
    return withUnsafeBytes { String(decoding: $0[range], as: UTF8.self) }
  }
}

/// Finds the ends of lines, many at a time: the end of a line is known before the line is read, so its length causes no
/// mispredicted branch.
struct LineEnds {
  /// At most `SEARCH_NEWLINES_MAX`.
  private var offsets = InlineArray<128, Int>(repeating: 0)
  private var count = 0
  private var next = 0
  /// The bytes before this offset were searched.
  private var searched = 0

  /// The offset of the next newline, or the byte count if there is none.
  @inline(__always)
  mutating func next(in lines: RawSpan) -> Int {
    if next == count { findMore(in: lines) }
    guard next < count else { return lines.byteCount }
    defer { next += 1 }
    return offsets[next]
  }

  private mutating func findMore(in lines: RawSpan) {
    precondition(offsets.count == SEARCH_NEWLINES_MAX, "too little room for what is found")
    next = 0
    count = lines.withUnsafeBytes { bytes in
      var offsets = offsets.mutableSpan
      return offsets.withUnsafeMutableBufferPointer { offsets in
        search_newlines(bytes.baseAddress, bytes.count, &searched, offsets.baseAddress)
      }
    }
    guard count == 0 else { return }
    // Fewer bytes than a block remain.
    while let newline = lines.firstIndex(of: ASCII.newline, from: searched) {
      offsets[count] = newline
      count += 1
      searched = newline + 1
    }
    searched = lines.byteCount
  }
}

/// Finds the ends of the plain parts of JSON strings, 64 bytes at a time, which several short strings share: the length
/// of a string causes no mispredicted branch.
struct StringEnds {
  /// The bit mask of the 64 bytes from `searchedFrom`.
  private var bits: UInt64 = 0
  private var searchedFrom = -64

  /// The first quote, backslash or control character at or after `start`, which must not decrease within a line.
  @inline(__always)
  mutating func next(in line: RawSpan, from start: Int) -> Int? {
    var start = start
    while start < line.byteCount {
      if start &- searchedFrom >= 64 {
        guard line.byteCount >= 64 else { return Self.inShortLine(line, from: start) }
        // The last 64 bytes of a line may overlap those searched before.
        searchedFrom = min(start, line.byteCount - 64)
        bits = line.stringEnds(at: searchedFrom)
      }
      let found = bits &>> UInt64(truncatingIfNeeded: start &- searchedFrom)
      if found != 0 { return start &+ found.trailingZeroBitCount }
      start = searchedFrom &+ 64
    }
    return nil
  }

  private static func inShortLine(_ line: RawSpan, from start: Int) -> Int? {
    (start..<line.byteCount).first {
      line[$0] == ASCII.quote || line[$0] == ASCII.backslash || line[$0] < ASCII.space
    }
  }
}

/// Bytes that occur in the formats.
enum ASCII {
  static let tab: UInt8 = 0x09
  static let newline: UInt8 = 0x0a
  static let carriageReturn: UInt8 = 0x0d
  static let space: UInt8 = 0x20
  static let quote: UInt8 = 0x22
  static let plus: UInt8 = 0x2b
  static let comma: UInt8 = 0x2c
  static let minus: UInt8 = 0x2d
  static let dot: UInt8 = 0x2e
  static let slash: UInt8 = 0x2f
  static let zero: UInt8 = 0x30
  static let colon: UInt8 = 0x3a
  static let semicolon: UInt8 = 0x3b
  static let question: UInt8 = 0x3f
  static let openBracket: UInt8 = 0x5b
  static let backslash: UInt8 = 0x5c
  static let closeBracket: UInt8 = 0x5d
  static let openBrace: UInt8 = 0x7b
  static let closeBrace: UInt8 = 0x7d
}

extension UInt8 {
  @inline(__always)
  var isDigit: Bool { self &- ASCII.zero < 10 }

  @inline(__always)
  var isBlank: Bool { self == ASCII.space || self == ASCII.tab }

  @inline(__always)
  var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
}
