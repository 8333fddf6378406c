/// The notation of the stamps in a log of unknown format, derived from the stamps: a layout for `TimeLayout`, and a
/// regular expression that matches stamps of the same shape.
struct StampShape: Hashable {
  var regex = ""
  var layout = ""

  /// The shapes that occur in at least half of the lines, the most frequent first; of equals, first the one with an
  /// offset or zone, then the one further left.
  ///
  /// - Parameters:
  ///   - isDayFirst: Reads `11/12/2026` as 11 December.
  ///   - now: Seconds since the epoch; a greater number is not an epoch time.
  static func shapes(
    in lines: [[UInt8]], isDayFirst: Bool, now: Int64
  ) -> [(shape: StampShape, position: Int)] {
    var found: [StampShape: (count: Int, position: Int)] = [:]
    for line in lines {
      var inLine: [StampShape: Int] = [:]
      var position = 0
      while position < line.count, inLine.count < maxPerLine {
        var scanner = StampScanner(line, at: position, isDayFirst: isDayFirst, now: now)
        if scanner.scan() {
          if inLine[scanner.shape] == nil { inLine[scanner.shape] = position }
          position = scanner.position
        } else {
          position += 1
        }
      }
      for (shape, position) in inLine {
        let known = found[shape]
        found[shape] = ((known?.count ?? 0) + 1, max(known?.position ?? 0, position))
      }
    }
    return found.filter { 2 * $0.value.count >= lines.count }
      .sorted {
        ($1.value.count, $1.key.rank, $0.value.position, $0.key.layout)
          < ($0.value.count, $0.key.rank, $1.value.position, $1.key.layout)
      }.map { ($0.key, $0.value.position) }
  }

  private static let maxPerLine = 8

  /// Greater for a stamp with more parts.
  private var rank: Int {
    let hasOffset = layout == "iso8601" ? regex.contains("[+-]") : layout.contains("%z")
    let hasYear = layout != "%b %e %H:%M:%S"
    return (hasOffset || layout.contains("%Z") ? 2 : 0) + (hasYear ? 1 : 0)
  }
}

/// Scans one stamp at a position of a line, in any common shape.
struct StampScanner {
  private let line: [UInt8]
  private(set) var position: Int
  private(set) var shape = StampShape()
  /// How far a date and time could be read before scanning failed.
  private(set) var unread: (position: Int, shape: StampShape)?
  private let isDayFirst: Bool
  private let now: Int64

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
    return scanEpoch() && !isInDigits
  }

  // MARK: - Bytes

  private var isInDigits: Bool { byte(0)?.isDigit ?? false }

  private func byte(_ offset: Int) -> UInt8? {
    position + offset < line.count ? line[position + offset] : nil
  }

  private func digitCount(from offset: Int = 0) -> Int {
    var count = 0
    while let byte = byte(offset + count), byte.isDigit { count += 1 }
    return count
  }

  private func number(_ count: Int, from offset: Int = 0) -> Int {
    (0..<count).reduce(0) { $0 * 10 + Int(line[position + offset + $1] - ASCII.zero) }
  }

  private func letterCount() -> Int {
    var count = 0
    while let byte = byte(count), byte.isLetter { count += 1 }
    return count
  }

  private func word(_ count: Int) -> String {
    String(decoding: line[position..<position + count], as: UTF8.self)
  }

  private mutating func take(_ count: Int, _ regex: String, _ layout: String) {
    position += count
    shape.regex += regex
    shape.layout += layout
  }

  private mutating func takeLiteral(_ byte: UInt8) {
    let text = String(decoding: [byte], as: UTF8.self)
    take(1, ".[]()/+*?".contains(text) ? "\\" + text : text, text)
  }

  /// One blank or more.
  private mutating func takeBlanks() -> Bool {
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

  private mutating func takeMonthName() -> Bool {
    let count = letterCount()
    guard (3...9).contains(count), Self.months.contains(word(count).lowercased()) else {
      return false
    }
    take(count, "[A-Za-z]{3,9}", "%b")
    return true
  }

  private mutating func takeNumber(
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
    case 4: return scanYearFirst()
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
    case 14:
      guard (1970...2199).contains(number(4)), (1...12).contains(number(2, from: 4)),
        number(2, from: 8) < 24, number(2, from: 10) < 60
      else { return false }
      take(14, #"\d{14}"#, "%Y%m%d%H%M%S")
      return takeTail()
    default: return false
    }
  }

  private mutating func scanYearFirst() -> Bool {
    guard takeNumber(4...4, 1970...2199, "%Y"), let separator = byte(0),
      "-/. ".utf8.contains(separator)
    else { return false }
    takeLiteral(separator)
    guard takeMonthName() || takeNumber(1...2, 1...12, "%m"), byte(0) == separator else {
      return false
    }
    takeLiteral(separator)
    return takeNumber(1...2, 1...31, "%d") && takeSeparator() && takeClock() && takeTail()
  }

  private mutating func scanDayOrMonthFirst() -> Bool {
    let firstCount = digitCount()
    let first = number(firstCount)
    guard let separator = byte(firstCount), "-/. ".utf8.contains(separator) else { return false }
    let start = (position, shape)
    if takeNumber(1...2, 1...31, "%d") {
      takeLiteral(separator)
      if takeMonthName(), byte(0) == separator {
        takeLiteral(separator)
        return takeYear() && takeSeparator() && takeClock() && takeTail()
      }
    }
    (position, shape) = start
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

  private mutating func takeYear() -> Bool {
    takeNumber(4...4, 1970...2199, "%Y") || takeNumber(2...2, 0...99, "%y")
  }

  private mutating func scanMonthNameFirst() -> Bool {
    guard takeMonthName(), takeBlanks(), takeNumber(1...2, 1...31, "%e") else { return false }
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

  private mutating func takeClock() -> Bool {
    guard takeNumber(1...2, 0...23, "%H"), let separator = byte(0),
      separator == ASCII.colon || separator == ASCII.dot && isDottedClock
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

  private mutating func takeCompactClock() -> Bool {
    guard digitCount() == 6, number(2) < 24, number(2, from: 2) < 60, number(2, from: 4) <= 60
    else { return false }
    take(6, #"\d{6}"#, "%H%M%S")
    return true
  }

  /// Fraction, AM or PM, offset or zone, each if present.
  private mutating func takeTail() -> Bool {
    if let mark = byte(0), ".,:".utf8.contains(mark), shape.layout.hasSuffix("%S") {
      let count = digitCount(from: 1)
      if count > 0, mark != ASCII.colon || count == 3 {
        takeLiteral(mark)
        take(count, #"\d+"#, "%f")
      }
    }
    takeHalf()
    takeOffset()
    return true
  }

  private mutating func takeHalf() {
    let blank = byte(0) == ASCII.space ? 1 : 0
    guard let letter = byte(blank), "aApP".utf8.contains(letter), let second = byte(blank + 1),
      second | 0x20 == UInt8(ascii: "m"), !(byte(blank + 2)?.isLetter ?? false)
    else { return }
    if blank == 1 { _ = takeBlanks() }
    take(2, "[AaPp][Mm]", "%p")
    shape.layout = shape.layout.replacing("%H", with: "%I")
  }

  private mutating func takeOffset() {
    var blank = 0
    while byte(blank) == ASCII.space { blank += 1 }
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
    guard position == 1, "IWEF".utf8.contains(severity), digitCount() == 4,
      (1...12).contains(number(2)), (1...31).contains(number(2, from: 2))
    else { return false }
    take(4, #"\d{4}"#, "%m%d")
    return takeBlanks() && takeClock() && takeTail()
  }

  /// Seconds or milliseconds since 1970, from 2001 on.
  private mutating func scanEpoch() -> Bool {
    let count = digitCount()
    guard count == 10 || count == 13 else { return false }
    let value = Int64(number(count)) / (count == 13 ? 1_000 : 1)
    guard (1_000_000_000...max(now, 0) + 86_400).contains(value) else { return false }
    take(count, "\\d{\(count)}", count == 13 ? "epoch_ms" : "epoch")
    if byte(0) == ASCII.dot, digitCount(from: 1) > 0 {
      position += 1 + digitCount(from: 1)
      shape.regex += #"(?:\.\d+)?"#
    }
    return true
  }
}
