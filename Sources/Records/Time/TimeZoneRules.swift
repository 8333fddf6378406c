/// The offsets of a time zone from UTC, as read from a TZif file's bytes.
///
/// - Source: RFC 8536.
package struct TimeZoneRules: Equatable, Sendable {
  package static let utc = TimeZoneRules(name: "UTC")

  package let name: String
  /// Instants, ascending, from which on the offset of the same index applies.
  private let transitions: [Int64]
  private let offsets: [Int]
  private let abbreviations: [String]
  /// The offset before the first transition.
  private let firstOffset: Int
  private let firstAbbreviation: String
  /// The rule after the last transition; nil if the last offset stays in effect.
  private let rule: PosixTimeZone?
  /// In seconds, if the clocks are never changed: nearly every hour is asked for dozens of times.
  package let fixedOffset: Int?

  private init(name: String) {
    self.init(fixedOffsetSeconds: 0, name: name)
  }

  /// A zone with a constant offset.
  package init(fixedOffsetSeconds: Int, name: String) {
    self.name = name
    transitions = []
    offsets = []
    abbreviations = []
    firstOffset = fixedOffsetSeconds
    firstAbbreviation = name
    rule = nil
    fixedOffset = fixedOffsetSeconds
  }

  /// Reads a file of the zone database, such as `/usr/share/zoneinfo/Europe/Berlin`.
  ///
  /// - Parameter name: The zone's IANA name, for display.
  /// - Throws: `TimeZoneError`, if the bytes are not TZif or contradict themselves.
  package init(name: String, tzif bytes: [UInt8]) throws(TimeZoneError) {
    var reader = TZifReader(bytes: bytes)
    let table = try reader.readTable()
    self.name = name
    transitions = table.transitions
    offsets = table.offsets
    abbreviations = table.abbreviations
    firstOffset = table.firstOffset
    firstAbbreviation = table.firstAbbreviation
    rule = table.footer.isEmpty ? nil : try PosixTimeZone(table.footer)
    fixedOffset = transitions.isEmpty ? rule.map(\.fixedOffset) ?? firstOffset : nil
  }

  /// Seconds to add to UTC at an instant.
  ///
  /// - Parameter instant: Seconds since 1970-01-01T00:00:00Z.
  package func offset(at instant: Int64) -> Int {
    if let fixedOffset { return fixedOffset }
    guard let first = transitions.first, let last = transitions.last else {
      return rule?.offset(at: instant) ?? firstOffset
    }
    if instant < first { return firstOffset }
    if instant >= last, let rule { return rule.offset(at: instant) }
    return offsets[latestTransition(at: instant)]
  }

  /// The abbreviation in use at an instant, such as `CET` or `+03`.
  package func abbreviation(at instant: Int64) -> String {
    guard let first = transitions.first, let last = transitions.last else {
      return rule?.abbreviation(at: instant) ?? firstAbbreviation
    }
    if instant < first { return firstAbbreviation }
    if instant >= last, let rule { return rule.abbreviation(at: instant) }
    return abbreviations[latestTransition(at: instant)]
  }

  /// - Precondition: There is a transition at or before the instant.
  private func latestTransition(at instant: Int64) -> Int {
    var low = 0
    var high = transitions.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if transitions[middle] <= instant { low = middle } else { high = middle }
    }
    return low
  }

  /// The instants of a local time; two, the earlier first, if the local time occurs twice.
  ///
  /// A local time that is skipped is moved forward by the length of the gap, as if the clock had not been changed yet.
  ///
  /// - Parameter local: The local date and time as seconds since 1970-01-01T00:00:00, local.
  package func instants(ofLocal local: Int64) -> (early: Int64, late: Int64?) {
    guard !transitions.isEmpty || rule != nil else { return (local - Int64(firstOffset), nil) }
    let before = Int64(offset(at: local - Self.secondsPerDay))
    let after = Int64(offset(at: local + Self.secondsPerDay))
    let early = local - max(before, after)
    let late = local - min(before, after)
    let isEarly = offset(at: early) == max(before, after)
    let isLate = offset(at: late) == min(before, after)
    if isEarly { return (early, isLate && late > early ? late : nil) }
    return (isLate ? late : local - before, nil)
  }

  /// The instant of a local time; the earlier one if there are two.
  package func instant(ofLocal local: Int64) -> Int64 { instants(ofLocal: local).early }

  private static let secondsPerDay: Int64 = 86_400
}

package enum TimeZoneError: Error, Equatable {
  case notTZif
  case truncated
  case inconsistent(String)
  case invalidFooter(String)
}

/// Reads the two data blocks of a TZif file. The first, with 32-bit times, is skipped unless it is the only one.
private struct TZifReader {
  struct Table {
    var transitions: [Int64] = []
    var offsets: [Int] = []
    var abbreviations: [String] = []
    var firstOffset = 0
    var firstAbbreviation = ""
    var footer = ""
  }

  private struct Header {
    var version: UInt8
    var isUTCount, isStandardCount, leapCount, timeCount, typeCount, characterCount: Int

    func blockLength(timeSize: Int) -> Int {
      timeCount * (timeSize + 1) + typeCount * 6 + characterCount + leapCount * (timeSize + 4)
        + isStandardCount + isUTCount
    }
  }

  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func readTable() throws(TimeZoneError) -> Table {
    var header = try readHeader()
    var timeSize = 4
    if header.version >= UInt8(ascii: "2") {
      _ = try take(header.blockLength(timeSize: 4))
      header = try readHeader()
      timeSize = 8
    }
    var table = try readBlock(header, timeSize: timeSize)
    if timeSize == 8 { table.footer = try readFooter() }
    return table
  }

  private mutating func readHeader() throws(TimeZoneError) -> Header {
    guard bytes.count >= position + 44 else { throw .truncated }
    guard try take(4) == Array("TZif".utf8)[...] else { throw .notTZif }
    let version = try take(16).first ?? 0
    var counts: [Int] = []
    for _ in 0..<6 { counts.append(Int(try readInteger(size: 4))) }
    guard counts.allSatisfy({ (0...65_536).contains($0) }), counts[4] > 0 else {
      throw .inconsistent("impossible counts in the header")
    }
    return Header(
      version: version, isUTCount: counts[0], isStandardCount: counts[1], leapCount: counts[2],
      timeCount: counts[3], typeCount: counts[4], characterCount: counts[5])
  }

  private mutating func readBlock(_ header: Header, timeSize: Int) throws(TimeZoneError) -> Table {
    var table = Table()
    let end = position + header.blockLength(timeSize: timeSize)
    for _ in 0..<header.timeCount { table.transitions.append(try readInteger(size: timeSize)) }
    let types = try take(header.timeCount).map(Int.init)
    var typeOffsets: [Int] = []
    var nameStarts: [Int] = []
    for _ in 0..<header.typeCount {
      typeOffsets.append(Int(try readInteger(size: 4)))
      // One byte whether it is daylight saving time, and one with the offset of its abbreviation.
      nameStarts.append(Int(try take(2).last ?? 0))
    }
    let characters = Array(try take(header.characterCount))
    let names = nameStarts.map { Self.abbreviation(characters.dropFirst($0)) }
    guard types.allSatisfy({ $0 < typeOffsets.count }) else {
      throw .inconsistent("a transition to a type that is not there")
    }
    guard typeOffsets.allSatisfy({ abs($0) < 86_400 }) else {
      throw .inconsistent("an offset of more than a day")
    }
    guard zip(table.transitions, table.transitions.dropFirst()).allSatisfy(<) else {
      throw .inconsistent("transitions out of order")
    }
    table.offsets = types.map { typeOffsets[$0] }
    table.firstOffset = typeOffsets[0]
    table.abbreviations = types.map { names[$0] }
    table.firstAbbreviation = names[0]
    _ = try take(end - position)
    return table
  }

  /// The text up to its NUL. As it is displayed, only letters, digits and signs are accepted, as in RFC 8536.
  private static func abbreviation(_ characters: ArraySlice<UInt8>) -> String {
    let name = characters.prefix { $0 != 0 }.prefix(16)
    let isPlain = name.allSatisfy {
      $0.isLetter || $0.isDigit || $0 == ASCII.minus || $0 == ASCII.plus
    }
    return isPlain ? String(decoding: name, as: UTF8.self) : ""
  }

  private mutating func readFooter() throws(TimeZoneError) -> String {
    guard try take(1).first == ASCII.newline else { throw .inconsistent("no footer") }
    guard let end = bytes[position...].firstIndex(of: ASCII.newline) else { throw .truncated }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  private mutating func readInteger(size: Int) throws(TimeZoneError) -> Int64 {
    let unsigned = try take(size).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return size == 4
      ? Int64(Int32(truncatingIfNeeded: unsigned)) : Int64(bitPattern: unsigned)
  }

  private mutating func take(_ count: Int) throws(TimeZoneError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw .truncated }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Seconds east of UTC.
  package func offset(at epochSeconds: Int64) -> Int { 0 }
}
