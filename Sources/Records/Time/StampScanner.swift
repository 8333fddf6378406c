/// Scans one stamp at a position of a line, in any common shape.
struct StampScanner {
  let line: [UInt8]
  var position: Int
  var shape = StampShape()
  /// How far a date and time could be read before scanning failed.
  private(set) var unread: (position: Int, shape: StampShape)?
  private let isDayFirst: Bool
  let now: Int64

  init(_ line: [UInt8], at position: Int, isDayFirst: Bool, now: Int64) {
    self.line = line
    self.position = position
    self.isDayFirst = isDayFirst
    self.now = now
  }

  /// - Returns: Whether there is a stamp at the position, which then is its end.
  mutating func scan() -> Bool {
    let start = position
    let before = start > 0 ? line[start - 1] : ASCII.space
    guard !before.isLetter, !before.isDigit else { return scanGlog(after: before) }
    if scanCalendar(), !isInDigits { return true }
    unread = (position, shape)
    position = start
    shape = StampShape()
    return scanTAI() || scanEpoch() && !isInDigits
  }

  // MARK: - Bytes

  private var isInDigits: Bool { byte(0)?.isDigit ?? false }

  func byte(_ offset: Int) -> UInt8? {
    position + offset < line.count ? line[position + offset] : nil
  }

  func digitCount(from offset: Int = 0) -> Int {
    var count = 0
    while let byte = byte(offset + count), byte.isDigit { count += 1 }
    return count
  }

  func number(_ count: Int, from offset: Int = 0) -> Int {
    (0..<count).reduce(0) { $0 * 10 + Int(line[position + offset + $1] - ASCII.zero) }
  }

  func letterCount() -> Int {
    var count = 0
    while let byte = byte(count), byte.isLetter { count += 1 }
    return count
  }

  func word(_ count: Int) -> String {
    String(decoding: line[position..<position + count], as: UTF8.self)
  }

  mutating func take(_ count: Int, _ regex: String, _ layout: String) {
    position += count
    shape.regex += regex
    shape.layout += layout
  }

  mutating func takeLiteral(_ byte: UInt8) {
    let text = String(decoding: [byte], as: UTF8.self)
    take(1, ".[]()/+*?|".contains(text) ? "\\" + text : text, text)
  }

  /// One blank or more.
  mutating func takeBlanks() -> Bool {
    var count = 0
    while let byte = byte(count), byte.isBlank { count += 1 }
    guard count > 0 else { return false }
    take(count, #"\s+"#, " ")
    return true
  }

  // MARK: - Dates

  private static let months: Set<String> = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    "january", "february", "march", "april", "june", "july", "august", "september", "october",
    "november", "december",
  ]
  private static let weekdays: Set<String> = [
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday",
    "friday", "saturday", "sunday",
  ]

  mutating func takeMonthName() -> Bool {
    let count = letterCount()
    guard (3...9).contains(count), Self.months.contains(word(count).lowercased()) else {
      return false
    }
    take(count, "[A-Za-z]{3,9}", "%b")
    return true
  }

  mutating func takeNumber(
    _ digits: ClosedRange<Int>, _ range: ClosedRange<Int>, _ directive: String
  ) -> Bool {
    let count = digitCount()
    guard digits.contains(count), range.contains(number(count)) else { return false }
    take(count, digits.lowerBound < digits.upperBound ? #"\d\d?"# : "\\d{\(count)}", directive)
    return true
  }

  private mutating func scanCalendar() -> Bool {
    let count = letterCount()
    if (3...9).contains(count), Self.weekdays.contains(word(count).lowercased()) {
      take(count, "[A-Za-z]{3,9}", "%a")
      if byte(0) == ASCII.comma { takeLiteral(ASCII.comma) }
      guard takeBlanks() else { return false }
    }
    if byte(0)?.isLetter == true { return scanMonthNameFirst() }
    switch digitCount() {
    case 4: return takeMonthAndDay() || scanYearFirst()
    case 1, 2: return scanDayOrMonthFirst()
    case 6:
      // 261123 10:00:00 or 261123 100000
      guard (1...12).contains(number(2, from: 2)), (1...31).contains(number(2, from: 4)) else {
        return false
      }
      take(6, #"\d{6}"#, "%y%m%d")
      guard takeBlanks() else { return false }
      return takeCompactClock() || takeClock() && takeTail()
    case 8:
      guard (1970...2199).contains(number(4)), (1...12).contains(number(2, from: 4)),
        (1...31).contains(number(2, from: 6))
      else { return false }
      take(8, #"\d{8}"#, "%Y%m%d")
      return takeSeparator() && (takeCompactClock() && takeTail() || takeClock() && takeTail())
    case let count where count == 14 || count == 17:
      guard (1970...2199).contains(number(4)), (1...12).contains(number(2, from: 4)),
        number(2, from: 8) < 24, number(2, from: 10) < 60
      else { return false }
      take(count, "\\d{\(count)}", count == 14 ? "%Y%m%d%H%M%S" : "%Y%m%d%H%M%S%f")
      return takeTail()
    default: return false
    }
  }

  private mutating func scanYearFirst() -> Bool {
    guard takeNumber(4...4, 1970...2199, "%Y"), let separator = byte(0),
      "-/._ ".utf8.contains(separator)
    else { return false }
    takeLiteral(separator)
    guard takeMonthName() || takeNumber(1...2, 1...12, "%m"), byte(0) == separator else {
      return false
    }
    takeLiteral(separator)
    return takeNumber(1...2, 1...31, "%d") && takeSeparator() && takeClock() && takeTail()
  }

  private mutating func scanDayOrMonthFirst() -> Bool {
    if takeJoinedDate() { return takeSeparator() && takeClock() && takeTail() }
    let firstCount = digitCount()
    let first = number(firstCount)
    guard let separator = byte(firstCount), "-/. ".utf8.contains(separator) else { return false }
    let start = (position, shape)
    if takeNumber(1...2, 1...31, "%d") {
      takeLiteral(separator)
      if takeMonthName(), byte(0) == separator {
        takeLiteral(separator)
        if takeTimeWithoutYear() { return true }
        return takeYear() && takeSeparator() && takeClock() && takeTail()
      }
    }
    (position, shape) = start
    if takeDateWithoutYear(isDayFirst: isDayFirst) { return true }
    let middle = firstCount + 1
    let middleCount = digitCount(from: middle)
    guard separator != ASCII.space, (1...2).contains(middleCount),
      byte(middle + middleCount) == separator
    else { return false }
    let lastCount = digitCount(from: middle + middleCount + 1)
    let second = number(middleCount, from: middle)
    if lastCount == 2, firstCount == 2, separator != UInt8(ascii: "."), (1...12).contains(second),
      first > 12, first > 31 || number(2, from: middle + middleCount + 1) <= 31, !isDayFirst
    {
      // 26/11/23
      take(2, #"\d\d"#, "%y")
      takeLiteral(separator)
      guard takeNumber(1...2, 1...12, "%m") else { return false }
      takeLiteral(separator)
      return takeNumber(1...2, 1...31, "%d") && takeSeparator() && takeClock() && takeTail()
    }
    guard lastCount == 4 || lastCount == 2 else { return false }
    let isDay = isDayFirst || separator == UInt8(ascii: ".")
    guard takeNumber(1...2, isDay ? 1...31 : 1...12, isDay ? "%d" : "%m") else { return false }
    takeLiteral(separator)
    guard takeNumber(1...2, isDay ? 1...12 : 1...31, isDay ? "%m" : "%d") else { return false }
    takeLiteral(separator)
    return takeYear() && takeSeparator() && takeClock() && takeTail()
  }

  mutating func takeYear() -> Bool {
    takeNumber(4...4, 1970...2199, "%Y") || takeNumber(2...2, 0...99, "%y")
  }

  private mutating func scanMonthNameFirst() -> Bool {
    guard takeMonthName() else { return false }
    if let mark = byte(0), "/-".utf8.contains(mark) {
      takeLiteral(mark)
      guard takeNumber(1...2, 1...31, "%d"), byte(0) == mark else { return false }
      takeLiteral(mark)
      return takeYear() && takeSeparator() && takeClock() && takeTail()
    }
    guard takeBlanks(), takeNumber(1...2, 1...31, "%e") else { return false }
    if byte(0) == ASCII.comma { takeLiteral(ASCII.comma) }
    guard takeBlanks() else { return false }
    let hasYear = takeNumber(4...4, 1970...2199, "%Y")
    if hasYear, !takeSeparator() { return false }
    guard takeClock() else { return false }
    if hasYear { return takeTail() }
    guard takeTail() else { return false }
    // Mon Nov 23 10:00:00 CET 2026
    if byte(0)?.isBlank == true, digitCount(from: 1) == 4,
      (1970...2199).contains(number(4, from: 1)),
      !(byte(5)?.isDigit ?? false)
    {
      _ = takeBlanks()
      _ = takeNumber(4...4, 1970...2199, "%Y")
      _ = takeTail()
    }
    return true
  }

  // MARK: - Times of day

  /// The separator between a date and a time.
  private mutating func takeSeparator() -> Bool {
    guard let first = byte(0) else { return false }
    if first | 0x20 == UInt8(ascii: "t") || ":-_".utf8.contains(first) {
      takeLiteral(first)
      if first == ASCII.colon, byte(0) == ASCII.colon { takeLiteral(first) }
      return true
    }
    if ",;|".utf8.contains(first), byte(1)?.isDigit == true {
      takeLiteral(first)
      return true
    }
    if first == ASCII.comma { takeLiteral(first) }
    guard takeBlanks() else { return false }
    if let dash = byte(0), dash == ASCII.minus || dash == UInt8(ascii: "|") {
      takeLiteral(dash)
      return takeBlanks()
    }
    return true
  }

  mutating func takeClock() -> Bool {
    guard takeNumber(1...2, 0...23, "%H"), let separator = byte(0),
      separator == ASCII.colon || separator == ASCII.dot && (isDottedClock || isDottedHalf)
    else { return false }
    takeLiteral(separator)
    guard takeNumber(2...2, 0...59, "%M") else { return false }
    if byte(0) == separator, digitCount(from: 1) == 2 {
      takeLiteral(separator)
      return takeNumber(2...2, 0...60, "%S")
    }
    return true
  }

  /// Whether `.05.01` after a date with dots is a time, as written in Finland, and not part of an address.
  private var isDottedClock: Bool {
    shape.layout.hasPrefix("%d.%m.") && digitCount(from: 1) == 2 && byte(3) == ASCII.dot
      && digitCount(from: 4) == 2 && byte(6) != ASCII.dot
  }

  mutating func takeCompactClock() -> Bool {
    guard digitCount() == 6, number(2) < 24, number(2, from: 2) < 60, number(2, from: 4) <= 60
    else { return false }
    take(6, #"\d{6}"#, "%H%M%S")
    return true
  }

  /// Fraction, AM or PM, offset or zone, each if present.
  mutating func takeTail() -> Bool {
    if let mark = byte(0), ".,:".utf8.contains(mark), shape.layout.hasSuffix("%S") {
      let count = digitCount(from: 1)
      if count > 0, mark != ASCII.colon || count == 3 {
        takeLiteral(mark)
        take(count, #"\d+"#, "%f")
      }
    }
    takeDayHalf()
    takeOffset()
    return true
  }

  private mutating func takeDayHalf() {
    let blank = byte(0) == ASCII.space ? 1 : 0
    // `PM`, or `p.m.`, as in Spanish.
    let dot = byte(blank + 1) == ASCII.dot && byte(blank + 3) == ASCII.dot ? 1 : 0
    guard let letter = byte(blank), "aApP".utf8.contains(letter),
      let second = byte(blank + 1 + dot), second | 0x20 == UInt8(ascii: "m"),
      !(byte(blank + 2 + dot)?.isLetter ?? false)
    else { return }
    if blank == 1 { _ = takeBlanks() }
    take(2 + 2 * dot, #"[AaPp]\.?[Mm]\.?"#, "%p")
    shape.layout = shape.layout.replacing("%H", with: "%I")
  }

  private mutating func takeOffset() {
    if takeNamedOffset() { return }
    var blank = 0
    while byte(blank)?.isBlank == true { blank += 1 }
    guard blank <= 2, let first = byte(blank) else { return }
    if first == ASCII.plus || first == ASCII.minus {
      let hours = digitCount(from: blank + 1)
      let hasColon =
        hours == 2 && byte(blank + 3) == ASCII.colon && digitCount(from: blank + 4) == 2
      let end = blank + 1 + hours
      let continues =
        (byte(end) == ASCII.colon || byte(end) == ASCII.minus) && digitCount(from: end + 1) > 0
      guard hours == 4 || hours == 2, number(2, from: blank + 1) <= 14, hasColon || !continues
      else { return }
      if blank > 0 { _ = takeBlanks() }
      take(hasColon ? 6 : 1 + hours, #"[+-]\d\d(?::?\d\d)?"#, "%z")
      return
    }
    var count = 0
    while let byte = byte(blank + count), byte.isLetter { count += 1 }
    guard (1...5).contains(count), !(byte(blank + count)?.isDigit ?? false) else { return }
    let name = Array(line[position + blank..<position + blank + count])
    guard StampCursor.offsetSeconds(ofZone: name) != nil else { return }
    if blank > 0 { _ = takeBlanks() }
    take(count, "[A-Za-z]{1,5}", "%Z")
  }

  // MARK: - Other shapes

  /// `I1123 10:00:00.123456`, after the letter.
  private mutating func scanGlog(after severity: UInt8) -> Bool {
    guard position == 1, "IWEF".utf8.contains(severity) else { return false }
    let count = digitCount()
    guard count == 4 || count == 8, (1...12).contains(number(2, from: count - 4)),
      (1...31).contains(number(2, from: count - 2)),
      count == 4 || (1970...2199).contains(number(4))
    else { return false }
    take(count, "\\d{\(count)}", count == 4 ? "%m%d" : "%Y%m%d")
    shape.followsSeverity = true
    return takeBlanks() && takeClock() && takeTail()
  }
}
