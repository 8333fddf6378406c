/// Reads the stamps of access logs, `01/Jan/2026:13:55:36 +0100`.
///
/// Day, hour and offset mostly equal those of the previous line, so they are compared first, and only minutes and
/// seconds are parsed.
struct CommonLogClock: Sendable {
  static let stampLength = 26

  /// `01/Jan/2` and `2026:13:` of the last stamp that was parsed completely; initially that of the epoch.
  private var dayWord = word("01/Jan/1")
  private var hourWord = word("1970:00:")
  /// ` +0100` of that stamp.
  private var offsetWord = word("00 +0000") & offsetMask
  /// The start of that hour, in seconds since the epoch.
  private var hourStart: Int64 = 0

  /// - Parameter start: The offset of the stamp; the line must have `stampLength` bytes from there.
  /// - Returns: Seconds since the epoch; nil if the stamp is invalid or the time does not exist. A leap second counts
  ///   as the second before it.
  @inline(__always)
  mutating func instant(of line: RawSpan, at start: Int) -> Int64? {
    let day = line.word(at: start)
    let hour = line.word(at: start + 7)
    let offset = line.word(at: start + 18) & Self.offsetMask
    if day != dayWord || hour != hourWord || offset != offsetWord {
      guard let read = Self.hourStart(of: line, at: start) else { return nil }
      (dayWord, hourWord, offsetWord, hourStart) = (day, hour, offset, read)
    }
    // `55:36`: tests digits and colon at once; adding the limits sets the high bit of each invalid byte.
    var digits = (line.word(at: start + 15) ^ 0x30_303a_3030) & 0xff_ffff_ffff
    if digits & 0xff_ff00_0000 == Self.leapSecond { digits ^= Self.leapSecond ^ Self.lastSecond }
    guard (digits | (digits &+ 0x76_7a7f_767a)) & 0x80_8080_8080 == 0 else { return nil }
    // Adds ten times each byte to the next one: minutes are in the second byte, seconds in the fifth.
    let numbers = digits &* 0x0a01
    return hourStart + Int64((numbers >> 8 & 0xff) * 60 + (numbers >> 32 & 0xff))
  }

  private static let leapSecond: UInt64 = 0x00_0600_0000
  private static let lastSecond: UInt64 = 0x09_0500_0000
  private static let offsetMask: UInt64 = 0xffff_ffff_ffff_0000

  private static func word(_ text: String) -> UInt64 {
    Array(text.utf8).span.bytes.word(at: 0)
  }

  private static func hourStart(of line: RawSpan, at start: Int) -> Int64? {
    func number(_ offset: Int, _ count: Int) -> Int? {
      var value = 0
      for index in start + offset..<start + offset + count {
        guard line[index].isDigit else { return nil }
        value = value * 10 + Int(line[index] - ASCII.zero)
      }
      return value
    }
    guard let day = number(0, 2), line[start + 2] == ASCII.slash,
      let month = month(line.halfWord(at: start + 3)), let year = number(7, 4),
      line[start + 11] == ASCII.colon, let hour = number(12, 2), line[start + 14] == ASCII.colon,
      line[start + 20] == ASCII.space, let offsetHours = number(22, 2),
      let offsetMinutes = number(24, 2)
    else { return nil }
    let sign = line[start + 21]
    let date = CivilDate(year: year, month: month, day: day)
    guard sign == ASCII.plus || sign == ASCII.minus, date.exists, year >= 1970, hour < 24,
      offsetHours < 24, offsetMinutes < 60
    else { return nil }
    let offset = (offsetHours * 60 + offsetMinutes) * 60
    let local = date.daysSinceEpoch * 86_400 + hour * 3_600
    return Int64(sign == ASCII.minus ? local + offset : local - offset)
  }

  /// The month of three letters and a slash.
  private static func month(_ word: UInt32) -> Int? {
    switch word {
    case 0x2f6e_614a: 1
    case 0x2f62_6546: 2
    case 0x2f72_614d: 3
    case 0x2f72_7041: 4
    case 0x2f79_614d: 5
    case 0x2f6e_754a: 6
    case 0x2f6c_754a: 7
    case 0x2f67_7541: 8
    case 0x2f70_6553: 9
    case 0x2f74_634f: 10
    case 0x2f76_6f4e: 11
    case 0x2f63_6544: 12
    default: nil
    }
  }
}
