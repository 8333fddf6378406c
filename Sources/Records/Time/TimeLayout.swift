/// The notation of a time stamp, compiled from a strptime-like layout such as `%d/%b/%Y:%H:%M:%S %z`.
///
/// Names of months and weekdays, AM and PM are English, in upper or lower case. Blanks in the layout match one or more
/// blanks. Without `%Y` or `%y`, `StampContext` infers the year.
/// - Source: POSIX.1-2017, strptime; `%z`, `%s` and `%f` (digits of a fraction, ignored) as in glibc and Python.
struct TimeLayout: Equatable, Sendable {
  enum Step: Equatable, Sendable {
    case literal(UInt8)
    case blanks
    case year
    case yearOfCentury
    case month
    case monthName
    case day
    case dayOfYear
    case weekdayName
    case hour
    case hourOfHalf
    case half
    case minute
    case second
    case fraction
    case offset
    case zoneName
    case epoch
  }

  let steps: [Step]
  let hasYear: Bool

  /// - Throws: `LayoutError`, with what was expected.
  init(_ layout: String) throws(LayoutError) {
    try self.init(part: layout)
    try Self.check(steps)
  }

  /// Compiles a layout of a part of a stamp, which may be incomplete.
  init(part layout: String) throws(LayoutError) {
    var steps: [Step] = []
    var isDirective = false
    for byte in layout.utf8 {
      if isDirective {
        steps += try Self.steps(of: byte)
        isDirective = false
      } else if byte == UInt8(ascii: "%") {
        isDirective = true
      } else if byte.isBlank {
        if steps.last != .blanks { steps.append(.blanks) }
      } else {
        steps.append(.literal(byte))
      }
    }
    if isDirective { throw LayoutError(expected: "a letter after the last %") }
    self.steps = steps
    hasYear = steps.contains(.year) || steps.contains(.yearOfCentury)
  }

  private static func check(_ steps: [Step]) throws(LayoutError) {
    if steps.contains(.epoch) { return }
    let hasDay = steps.contains(.day) && (steps.contains(.month) || steps.contains(.monthName))
    guard hasDay || steps.contains(.dayOfYear) else {
      throw LayoutError(expected: "a day: %d with %m or %b, or %j, or %s")
    }
    if steps.contains(.hourOfHalf) != steps.contains(.half) {
      throw LayoutError(expected: "%I and %p together")
    }
    guard steps.contains(.hour) || steps.contains(.hourOfHalf) else {
      throw LayoutError(expected: "an hour: %H, or %I with %p")
    }
  }

  private static func steps(of directive: UInt8) throws(LayoutError) -> [Step] {
    switch Character(Unicode.Scalar(directive)) {
    case "Y": return [.year]
    case "y": return [.yearOfCentury]
    case "m": return [.month]
    case "b", "B", "h": return [.monthName]
    case "d", "e": return [.day]
    case "j": return [.dayOfYear]
    case "a", "A": return [.weekdayName]
    case "H", "k": return [.hour]
    case "I", "l": return [.hourOfHalf]
    case "p", "P": return [.half]
    case "M": return [.minute]
    case "S": return [.second]
    case "f", "L", "N": return [.fraction]
    case "z": return [.offset]
    case "Z": return [.zoneName]
    case "s": return [.epoch]
    case "T": return [.hour, .literal(ASCII.colon), .minute, .literal(ASCII.colon), .second]
    case "R": return [.hour, .literal(ASCII.colon), .minute]
    case "F": return [.year, .literal(ASCII.minus), .month, .literal(ASCII.minus), .day]
    case "D": return [.month, .literal(ASCII.slash), .day, .literal(ASCII.slash), .yearOfCentury]
    case "n", "t": return [.blanks]
    case "%": return [.literal(directive)]
    default:
      throw LayoutError(
        expected: "%Y %y %m %d %e %j %b %B %a %A %H %I %p %M %S %f %z %Z %s %F %T %D %R or %%")
    }
  }

  /// A regular expression that matches exactly the stamps of this layout.
  var regex: String {
    steps.map { step in
      switch step {
      case .literal(let byte):
        byte.isLetter || byte.isDigit || byte >= 0x80
          ? String(decoding: [byte], as: UTF8.self) : "\\x{\(String(byte, radix: 16))}"
      case .blanks: #"[ \t]+"#
      case .year: #"\d{4}"#
      case .dayOfYear: #"\d{1,3}"#
      case .monthName, .weekdayName, .zoneName: "[A-Za-z]+"
      case .half: "[AaPp][Mm]"
      case .fraction, .epoch: #"\d+"#
      case .offset: #"(?:[Zz]|[+-]\d\d(?::?\d\d)?)"#
      case .yearOfCentury, .month, .day, .hour, .hourOfHalf, .minute, .second: #"[ \t]*\d{1,2}"#
      }
    }.joined()
  }

  struct LayoutError: Error, Equatable {
    var expected: String
  }

  /// The stamp's instant in seconds since the epoch; nil if it does not match the layout or the time does not exist.
  func instant(of stamp: RawSpan, zone: TimeZoneRules, _ context: StampContext) -> Int64? {
    var cursor = StampCursor(position: 0)
    var parts = StampParts()
    for step in steps {
      guard cursor.take(step, from: stamp, into: &parts) else { return nil }
    }
    guard cursor.position == stamp.byteCount else { return nil }
    if let epoch = parts.epochSeconds { return epoch }
    return hasYear
      ? parts.instant(zone: zone, context) : parts.inferredInstant(zone: zone, context)
  }
}

/// The parts of a stamp that were read.
struct StampParts {
  var year = 1970
  var month = 1
  var day = 1
  var dayOfYear: Int?
  var hour = 0
  var isAfternoon: Bool?
  var minute = 0
  var second = 0
  var offsetSeconds: Int?
  var epochSeconds: Int64?

  /// A leap second counts as the second before it.
  func instant(zone: TimeZoneRules, _ context: StampContext) -> Int64? {
    guard let date else { return nil }
    guard hour < 24, minute < 60, second <= 60, date >= 0 else { return nil }
    var clockHour = hour
    if let isAfternoon {
      guard (1...12).contains(hour) else { return nil }
      clockHour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    let local = Int64(date * 86_400 + clockHour * 3_600 + minute * 60 + min(second, 59))
    if let offsetSeconds { return local - Int64(offsetSeconds) }
    let (early, late) = zone.instants(ofLocal: local)
    return late.map { context.choose(early, $0) } ?? early
  }

  /// In days since the epoch.
  private var date: Int? {
    if let dayOfYear {
      guard dayOfYear >= 1, dayOfYear <= (CivilDate.isLeap(year) ? 366 : 365) else { return nil }
      return CivilDate(year: year, month: 1, day: 1).daysSinceEpoch + dayOfYear - 1
    }
    let date = CivilDate(year: year, month: month, day: day)
    return date.exists ? date.daysSinceEpoch : nil
  }

  /// The instant of a stamp without a year.
  func inferredInstant(zone: TimeZoneRules, _ context: StampContext) -> Int64? {
    var candidate = self
    return context.instant { year in
      candidate.year = year
      return candidate.instant(zone: zone, context)
    }
  }

  /// 9999-12-31T23:59:59Z.
  static let lastSecond: Int64 = 253_402_300_799
}
