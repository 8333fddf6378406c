/// Reads time fields whose layout is set in the settings or detected.
struct TimeReader: Sendable {
  enum EpochUnit: Int64, Sendable {
    case seconds = 1
    case milliseconds = 1_000
    case microseconds = 1_000_000
    case nanoseconds = 1_000_000_000
  }

  private enum Notation: Sendable {
    case layout(TimeLayout)
    case iso8601
    /// Nil if the unit follows from the size.
    case epoch(EpochUnit?)
    case tai64
    /// ISO 8601 if it starts with a digit, else the layout.
    case syslog(TimeLayout)
    /// ISO 8601, or an epoch whose unit follows from its size.
    case automatic
  }

  private let notation: Notation
  private var zone: TimeZoneRules

  /// An epoch whose unit follows from its size.
  static let anyEpoch = "epoch_any"

  /// TAI64 or TAI64N, in hexadecimal digits after an `@`.
  static let tai64n = "tai64n"

  /// ISO 8601, an epoch, or the common log format's stamp.
  init(zone: TimeZoneRules) {
    self.zone = zone
    notation = .automatic
  }

  /// - Parameter usual: The layout of the format, used if the settings have none.
  init(_ settings: ParserSettings, unless usual: String? = nil) throws(ParserSettingsError) {
    let layout = settings.timeLayout ?? usual
    guard let layout else {
      self.init(zone: settings.timeZone)
      return
    }
    try self.init(layout: layout, zone: settings.timeZone)
  }

  /// - Parameter layout: As in `ParserSettings.timeLayout`.
  init(layout: String, zone: TimeZoneRules) throws(ParserSettingsError) {
    self.zone = zone
    do {
      switch layout {
      case Self.anyEpoch: notation = .epoch(nil)
      case "iso8601": notation = .iso8601
      case "epoch": notation = .epoch(.seconds)
      case "epoch_ms": notation = .epoch(.milliseconds)
      case "epoch_us": notation = .epoch(.microseconds)
      case Self.tai64n: notation = .tai64
      case "epoch_ns": notation = .epoch(.nanoseconds)
      case "syslog": notation = .syslog(try TimeLayout("%b %e %H:%M:%S"))
      default: notation = .layout(try TimeLayout(layout))
      }
    } catch {
      throw ParserSettingsError(setting: .timeLayout, found: layout, expected: error.expected)
    }
  }

  /// The same reader for stamps of a clock with this offset, in seconds east of Greenwich.
  func withOffset(seconds: Int) -> TimeReader {
    var reader = self
    reader.zone = TimeZoneRules(fixedOffsetSeconds: seconds, name: "")
    return reader
  }

  /// - Returns: Seconds since the epoch, rounded down; nil if the time cannot be read, does not exist, or is outside
  ///   1970 … 9999.
  func instant(of stamp: RawSpan, _ context: StampContext) -> Int64? {
    let instant =
      switch notation {
      case .layout(let layout): layout.instant(of: stamp, zone: zone, context)
      case .iso8601: Self.iso8601(stamp, zone: zone, context)
      case .syslog(let layout):
        stamp.byteCount > 0 && stamp[0].isDigit
          ? Self.iso8601(stamp, zone: zone, context)
          : layout.instant(of: stamp, zone: zone, context)
      case .epoch(let unit): Self.epoch(stamp, unit: unit)
      case .tai64: Self.tai64(stamp)
      case .automatic: automaticInstant(of: stamp, zone: zone, context)
      }
    guard let instant, instant >= 0, instant <= StampParts.lastSecond else { return nil }
    return instant
  }

  /// 1990-01-01T00:00:00Z. Without a setting that a number is a time, a smaller one is more likely a duration, an
  /// identifier or a count.
  static let firstPlausibleSecond: Int64 = 631_152_000

  private func automaticInstant(
    of stamp: RawSpan, zone: TimeZoneRules, _ context: StampContext
  ) -> Int64? {
    guard stamp.byteCount > 8 else { return nil }
    if stamp[4] == ASCII.minus || stamp[8] | 0x20 == UInt8(ascii: "t") {
      return Self.iso8601(stamp, zone: zone, context)
    }
    if stamp[2] == UInt8(ascii: "/"), stamp[6] == UInt8(ascii: "/") {
      return Self.commonLogLayout?.instant(of: stamp, zone: zone, context)
    }
    guard let instant = Self.epoch(stamp, unit: nil), instant >= Self.firstPlausibleSecond else {
      return nil
    }
    return instant
  }

  private static let commonLogLayout = try? TimeLayout("%d/%b/%Y:%H:%M:%S %z")

  /// `2026-01-31T23:59:59.123+01:00`. A blank may replace the `T`; seconds, fraction, offset and separators are
  /// optional.
  static func iso8601(
    _ stamp: RawSpan, zone: TimeZoneRules, _ context: StampContext
  ) -> Int64? {
    var cursor = StampCursor(position: 0)
    var parts = StampParts()
    guard let year = cursor.number(digits: 4...4, from: stamp) else { return nil }
    let hasDashes = cursor.take(ASCII.minus, from: stamp)
    guard let month = cursor.number(digits: 2...2, from: stamp),
      cursor.take(ASCII.minus, from: stamp) == hasDashes,
      let day = cursor.number(digits: 2...2, from: stamp), cursor.position < stamp.byteCount
    else { return nil }
    let separator = stamp[cursor.position]
    guard separator | 0x20 == UInt8(ascii: "t") || separator == ASCII.space else { return nil }
    cursor.position += 1
    guard let hour = cursor.number(digits: 2...2, from: stamp) else { return nil }
    let hasColons = cursor.take(ASCII.colon, from: stamp)
    guard let minute = cursor.number(digits: 2...2, from: stamp) else { return nil }
    (parts.year, parts.month, parts.day) = (year, month, day)
    (parts.hour, parts.minute) = (hour, minute)
    if cursor.position < stamp.byteCount,
      hasColons ? stamp[cursor.position] == ASCII.colon : stamp[cursor.position].isDigit
    {
      if hasColons { cursor.position += 1 }
      guard let second = cursor.number(digits: 2...2, from: stamp) else { return nil }
      parts.second = second
      if cursor.take(ASCII.dot, from: stamp) || cursor.take(ASCII.comma, from: stamp) {
        guard cursor.skipDigits(from: stamp) > 0 else { return nil }
      }
    }
    if cursor.position < stamp.byteCount {
      _ = cursor.take(ASCII.space, from: stamp)
      guard let offset = cursor.offset(from: stamp) else { return nil }
      parts.offsetSeconds = offset
    }
    return cursor.position == stamp.byteCount ? parts.instant(zone: zone, context) : nil
  }

  /// Reads a number with an optional fraction, which is rounded down, or an exponent.
  ///
  /// - Parameter unit: Nil chooses by size: seconds below 10¹¹ (the year 5138), then milliseconds, microseconds,
  ///   nanoseconds.
  static func epoch(_ stamp: RawSpan, unit: EpochUnit?) -> Int64? {
    var cursor = StampCursor(position: 0)
    guard let number = cursor.number(digits: 1...18, from: stamp) else { return nil }
    var value = Int64(number)
    if cursor.position < stamp.byteCount, stamp[cursor.position].isDigit {
      // Nineteen digits are nanoseconds after 2001.
      let digit = Int64(stamp[cursor.position] - ASCII.zero)
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tenfold.addingReportingOverflow(digit)
      guard !overflow, !carry else { return nil }
      value = sum
      cursor.position += 1
    }
    if cursor.take(ASCII.dot, from: stamp) { _ = cursor.skipDigits(from: stamp) }
    if cursor.position < stamp.byteCount, stamp[cursor.position] | 0x20 == UInt8(ascii: "e") {
      guard let number = Double(stamp.text(0..<stamp.byteCount)), number >= 0, number < 9e18 else {
        return nil
      }
      value = Int64(number)
      cursor.position = stamp.byteCount
    }
    guard cursor.position == stamp.byteCount else { return nil }
    return value / (unit ?? self.unit(of: value)).rawValue
  }

  /// `@`, sixteen hexadecimal digits of seconds and perhaps eight of nanoseconds.
  /// - Source: D. J. Bernstein, "TAI64, TAI64N, and TAI64NA"; as in daemontools and runit, which know of no leap
  ///   seconds, 10 seconds before UTC.
  private static func tai64(_ stamp: RawSpan) -> Int64? {
    guard stamp.byteCount == 17 || stamp.byteCount == 25, stamp[0] == UInt8(ascii: "@"),
      let label = UInt64(stamp.text(1..<17), radix: 16),
      stamp.byteCount == 17 || UInt64(stamp.text(17..<25), radix: 16) != nil
    else { return nil }
    let (seconds, isEarlier) = label.subtractingReportingOverflow(1 << 62 + 10)
    return isEarlier || seconds > UInt64(StampParts.lastSecond) ? nil : Int64(seconds)
  }

  private static func unit(of value: Int64) -> EpochUnit {
    switch value {
    case ..<100_000_000_000: .seconds
    case ..<100_000_000_000_000: .milliseconds
    case ..<100_000_000_000_000_000: .microseconds
    default: .nanoseconds
    }
  }
}
