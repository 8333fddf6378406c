import Records
import Testing

/// Missing parts of a timestamp are inferred from the previous lines, the file's modification time and the clock.
@Suite struct InferredTimeTests {
  /// 2026-11-27T12:00:00Z.
  static let now: Int64 = 1_795_780_800

  private static func line(_ stamp: String) -> String { "\(stamp) host cron[1]: job\n" }

  private static func hour(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 10) -> Int {
    CivilDate(year: year, month: month, day: day).daysSinceEpoch * 24 + hour
  }

  /// - Returns: The hours of the records, in the order of the lines.
  private static func hours(
    _ stamps: [String], lastWritten: Int64? = now, settings: ParserSettings = .syslog,
    startingAt start: Int = 0, split: Bool = false
  ) throws -> [Int] {
    var parser = try makeParser(settings)
    let lines = stamps.map { settings == .syslog ? line($0) : "\($0) GET /a\n" }
    if let lastWritten {
      let sample = Array(lines[start...].joined().utf8)
      parser.beginFile(
        FileOutline(
          beginning: Array(lines.joined().utf8), sample: sample, lastWritten: lastWritten))
    }
    var hours: [Int] = []
    for line in lines[start...] {
      var batch = RecordBatch()
      parser.parse(Array(line.utf8).span.bytes, now: now, into: &batch)
      hours += batch.tallies.map(\.hour)
    }
    return hours
  }

  @Test func yearsAreCountedFromTheEndOfTheFile() throws {
    let stamps = [
      "Nov 30 10:00:00", "Jan  5 10:00:00", "Jun  5 10:00:00", "Nov 30 10:00:00", "Feb  5 10:00:00",
    ]
    let expected = [
      Self.hour(2024, 11, 30), Self.hour(2025, 1, 5), Self.hour(2025, 6, 5),
      Self.hour(2025, 11, 30), Self.hour(2026, 2, 5),
    ]
    #expect(try Self.hours(stamps) == expected)
    // From the middle of the file, as after a restart.
    #expect(try Self.hours(stamps, startingAt: 2) == Array(expected[2...]))
  }

  @Test func fileWrittenLongAgoIsOfItsOwnYear() throws {
    let written = Int64(Self.hour(2023, 3, 2)) * 3_600
    #expect(
      try Self.hours(["Dec 31 10:00:00", "Mar  1 10:00:00"], lastWritten: written)
        == [Self.hour(2022, 12, 31), Self.hour(2023, 3, 1)])
  }

  @Test func leapDayIsOfALeapYear() throws {
    #expect(
      try Self.hours(["Feb 28 10:00:00", "Feb 29 10:00:00", "Mar  1 10:00:00"])
        == [Self.hour(2024, 2, 28), Self.hour(2024, 2, 29), Self.hour(2024, 3, 1)])
  }

  @Test func linesThatCrossTheNewYearOutOfOrderAreOfTwoYears() throws {
    let late = Self.hour(2025, 12, 31, 23)
    let new = Self.hour(2026, 1, 1, 0)
    #expect(
      try Self.hours([
        "Jan  1 00:00:00", "Dec 31 23:59:59", "Jan  1 00:00:02", "Dec 31 23:59:58",
        "Jan  1 00:00:03",
      ]) == [new, late, new, late, new])
  }

  @Test func lineOutOfOrderStaysInItsYear() throws {
    #expect(
      try Self.hours(["Nov 20 10:00:00", "Nov 19 10:00:00", "Sep  1 10:00:00"], lastWritten: nil)
        == [Self.hour(2026, 11, 20), Self.hour(2026, 11, 19), Self.hour(2026, 9, 1)])
  }

  /// Goal: a line ahead of the clock is rejected as such, and not counted a year earlier.
  @Test(arguments: [nil, now]) func lineOfTomorrowIsInTheFuture(lastWritten: Int64?) throws {
    var parser = try makeParser(.syslog)
    let lines = Array((Self.line("Nov 27 11:59:00") + Self.line("Nov 28 11:00:00")).utf8)
    if let lastWritten {
      parser.beginFile(
        FileOutline(beginning: lines, sample: lines, lastWritten: lastWritten))
    }
    var batch = RecordBatch()
    parser.parse(lines.span.bytes, now: Self.now, into: &batch)
    #expect(batch.tallies.map(\.hour) == [Self.hour(2026, 11, 27, 11)])
    #expect(batch.rejections[.future]?.count == 1)
  }

  @Test func lineALittleAheadOfTheClockIsOfThisYear() throws {
    #expect(
      try Self.hours(["Nov 27 12:01:40"], lastWritten: nil) == [Self.hour(2026, 11, 27, 12)])
  }

  @Test(.enabled(if: hasZones, "needs tzdata"))
  func repeatedHourIsInferredFromTheOrderOfLines() throws {
    let settings = ParserSettings(
      format: .regex("^(?<time>.{16})"), timeLayout: "%F %H:%M",
      timeZone: try TimeZoneTests.rules("Europe/Berlin"))
    let stamps = [
      "2025-10-26 01:30", "2025-10-26 02:10", "2025-10-26 02:40", "2025-10-26 02:39",
      "2025-10-26 02:10", "2025-10-26 02:40", "2025-10-26 02:39", "2025-10-26 03:10",
    ]
    let first = Self.hour(2025, 10, 25, 23)
    #expect(
      try Self.hours(stamps, lastWritten: nil, settings: settings)
        == [0, 1, 1, 1, 2, 2, 2, 3].map { first + $0 })
  }
}

extension ParserSettings {
  fileprivate static let syslog = ParserSettings(format: .syslog)
}
