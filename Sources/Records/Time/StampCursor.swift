/// Parses the parts of a time stamp in order.
struct StampCursor {
  var position: Int

  /// - Returns: False if the part does not match; the cursor's position is then undefined.
  mutating func take(
    _ step: TimeLayout.Step, from stamp: RawSpan, into parts: inout StampParts
  ) -> Bool {
    switch step {
    case .literal(let byte): return take(byte, from: stamp)
    case .blanks: return takeBlanks(from: stamp)
    case .year: return assign(&parts.year, number(digits: 4...4, from: stamp))
    case .yearOfCentury:
      // POSIX: 69 … 99 are of the last century.
      let year = number(digits: 2...2, from: stamp)
      return assign(&parts.year, year.map { $0 < 69 ? 2000 + $0 : 1900 + $0 })
    case .month: return assign(&parts.month, number(digits: 1...2, from: stamp))
    case .monthName: return assign(&parts.month, name(of: Self.months, from: stamp))
    case .day:
      _ = takeBlanks(from: stamp)
      return assign(&parts.day, number(digits: 1...2, from: stamp))
    case .dayOfYear: return assign(&parts.dayOfYear, number(digits: 1...3, from: stamp))
    case .weekdayName: return name(of: Self.weekdays, from: stamp) != nil
    case .hour, .hourOfHalf:
      _ = takeBlanks(from: stamp)
      return assign(&parts.hour, number(digits: 1...2, from: stamp))
    case .half: return assign(&parts.isAfternoon, half(from: stamp))
    case .minute: return assign(&parts.minute, number(digits: 1...2, from: stamp))
    case .second: return assign(&parts.second, number(digits: 1...2, from: stamp))
    case .fraction: return skipDigits(from: stamp) > 0
    case .offset: return assign(&parts.offsetSeconds, offset(from: stamp))
    case .zoneName: return takeZoneName(from: stamp, into: &parts)
    case .epoch: return assign(&parts.epochSeconds, epochSeconds(from: stamp))
    }
  }

  mutating func take(_ byte: UInt8, from stamp: RawSpan) -> Bool {
    guard position < stamp.byteCount, stamp[position] == byte else { return false }
    position += 1
    return true
  }

  /// Parses a number with this many digits; nil if there are fewer.
  @inline(__always)
  mutating func number(digits: ClosedRange<Int>, from stamp: RawSpan) -> Int? {
    let start = position
    var value = 0
    while position < stamp.byteCount, position - start < digits.upperBound {
      let byte = stamp[position]
      guard byte.isDigit else { break }
      value = value * 10 + Int(byte - ASCII.zero)
      position += 1
    }
    return position - start >= digits.lowerBound ? value : nil
  }

  mutating func skipDigits(from stamp: RawSpan) -> Int {
    let start = position
    position = stamp.digitsEnd(from: position)
    return position - start
  }

  /// `Z`, `+hh`, `+hhmm` or `+hh:mm`, in seconds east of Greenwich.
  mutating func offset(from stamp: RawSpan) -> Int? {
    guard position < stamp.byteCount else { return nil }
    let sign = stamp[position]
    position += 1
    if sign | 0x20 == UInt8(ascii: "z") { return 0 }
    guard sign == ASCII.plus || sign == ASCII.minus,
      let hours = number(digits: 1...2, from: stamp), hours < 24
    else { return nil }
    var minutes = 0
    if position < stamp.byteCount, stamp[position] == ASCII.colon || stamp[position].isDigit {
      _ = take(ASCII.colon, from: stamp)
      guard let written = number(digits: 2...2, from: stamp), written < 60 else { return nil }
      minutes = written
    }
    let seconds = hours * 3_600 + minutes * 60
    return sign == ASCII.minus ? -seconds : seconds
  }

  private mutating func takeBlanks(from stamp: RawSpan) -> Bool {
    let start = position
    while position < stamp.byteCount, stamp[position].isBlank { position += 1 }
    return position > start
  }

  /// Parses a name, in full or its first three letters. Returns its position in the list, from 1.
  private mutating func name(of names: [[UInt8]], from stamp: RawSpan) -> Int? {
    var end = position
    while end < stamp.byteCount, stamp[end].isLetter { end += 1 }
    let length = end - position
    guard length >= 3 else { return nil }
    for (index, name) in names.enumerated() where length == 3 || length == name.count {
      var matched = 0
      while matched < length, stamp[position + matched] | 0x20 == name[matched] { matched += 1 }
      if matched == length {
        position = end
        return index + 1
      }
    }
    return nil
  }

  private mutating func half(from stamp: RawSpan) -> Bool? {
    guard position < stamp.byteCount else { return nil }
    let letter = stamp[position] | 0x20
    position += 1
    let hasDots = take(ASCII.dot, from: stamp)
    guard position < stamp.byteCount, stamp[position] | 0x20 == UInt8(ascii: "m") else {
      return nil
    }
    position += 1
    if hasDots, !take(ASCII.dot, from: stamp) { return nil }
    switch letter {
    case UInt8(ascii: "a"): return false
    case UInt8(ascii: "p"): return true
    default: return nil
    }
  }

  /// Skips a zone name. An ambiguous one (IST is Ireland, Israel and India) is ignored, and the source's time zone
  /// applies.
  private mutating func takeZoneName(from stamp: RawSpan, into parts: inout StampParts) -> Bool {
    let start = position
    var name: [UInt8] = []
    while position < stamp.byteCount, stamp[position].isLetter, name.count < 8 {
      name.append(stamp[position])
      position += 1
    }
    parts.offsetSeconds = parts.offsetSeconds ?? Self.offsetSeconds(ofZone: name)
    return position > start
  }

  /// The offset of a zone name in seconds east of Greenwich; nil if it is unknown or ambiguous.
  static func offsetSeconds(ofZone name: [UInt8]) -> Int? {
    offsetMinutes[String(decoding: name, as: UTF8.self).uppercased()].map { $0 * 60 }
  }

  /// - Source: The abbreviations of the IANA time zone database, without those that stand for several offsets.
  private static let offsetMinutes: [String: Int] = [
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120,
    "EEST": 180, "MSK": 180, "JST": 540, "KST": 540, "HKT": 480, "AEST": 600, "AEDT": 660,
    "ACST": 570, "ACDT": 630, "AWST": 480, "NZST": 720, "NZDT": 780, "NST": -210, "NDT": -150,
    "EDT": -240, "EST": -300, "CDT": -300, "MDT": -360, "MST": -420, "PDT": -420, "PST": -480,
    "AKDT": -480, "AKST": -540, "HST": -600, "SAST": 120, "WIB": 420, "WITA": 480, "WIT": 540,
  ]

  private mutating func epochSeconds(from stamp: RawSpan) -> Int64? {
    number(digits: 1...12, from: stamp).map(Int64.init)
  }

  private func assign<T>(_ part: inout T, _ value: T?) -> Bool {
    guard let value else { return false }
    part = value
    return true
  }

  private func assign<T>(_ part: inout T?, _ value: T?) -> Bool {
    part = value
    return value != nil
  }

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ].map { Array($0.utf8) }

  private static let weekdays = [
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
  ].map { Array($0.utf8) }
}
