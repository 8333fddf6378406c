import Foundation
import Records
import Reporting
import Testing

/// The hours ahead, as people see them.
struct ForecastTextTests {
  /// Sat 2026-11-28 00:00 UTC.
  private static let midnight = 498_840
  private static let now = Int64(midnight) * 3600 + 200

  private static func outlook(
    _ probabilities: [Double], stream: String = "web", threshold: Double? = 0.5
  ) -> StreamOutlook {
    StreamOutlook(
      stream: stream, zone: TimeZoneRules(fixedOffsetSeconds: 3_600, name: "CET"),
      origin: midnight - 1, probabilities: probabilities, threshold: threshold, evidence: nil)
  }

  private static func lines(
    _ outlook: StreamOutlook, hours: Int = 24, now: Int64? = now,
    from keeper: ForecastKeeper = .nobody,
    columns: Int = 80, utf8: Bool = true
  ) -> [String] {
    var style = TerminalStyle()
    (style.columns, style.isUTF8) = (columns, utf8)
    return ForecastText(outlook, hourCount: hours, now: now, from: keeper, style).lines
  }

  @Test func likelyHoursAreListedAsSpellsOfLocalTime() {
    let lines = Self.lines(Self.outlook([0.1, 0.6, 0.81, 0.2, 0.5]), hours: 5)
    #expect(
      lines.first == "web: probability of a request in percent, from Sat 2026-11-28 01:00 CET")
    #expect(
      lines.suffix(3) == [
        "An alert is due where the threshold of 50 % is reached:",
        "  Sat 02:00 to 04:00 CET, up to 81 %", "  Sat 05:00 to 06:00 CET, 50 %",
      ])
  }

  @Test func aSpellMayLieAcrossMidnightAndThereAreNoMoreThanAFew() {
    var probabilities = Array(repeating: 0.9, count: 24)
    for hour in stride(from: 1, to: 21, by: 3) { probabilities[hour] = 0.1 }
    let lines = Self.lines(Self.outlook(probabilities))
    #expect(lines.last == "  and 2 times more")
    let late = Self.lines(Self.outlook(Array(repeating: 0.1, count: 22) + [0.7, 0.7]))
    #expect(late.last == "  Sat 23:00 CET to Sun 01:00 CET, up to 70 %")
  }

  @Test func withoutALikelyHourTheLikeliestIsReported() {
    let lines = Self.lines(Self.outlook([0.1, 0.31, 0.001]), hours: 3)
    #expect(
      lines.suffix(2).joined() == "No alert is due: no hour reaches the threshold of 50 %; the "
        + "likeliest is Sat  02:00 CET with 31 %.")
    #expect(!Self.lines(Self.outlook([0.1], threshold: nil)).joined().contains("threshold"))
  }

  @Test(arguments: [46, 60, 80], [true, false])
  func everyLineFits(columns: Int, utf8: Bool) {
    let outlook = Self.outlook(
      (0..<48).map { Double($0) / 48 }, stream: "größe:/größer")
    let lines = Self.lines(outlook, hours: 48, now: Self.now + 90_000, columns: columns, utf8: utf8)
    #expect(lines.allSatisfy { $0.count <= columns })
    #expect(lines.allSatisfy { utf8 || $0.allSatisfy(\.isASCII) })
  }

  @Test func forecastOfAnHourAgoIsStale() {
    let outlook = Self.outlook([0.1])
    // While a network is trained an hour may stay open a little.
    let end = Int64(Self.midnight + 1) * 3600
    #expect(outlook.hoursStale(now: end + 179) == nil)
    #expect(outlook.hoursStale(now: end + 180) == 1)
    #expect(outlook.hoursStale(now: end + 3 * 3600 + 1) == 4)
    let state = Self.lines(outlook, now: end + 3 * 3600).joined(separator: " ")
    #expect(state.contains("STALE: it was made at Sat 2026-11-28 01:00 CET, and for 4 hours"))
    #expect(state.contains("the state is not written any more"))
    let stopped = Self.lines(outlook, now: end + 200, from: .stoppedDaemon).joined(separator: " ")
    #expect(stopped.contains("the daemon does not run"))
    #expect(!Self.lines(outlook, now: nil).joined().contains("STALE"))
  }

  /// Goal: a daemon that is busy with old hours is not shown as stopped, and one that waits for late lines is shown as
  /// neither.
  @Test func aRunningDaemonIsBehindForReasonsOfItsOwn() {
    let outlook = Self.outlook([0.1])
    let end = Int64(Self.midnight + 1) * 3600
    func said(_ keeper: ForecastKeeper, _ now: Int64) -> String {
      Self.lines(outlook, now: now, from: keeper).joined(separator: " ").split(separator: " ")
        .joined(separator: " ")
    }
    let catchUp = StatusReport.HourCatchUp(
      Backlog.Progress(total: 8_000, done: 4_088, secondsLeft: 100), openHour: Self.midnight)
    let behind = said(.daemon(catchUp: catchUp), end + 99 * 3600)
    #expect(behind.contains("for 4 days there should have been a newer one: the daemon catches up"))
    #expect(behind.contains("up to Sat 2026-11-28 00:00 UTC, 3912 hours to go, about 100 s."))
    #expect(!said(.daemon(catchUp: nil), end + 3_700).contains("STALE"))
    #expect(said(.daemon(catchUp: nil), end + 3_780).contains("for 2 hours"))
    #expect(said(.openState, end + 99 * 3600).contains("the daemon that has the state open"))
  }

  @Test func aYoungStreamTellsWhatItWaitsFor() {
    var outlook = Self.outlook([0.1])
    outlook.hasNetwork = false
    outlook.evidence = .init(
      since: Self.midnight - 48, activeHours: 2, activeDays: 1, neededActiveHours: 5, neededDays: 3)
    let text = Self.lines(outlook).joined(separator: " ").split(separator: " ")
      .joined(separator: " ")
    #expect(
      text.contains(
        "Young: active in 2 hours on 1 day since Thu 2026-11-26 01:00 CET; its alerts are delivered "
          + "from 5 active hours on 3 days, at this rate from about Wed 2026-12-02."))
    #expect(text.contains("No network is trained yet"))
    outlook.evidence?.activeHours = 5
    outlook.evidence?.activeDays = 3
    #expect(!Self.lines(outlook).joined().contains("Young"))
  }

  @Test func beforeTheFirstHourIsOverThereIsNoForecast() {
    var outlook = Self.outlook([])
    outlook.origin = nil
    #expect(
      Self.lines(outlook)
        == ["web: no forecast yet; one is made when this hour is over"])
  }

  @Test func aNameNeverReachesTheTerminalRaw() {
    let lines = Self.lines(Self.outlook([0.1], stream: "a\u{1b}[31m\u{202e}\nb"))
    #expect(lines[0].hasPrefix(#"a\x1b[31m\u{202e}\nb: "#))
  }
}
