import Arithmetic

/// The rule after a TZif file's last transition, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// - Source: POSIX.1-2017, environment variable TZ; RFC 8536, section 3.3.1 (hours of -167 … 167).
struct PosixTimeZone: Equatable, Sendable {
  private enum Day: Equatable {
    /// 1 … 365, the leap day not counted.
    case julian(Int)
    /// 0 … 365.
    case ofYear(Int)
    /// `week` 5 is the last of the month.
    case ofWeek(month: Int, week: Int, weekday: Int)

    func daysSinceEpoch(year: Int) -> Int {
      let newYear = CivilDate(year: year, month: 1, day: 1).daysSinceEpoch
      switch self {
      case .julian(let day):
        return newYear + day - 1 + (day >= 60 && CivilDate.isLeap(year) ? 1 : 0)
      case .ofYear(let day): return newYear + day
      case .ofWeek(let month, let week, let weekday):
        let first = CivilDate(year: year, month: month, day: 1)
        let day = 1 + floorModulo(weekday - first.weekday, 7) + (week - 1) * 7
        let length = CivilDate.days(inMonth: month, of: year)
        return first.daysSinceEpoch + (day > length ? day - 7 : day) - 1
      }
    }
  }

  private struct Change: Equatable {
    var day: Day
    /// Local time, by the clock before the change.
    var seconds: Int

    func local(year: Int) -> Int64 {
      Int64(day.daysSinceEpoch(year: year) * 86_400 + seconds)
    }
  }

  private struct DaylightSaving: Equatable {
    var abbreviation: String
    var offset: Int
    var start: Change
    var end: Change
  }

  /// The farthest instant from the epoch, in seconds, for which a year is computed: some 30 million years.
  private static let horizon: Int64 = 1 << 50

  private let abbreviation: String
  private let standardOffset: Int
  private let daylightSaving: DaylightSaving?

  /// Nil: there is a time of the year when another one holds.
  var fixedOffset: Int? { daylightSaving == nil ? standardOffset : nil }

  func offset(at instant: Int64) -> Int {
    saving(at: instant)?.offset ?? standardOffset
  }

  func abbreviation(at instant: Int64) -> String {
    saving(at: instant)?.abbreviation ?? abbreviation
  }

  /// Daylight saving time, if it applies at an instant; nil for standard time.
  private func saving(at instant: Int64) -> DaylightSaving? {
    guard let saving = daylightSaving else { return nil }
    let local = min(max(instant, -Self.horizon), Self.horizon) + Int64(standardOffset)
    let localDay = Int(floorDivide(local, 86_400))
    let year = CivilDate(daysSinceEpoch: localDay).year
    let start = saving.start.local(year: year) - Int64(standardOffset)
    let end = saving.end.local(year: year) - Int64(saving.offset)
    let isSaving =
      start < end ? instant >= start && instant < end : !(instant >= end && instant < start)
    return isSaving ? saving : nil
  }

  init(_ text: String) throws(TimeZoneError) {
    var scanner = Scanner(rest: Array(text.utf8)[...])
    guard let name = scanner.name(), let standard = scanner.time(hours: 24) else {
      throw .invalidFooter(text)
    }
    abbreviation = name
    standardOffset = -standard
    guard !scanner.rest.isEmpty else {
      daylightSaving = nil
      return
    }
    guard let savingName = scanner.name() else { throw .invalidFooter(text) }
    var offset = standardOffset + 3_600
    if scanner.rest.first != ASCII.comma {
      guard let written = scanner.time(hours: 24) else { throw .invalidFooter(text) }
      offset = -written
    }
    guard let start = Self.change(&scanner), let end = Self.change(&scanner), scanner.rest.isEmpty
    else { throw .invalidFooter(text) }
    daylightSaving = DaylightSaving(
      abbreviation: savingName, offset: offset, start: start, end: end)
  }

  private static func change(_ scanner: inout Scanner) -> Change? {
    guard scanner.skip(ASCII.comma), let day = day(&scanner) else { return nil }
    guard scanner.skip(ASCII.slash) else { return Change(day: day, seconds: 7_200) }
    return scanner.time(hours: 167).map { Change(day: day, seconds: $0) }
  }

  private static func day(_ scanner: inout Scanner) -> Day? {
    if scanner.skip(UInt8(ascii: "J")) { return scanner.number(1...365).map(Day.julian) }
    guard scanner.skip(UInt8(ascii: "M")) else {
      return scanner.number(0...365).map(Day.ofYear)
    }
    guard let month = scanner.number(1...12), scanner.skip(ASCII.dot),
      let week = scanner.number(1...5), scanner.skip(ASCII.dot),
      let daysAfterSunday = scanner.number(0...6)
    else { return nil }
    return .ofWeek(month: month, week: week, weekday: floorModulo(daysAfterSunday - 1, 7))
  }
}

private struct Scanner {
  var rest: ArraySlice<UInt8>

  mutating func skip(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest.removeFirst()
    return true
  }

  /// Letters, or letters, digits and signs within `<` and `>`.
  mutating func name() -> String? {
    let isQuoted = skip(UInt8(ascii: "<"))
    let name = rest.prefix {
      $0.isLetter || isQuoted && ($0.isDigit || $0 == ASCII.minus || $0 == ASCII.plus)
    }
    rest = rest[name.endIndex...]
    guard !isQuoted || skip(UInt8(ascii: ">")), (3...16).contains(name.count) else { return nil }
    return String(decoding: name, as: UTF8.self)
  }

  mutating func number(_ allowed: ClosedRange<Int>) -> Int? {
    let digits = rest.prefix { $0.isDigit }
    guard !digits.isEmpty, digits.count <= 3 else { return nil }
    rest = rest[digits.endIndex...]
    let value = digits.reduce(0) { $0 * 10 + Int($1 - ASCII.zero) }
    return allowed.contains(value) ? value : nil
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func time(hours: Int) -> Int? {
    let sign = skip(ASCII.minus) ? -1 : 1
    if sign == 1 { _ = skip(ASCII.plus) }
    guard var seconds = number(0...hours).map({ $0 * 3_600 }) else { return nil }
    if skip(ASCII.colon) {
      guard let minutes = number(0...59) else { return nil }
      seconds += minutes * 60
      if skip(ASCII.colon) {
        guard let rest = number(0...59) else { return nil }
        seconds += rest
      }
    }
    return sign * seconds
  }
}
