/// Shapes that few programs write.
extension StampScanner {
  /// `1123/100507.123456`, as Chromium writes it.
  mutating func takeMonthAndDay() -> Bool {
    guard byte(4) == ASCII.slash, digitCount(from: 5) == 6, byte(11) == ASCII.dot,
      (1...12).contains(number(2)), (1...31).contains(number(2, from: 2)),
      number(2, from: 5) < 24, number(2, from: 7) < 60
    else { return false }
    take(4, #"\d{4}"#, "%m%d")
    takeLiteral(ASCII.slash)
    return takeCompactClock() && takeTail()
  }

  /// `23Nov2026`
  mutating func takeJoinedDate() -> Bool {
    let start = (position, shape)
    if takeNumber(1...2, 1...31, "%d"), takeMonthName(), digitCount() == 4, takeYear() {
      return true
    }
    (position, shape) = start
    return false
  }

  /// What follows `23 Nov `, if that is a time of day: the year is left out.
  mutating func takeTimeWithoutYear() -> Bool {
    let start = (position, shape)
    if takeClock(), shape.layout.hasSuffix("%S"), byte(0) != ASCII.colon { return takeTail() }
    (position, shape) = start
    return false
  }

  /// `11-23 10:05:07`, as Android writes it.
  mutating func takeDateWithoutYear(isDayFirst: Bool) -> Bool {
    guard digitCount() == 2, let separator = byte(2), "-./".utf8.contains(separator),
      digitCount(from: 3) == 2, byte(5)?.isBlank == true, digitCount(from: 6) == 2
    else { return false }
    let start = (position, shape)
    if takeNumber(2...2, isDayFirst ? 1...31 : 1...12, isDayFirst ? "%d" : "%m") {
      takeLiteral(separator)
      if takeNumber(2...2, isDayFirst ? 1...12 : 1...31, isDayFirst ? "%m" : "%d"), takeBlanks(),
        takeClock(), shape.layout.hasSuffix("%S")
      {
        return takeTail()
      }
    }
    (position, shape) = start
    return false
  }

  /// Whether `.05.07.123456 PM` follows a date with a month's name, as Oracle writes it, and no address.
  var isDottedHalf: Bool {
    guard shape.layout.hasPrefix("%d-%b-"), digitCount(from: 1) == 2, byte(3) == ASCII.dot else {
      return false
    }
    var end = 4 + digitCount(from: 4)
    if byte(end) == ASCII.dot { end += 1 + digitCount(from: end + 1) }
    guard byte(end) == ASCII.space, let letter = byte(end + 1), let second = byte(end + 2) else {
      return false
    }
    return "aApP".utf8.contains(letter) && second | 0x20 == UInt8(ascii: "m")
  }

  /// `GMT+0100`, `UTC+2`: the name alone would be another zone.
  mutating func takeNamedOffset() -> Bool {
    let blank = byte(0) == ASCII.space ? 1 : 0
    guard let sign = byte(blank + 3), sign == ASCII.plus || sign == ASCII.minus,
      let name = ["GMT", "UTC"].first(where: { name in
        name.utf8.enumerated().allSatisfy { byte(blank + $0.offset) == $0.element }
      })
    else { return false }
    let digits = digitCount(from: blank + 4)
    guard [1, 2, 4].contains(digits), number(min(digits, 2), from: blank + 4) <= 14 else {
      return false
    }
    if blank == 1 { _ = takeBlanks() }
    take(3, name, name)
    let colon = digits + 1
    let hasMinutes = digits < 4 && byte(colon) == ASCII.colon && digitCount(from: colon + 1) == 2
    take(1 + digits + (hasMinutes ? 3 : 0), #"[+-]\d\d?(?::?\d\d)?"#, "%z")
    return true
  }

  /// `@4000000069…`, as multilog and svlogd write it.
  mutating func scanTAI() -> Bool {
    guard byte(0) == UInt8(ascii: "@") else { return false }
    var count = 0
    while let byte = byte(1 + count), byte.isDigit || byte.isLetter { count += 1 }
    let reader = try? TimeReader(layout: TimeReader.tai64n, zone: .utc)
    let stamp = Array(line[position..<min(line.count, position + 1 + count)])
    let time = reader?.instant(of: stamp.span.bytes, StampContext(latest: now))
    guard let time, (1_000_000_000...max(now, 0) + 366 * 86_400).contains(time)
    else { return false }
    take(1 + count, "@[0-9a-f]{\(count)}", TimeReader.tai64n)
    return true
  }

  /// Seconds since 1970 or a thousandth, a millionth or a billionth of them, from 2001 on.
  mutating func scanEpoch() -> Bool {
    let count = digitCount()
    guard count >= 10 else { return false }
    let units = [10: ("epoch", 1), 13: ("epoch_ms", 1_000), 16: ("epoch_us", 1_000_000)]
    let nanoseconds = ("epoch_ns", 1_000_000_000)
    guard
      let (layout, unit) = count == 19 && line[position] <= UInt8(ascii: "2")
        ? nanoseconds : units[count]
    else { return false }
    let value = Int64(number(count)) / Int64(unit)
    guard (1_000_000_000...max(now, 0) + 86_400).contains(value) else { return false }
    take(count, "\\d{\(count)}", layout)
    if byte(0) == ASCII.dot, digitCount(from: 1) > 0 {
      position += 1 + digitCount(from: 1)
      shape.regex += #"(?:\.\d+)?"#
    }
    return true
  }
}
