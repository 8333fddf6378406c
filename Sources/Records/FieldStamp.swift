/// A field's value that consists only of a time.
struct FieldStamp {
  /// As in `ParserSettings.timeLayout`; nil if the time is recognised without one.
  let layout: String?
  /// Seconds since the epoch, read as UTC.
  let time: Int64

  /// - Parameters:
  ///   - isDayFirst: Reads `11/12/2026` as 11 December; nil tries both orders.
  ///   - now: Seconds since the epoch.
  init?(_ value: [UInt8], isDayFirst: Bool? = nil, now: Int64) {
    guard (8...64).contains(value.count) else { return nil }
    let context = StampContext(latest: now)
    let newest = now + 366 * 86_400
    let automatic = TimeReader(zone: .utc).instant(of: value.span.bytes, context)
    if let automatic, (TimeReader.firstPlausibleSecond...newest).contains(automatic) {
      // Eight digits may be a date or a number.
      guard value.count >= 10 else { return nil }
      (layout, time) = (nil, automatic)
      return
    }
    for isDayFirst in isDayFirst.map({ [$0] }) ?? [false, true] {
      var scanner = StampScanner(value, at: 0, isDayFirst: isDayFirst, now: now)
      guard scanner.scan(), scanner.position == value.count,
        let reader = try? TimeReader(layout: scanner.shape.layout, zone: .utc),
        let instant = reader.instant(of: value.span.bytes, context)
      else { continue }
      (layout, time) = (scanner.shape.layout, instant)
      return
    }
    return nil
  }
}
