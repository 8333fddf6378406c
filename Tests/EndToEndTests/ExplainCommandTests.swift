import Foundation
import TestSupport
import Testing

/// `harbinger explain`: which hour it reads, on a state whose source is in a zone of its own.
@Suite struct ExplainCommandTests {
  private static let bed = Result {
    let folder = try TemporaryFolder()
    for arguments in [
      ["sample", "--days", "40", "--output", "access.log"],
      ["replay", "--time-zone", "Europe/Berlin", "--state", "state.sqlite", "access.log"],
    ] {
      let made = try Program.run(arguments, in: folder)
      guard made.status == 0 else {
        throw TookTooLong(what: "\(arguments)", why: "it failed", errors: made.errors)
      }
    }
    return folder
  }

  private func explain(_ hour: String, _ more: String...) throws -> Program.Result {
    try Program.run(
      ["explain", "--state", "state.sqlite", "log", hour] + more, in: Self.bed.get())
  }

  @Test func hoursAreByTheClocksOfTheSource() throws {
    let local = try explain("2026-03-10T17")
    #expect(local.status == 0, "\(local.errors)")
    #expect(local.output.hasPrefix("log, Tue 2026-03-10 17:00 CET, 1 h ahead: p = "))
    for same in ["2026-03-10T16Z", "2026-03-10 17:00", "Tue 2026-03-10 17:00 CET"] {
      #expect(try explain(same).output == local.output, "\(same)")
    }
    let document =
      try JSONSerialization.jsonObject(
        with: Data(explain("2026-03-10T17", "--json").output.utf8)) as? [String: Any]
    #expect(document?["hour"] as? String == "2026-03-10T16:00:00Z")
    #expect(document?["local_time"] as? String == "Tue 2026-03-10 17:00 CET")
  }

  /// Goal: what is named as allowed is allowed. Method: both hours of the sentence, as they stand there, and those beside them.
  @Test(arguments: [1, 5]) func bothHoursThatAreNamedAsAllowedAreExplained(lead: Int) throws {
    let refused = try explain("2036-01-31T09", "--lead", "\(lead)")
    #expect(refused.status == 66)
    let named = refused.errors.matches(of: /\w{3} \d{4}-\d\d-\d\d \d\d:\d\d CES?T/).map {
      String($0.output)
    }
    #expect(named.count == 3, "\(refused.errors)")
    for hour in named.suffix(2) {
      let answer = try explain(hour, "--lead", "\(lead)")
      #expect(answer.status == 0 && answer.output.contains(", \(hour), "), "\(answer.errors)")
    }
    let moments = try named.suffix(2).map { text in
      let document =
        try JSONSerialization.jsonObject(
          with: Data(explain(text, "--json", "--lead", "\(lead)").output.utf8)) as? [String: Any]
      return try #require(
        ISO8601DateFormatter().date(from: document?["hour"] as? String ?? ""))
    }
    for beyond in [moments[0].addingTimeInterval(-3_600), moments[1].addingTimeInterval(3_600)] {
      #expect(try explain(beyond.formatted(.iso8601), "--lead", "\(lead)").status == 66)
    }
  }

  @Test func whatClocksDoNotShowIsOneSentence() throws {
    let other = try explain("2026-03-10T17 CEST")
    #expect(other.status == 64)
    #expect(other.errors == "<hour>, in Europe/Berlin: found CEST, expected CET, or Z for UTC\n")
    let skipped = try explain("2026-03-29T02")
    #expect(skipped.status == 64)
    #expect(
      skipped.errors
        == "<hour>, in Europe/Berlin: found an hour over which clocks are put forward\n")
    // Of two hours the first is read, and that is said.
    let twice = try explain("2025-10-26T02")
    #expect(twice.errors.hasPrefix("clocks show 02:00 twice that day: this is the first; "))
    #expect(twice.errors.contains("'Sun 2025-10-26 02:00 CET'"))
  }

  /// Goal: a day of alerts begins where people's day does.
  @Test func alertsSinceADayAreByTheClocksOfTheirSource() throws {
    let folder = try Self.bed.get()
    let all = try Program.run(["alerts", "--state", "state.sqlite"], in: folder).output
    let days = all.matches(of: /\w{3} (\d{4}-\d\d-\d\d) \d\d:\d\d CET/).map { String($0.1) }
    let day = try #require(days.last)
    let since = try Program.run(
      ["alerts", "--state", "state.sqlite", "--since", day], in: folder
    ).output
    let shown = since.matches(of: /\w{3} (\d{4}-\d\d-\d\d) \d\d:\d\d CET/).map { String($0.1) }
    #expect(shown == days.filter { $0 >= day } && !shown.isEmpty)
  }
}
