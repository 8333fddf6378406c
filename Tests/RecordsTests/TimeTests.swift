import Records
import Testing

@Suite struct TimeTests {
  static func time(
    _ stamp: String, _ layout: String?, zone: TimeZoneRules = .utc, now: Int64 = later
  ) throws -> LineResult? {
    let settings = ParserSettings(
      format: .regex("^(?<time>.*)$"), timeLayout: layout, timeZone: zone)
    return try batch(of: stamp + "\n", settings, now: now).only
  }

  @Test(
    arguments: [
      ("2015-02-15 05:11AM", "%Y-%m-%d %I:%M%p", 1_423_977_060),
      ("2015-02-15 12:00am", "%Y-%m-%d %I:%M%p", 1_423_958_400),
      ("2015-02-15 12:00 PM", "%Y-%m-%d %I:%M %p", 1_424_001_600),
      ("Thu, 01 Jan 2026 00:00:00 GMT", "%a, %d %b %Y %T %Z", 1_767_225_600),
      ("Thursday 1 january 2026 0:00:00 CEST", "%A %e %B %Y %k:%M:%S %Z", 1_767_225_600 - 7_200),
      ("01.01.26 01:00 +01:00", "%d.%m.%y %H:%M %z", 1_767_225_600),
      ("26001T000000-0000", "%y%jT%H%M%S%z", 1_767_225_600),
      ("1767225600", "%s", 1_767_225_600),
      ("1767225600.5", "%s.%f", 1_767_225_600),
      ("100% 2026-01-01 00:00:00", "100%% %F %T", 1_767_225_600),
      ("2016-12-31 23:59:60", "%F %T", 1_483_228_799),
    ] as [(String, String, Int64)])
  func layoutIsRead(stamp: String, layout: String, time: Int64) throws {
    #expect(try Self.time(stamp, layout) == .counted(time, key: ""))
  }

  @Test(arguments: [
    ("2015-02-15 13:11AM", "%Y-%m-%d %I:%M%p"), ("2015-02-15 00:11AM", "%Y-%m-%d %I:%M%p"),
    ("2015-02-30 01:00", "%F %R"), ("2015-02-15 01:00 ", "%F %R"), ("2015-02-15", "%F %R"),
    ("2015-366 01", "%Y-%j %H"), ("Foo 1 2015 01", "%b %d %Y %H"), ("", "%F %R"),
    ("1969-12-31 23:59", "%F %R"), ("2015-02-15 01:00 +2500", "%F %R %z"),
  ])
  func stampOfAnotherLayoutIsNoTime(stamp: String, layout: String) throws {
    #expect(try Self.time(stamp, layout) == .rejected(.invalidTime))
  }

  @Test(
    arguments: [
      ("2026-01-01T00:00:00Z", 1_767_225_600), ("2026-01-01 00:00:00", 1_767_225_600),
      ("2026-01-01T01:30:00.999999+01:30", 1_767_225_600), ("20260101T000000Z", 1_767_225_600),
      ("2025-12-31t19:00:00,5-0500", 1_767_225_600), ("2026-01-01T00:00Z", 1_767_225_600),
      ("2026-01-01 00:00:00 +00", 1_767_225_600),
      ("1767225600", 1_767_225_600), ("1767225600.999", 1_767_225_600),
      ("1767225600999", 1_767_225_600), ("1767225600999999", 1_767_225_600),
      ("1767225600999999999", 1_767_225_600), ("1.7672256e9", 1_767_225_600),
      ("01/Jan/2026:00:00:00 +0000", 1_767_225_600),
    ] as [(String, Int64)])
  func usualNotationsNeedNoLayout(stamp: String, time: Int64) throws {
    #expect(try Self.time(stamp, nil) == .counted(time, key: ""))
  }

  @Test(arguments: [
    "2026-01-01", "2026-01-01T", "2026-01-01T00", "2026-1-01T00:00:00Z", "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00Zx", "2026-01-01T24:00:00Z", "2026-0101T00:00:00Z", "-1", "1e9", "1.2.3",
    "99999999999999999999", "9999999999999999999", "now", "1767225600 ",
  ])
  func whatIsNoUsualNotationIsNoTime(stamp: String) throws {
    #expect(try Self.time(stamp, nil) == .rejected(.invalidTime))
  }

  @Test(
    arguments: [
      ("epoch", "1767225600", 1_767_225_600), ("epoch_ms", "5000", 5),
      ("epoch_us", "5999999", 5), ("epoch_ns", "1767225600000000001", 1_767_225_600),
      ("epoch_ms", "1500.7", 1),
    ] as [(String, String, Int64)])
  func epochHasTheUnitThatIsSet(layout: String, stamp: String, time: Int64) throws {
    #expect(try Self.time(stamp, layout) == .counted(time, key: ""))
  }

  @Test(
    arguments: [
      // New Year's Eve, read a minute later; a leap day, read in 2027; a stamp of this minute.
      ("Dec 31 23:59:30", 1_767_225_630, 1_767_225_570),
      ("Feb 29 00:00:00", 1_798_761_600, 1_709_164_800),
      ("Jan  1 00:00:30", 1_767_225_630, 1_767_225_630),
    ] as [(String, Int64, Int64)])
  func stampWithoutAYearIsTheLatestThatIsNotInTheFuture(
    stamp: String, now: Int64, time: Int64
  ) throws {
    #expect(try Self.time(stamp, "%b %e %H:%M:%S", now: now) == .counted(time, key: ""))
  }

  @Test func settingsTellThatAYearIsInferred() {
    #expect(ParserSettings(format: .syslog).infersYear)
    #expect(ParserSettings(format: .json, timeLayout: "%b %d %T").infersYear)
    #expect(!ParserSettings(format: .json, timeLayout: "%F %T").infersYear)
    #expect(!ParserSettings(format: .json, timeLayout: "epoch_ms").infersYear)
    #expect(!ParserSettings(format: .combined).infersYear)
  }

  @Test func recordAheadOfTheClockIsRejectedBeyondTheAllowance() throws {
    let settings = ParserSettings(format: .epoch, maxAheadSeconds: 300)
    #expect(try batch(of: "1300\n", settings, now: 1_000).only == .counted(1_300, key: ""))
    #expect(try batch(of: "1301\n", settings, now: 1_000).only == .rejected(.future))
  }

  @Test func civilDatesAndDaysAgree() {
    var date = CivilDate(year: 1899, month: 12, day: 31)
    for days in date.daysSinceEpoch...CivilDate(year: 2401, month: 1, day: 1).daysSinceEpoch {
      #expect(CivilDate(daysSinceEpoch: days) == date && date.daysSinceEpoch == days)
      #expect(date.weekday == ((days + 3) % 7 + 7) % 7)
      date.day += 1
      if !date.exists { (date.month, date.day) = (date.month + 1, 1) }
      if !date.exists { date = CivilDate(year: date.year + 1, month: 1, day: 1) }
    }
  }
}
