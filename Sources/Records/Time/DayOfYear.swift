import Arithmetic

/// The day and time of a stamp without a year.
struct DayOfYear {
  /// 2024-12-31T23:59:59Z minus the tolerance of `StampContext`: as of this time, stamps without a year are read as of
  /// 2024, a leap year.
  static let readingTime: Int64 = 1_735_689_599 - 86_400

  private let timeIn2024: Int64
  private static let start: Int64 = 1_704_067_200
  private static let march: Int64 = 1_709_251_200

  /// - Parameter read: Reads the stamp as of the given time; nil if the stamp has a year.
  init?(_ read: (Int64) -> Int64?) {
    // Time zones may shift it over either end of the year.
    guard let time = read(Self.readingTime),
      (Self.start - 86_400...Self.readingTime + 86_400).contains(time)
    else { return nil }
    timeIn2024 = time
    // As of the end of 2023, a leap day is read as of 2020, any other day as of 2023.
    isLeapDay =
      read(Self.readingTime - 366 * 86_400).map { $0 < Self.start - 2 * 366 * 86_400 } ?? false
  }

  /// Whether it is 29 February.
  let isLeapDay: Bool

  func isFarBefore(_ other: DayOfYear) -> Bool {
    timeIn2024 < other.timeIn2024 - StampContext.backSecondsMax
  }

  /// Whether it is the end of the year before the other's, of a line that comes late.
  func isOfYearBefore(_ other: DayOfYear) -> Bool {
    timeIn2024 > other.timeIn2024 + 366 * 86_400 - StampContext.backSecondsMax
  }

  /// The instant in a year, in seconds since the epoch; for a leap day in another year, a day later.
  func instant(in year: Int) -> Int64 {
    let isAfterFebruary = timeIn2024 >= Self.march
    let month = isAfterFebruary ? 3 : 1
    let first = Int64(CivilDate(year: year, month: month, day: 1).daysSinceEpoch) * 86_400
    return first + timeIn2024 - (isAfterFebruary ? Self.march : Self.start)
  }
}

extension LineReader {
  /// The time of a file's first line, if its stamps have no year. The last line is of the latest year that is possible
  /// when the file was last written, and a year has ended wherever the lines go far back.
  ///
  /// - Returns: Seconds since the epoch; nil if unknown.
  mutating func timeOfFirstLine(_ outline: FileOutline, fields: inout FieldTable) -> Int64? {
    let days = days(of: outline.sample.span.bytes, &fields)
    guard let lastWritten = outline.lastWritten, let first = days.first, let last = days.last,
      let end = StampContext(latest: lastWritten).instant(inYear: { last.instant(in: $0) })
    else { return nil }
    // For each line, the number of years since the first.
    var ages = [0]
    for (day, next) in zip(days, days.dropFirst()) {
      let years = next.isFarBefore(day) ? 1 : next.isOfYearBefore(day) ? -1 : 0
      ages.append(ages[ages.count - 1] + years)
    }
    let latest =
      CivilDate(daysSinceEpoch: Int(floorDivide(end, 86_400))).year - ages[days.count - 1]
    let year = (latest - 7...latest).last { year in
      zip(days, ages).allSatisfy { !$0.isLeapDay || CivilDate.isLeap(year + $1) }
    }
    return first.instant(in: year ?? latest)
  }

  private mutating func days(of sample: RawSpan, _ fields: inout FieldTable) -> [DayOfYear] {
    var days: [DayOfYear] = []
    var start = 0
    while start < sample.byteCount {
      let end = sample.firstIndex(of: ASCII.newline, from: start) ?? sample.byteCount
      let line = sample.extracting(start..<end)
      let day = DayOfYear { latest in
        fields.clear()
        let outcome = read(line, StampContext(latest: latest), fields: &fields)
        return if case .record(let time) = outcome { time } else { nil }
      }
      if let day { days.append(day) }
      start = end + 1
    }
    return days
  }
}
