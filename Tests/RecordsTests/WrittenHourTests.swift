import Records
import TestSupport
import Testing

/// Hours as people write them.
@Suite struct WrittenHourTests {
  /// As in Berlin; a file of our own, so that no machine lacks it.
  private static let berlin = try! TimeZoneRules(
    name: "Europe/Berlin", tzif: timeZoneFile(rule: "CET-1CEST,M3.5.0,M10.5.0/3"))
  private static let kolkata = TimeZoneRules(fixedOffsetSeconds: 19_800, name: "IST")

  private func hour(_ text: String, _ rules: TimeZoneRules = Self.berlin) throws -> String {
    let written = try #require(WrittenHour(text), "\(text)")
    return try UTCTime(hour: written.hours(in: rules).hour).text
  }

  @Test(arguments: [
    // By the clocks of the zone, unless it says another.
    ("2026-01-31T09", "2026-01-31T08:00:00Z"), ("2026-07-31T09", "2026-07-31T07:00:00Z"),
    ("2026-01-31 09:00", "2026-01-31T08:00:00Z"), ("2026-01-31T09:59:59", "2026-01-31T08:00:00Z"),
    ("2026-01-31T09Z", "2026-01-31T09:00:00Z"), ("2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z"),
    ("2026-01-31 09:00 UTC", "2026-01-31T09:00:00Z"), ("2026-01-31T09+02", "2026-01-31T07:00:00Z"),
    ("2026-01-31T09:00-05:30", "2026-01-31T14:00:00Z"),
    ("Sat 2026-01-31 09:00 CET", "2026-01-31T08:00:00Z"),
    // The two hours of the night in which clocks are put back.
    ("2026-10-25T02", "2026-10-25T00:00:00Z"), ("2026-10-25T02 CEST", "2026-10-25T00:00:00Z"),
    ("2026-10-25T02 CET", "2026-10-25T01:00:00Z"),
  ]) func isReadByTheClocksOfTheZone(text: String, utc: String) throws {
    #expect(try hour(text) == utc)
  }

  @Test func isThatInWhichTheTimeLies() throws {
    // Hours begin at half past there.
    for text in ["2026-01-31T09", "2026-01-31T08:30", "2026-01-31T09:29"] {
      #expect(try hour(text, Self.kolkata) == "2026-01-31T03:00:00Z", "\(text)")
    }
    #expect(try hour("2026-01-31T09:30", Self.kolkata) == "2026-01-31T04:00:00Z")
  }

  /// Goal: what the commands show can be given back to them. Method: every hour of a year.
  @Test func isReadAsItIsShown() throws {
    for hour in 490_896..<490_896 + 8_760 {
      let shown = LocalTime(hour: hour, in: Self.berlin).text
      let written = try #require(WrittenHour(shown), "\(shown)")
      #expect(try written.hours(in: Self.berlin).hour == hour, "\(shown)")
    }
  }

  @Test func twiceShownIsSaidAndSkippedIsRefused() throws {
    let twice = try #require(WrittenHour("2026-10-25T02")).hours(in: Self.berlin)
    #expect(twice.second == twice.hour + 1)
    #expect(try #require(WrittenHour("2026-10-25T03")).hours(in: Self.berlin).second == nil)
    let skipped = try #require(WrittenHour("2026-03-29T02"))
    #expect(throws: WrittenHour.Failure.skipped) { try skipped.hours(in: Self.berlin) }
    let wrong = try #require(WrittenHour("2026-01-31T09 CEST"))
    #expect(throws: WrittenHour.Failure.otherAbbreviation(found: "CEST", expected: ["CET"])) {
      try wrong.hours(in: Self.berlin)
    }
  }

  @Test(arguments: [
    "", "yesterday", "2026-01-31", "2026-02-30T09", "2026-01-31T24", "2026-01-31T09:60",
    "Sun 2026-01-31 09:00", "2026-01-31T9", "2026-01-31T09X", "2026-01-31T09 Europe/Berlin",
    "2026-01-31T09+24", "2026-01-31T09:00:00Z and more", "x2026-01-31T09",
  ]) func otherTextIsNoHour(text: String) {
    #expect(WrittenHour(text) == nil)
  }
}
