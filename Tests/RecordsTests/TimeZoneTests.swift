import Foundation
import Records
import TestSupport
import Testing

/// Against the zone database of the system and Foundation's reading of it.
@Suite(.enabled(if: hasZones, "needs tzdata"))
struct TimeZoneTests {
  static func rules(_ name: String) throws -> TimeZoneRules {
    let file = try Data(contentsOf: URL(filePath: zones + name))
    return try TimeZoneRules(name: name, tzif: Array(file))
  }

  @Test(arguments: [
    "Europe/Berlin", "America/New_York", "America/Denver", "Australia/Lord_Howe", "Asia/Kolkata",
    "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo", "Etc/UTC", "Europe/Dublin",
    "America/Nuuk", "Asia/Gaza",
  ])
  func offsetsAgreeWithFoundation(name: String) throws {
    let rules = try Self.rules(name)
    let zone = try #require(TimeZone(identifier: name))
    // Every 7 hours of 1975 to 2060, far beyond the last transition in the file.
    for instant in stride(from: 157_766_400 as Int64, to: 2_840_140_800, by: 25_201) {
      let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant)))
      guard rules.offset(at: instant) == expected else {
        Issue.record("\(name) at \(instant): \(rules.offset(at: instant)), expected \(expected)")
        return
      }
    }
  }

  @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Etc/UTC"])
  func localTimeAndBackIsTheSameOrAnHourEarlier(name: String) throws {
    let rules = try Self.rules(name)
    for instant in stride(from: 1_420_070_400 as Int64, to: 1_900_000_000, by: 1_801) {
      let local = instant + Int64(rules.offset(at: instant))
      let back = rules.instant(ofLocal: local)
      #expect(
        back == instant || (back < instant && rules.offset(at: back) != rules.offset(at: instant)))
      #expect(back + Int64(rules.offset(at: back)) == local)
    }
  }

  @Test(
    arguments: [
      // 2026-03-29 02:30 does not exist: 03:30 CEST. 2026-10-25 02:30 comes twice: the first, CEST.
      ("2026-03-29 02:30", 1_774_747_800), ("2026-10-25 02:30", 1_792_888_200),
      ("2026-10-25 03:00", 1_792_893_600), ("2026-03-29 03:00", 1_774_746_000),
      ("2090-07-01 12:00", 3_802_586_400),
    ] as [(String, Int64)])
  func clockChangesAreResolvedAsDocumented(local: String, instant: Int64) throws {
    let result = try TimeTests.time(local, "%F %R", zone: Self.rules("Europe/Berlin"))
    #expect(result == .counted(instant, key: ""))
  }

  @Test(
    arguments: [
      ("Europe/Berlin", 1_770_000_000, "CET"), ("Europe/Berlin", 1_783_000_000, "CEST"),
      // By the rule after the last transition, and before the first.
      ("Europe/Berlin", 3_802_586_400, "CEST"), ("Europe/Berlin", -3_000_000_000, "LMT"),
      ("America/Sao_Paulo", 1_770_000_000, "-03"), ("Asia/Kolkata", 1_770_000_000, "IST"),
      ("Etc/UTC", 0, "UTC"),
    ] as [(String, Int64, String)])
  func zonesAreCalledAsPeopleCallThem(name: String, instant: Int64, abbreviation: String) throws {
    #expect(try Self.rules(name).abbreviation(at: instant) == abbreviation)
  }

  @Test func localTimesHaveWeekdayDateAndZone() throws {
    let local = LocalTime(hour: 494_985, in: try Self.rules("Asia/Kolkata"))
    #expect(local.text == "Sat 2026-06-20 14:30 IST")
    #expect(local.inWeek == "Sat 14:30 IST" && local.day == "20 Jun")
  }

  @Test func hoursAreReadAsTheyAreWritten() {
    for hour in [0, 490_900, 494_985, -1] {
      #expect(UTCTime.hour(of: UTCTime(hour: hour).text) == hour)
    }
    for text in [
      "", "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T09:00:00",
      "xxxx-xx-xxTxx:xx:xxZ",
    ] {
      #expect(UTCTime.hour(of: text) == nil)
    }
  }

  @Test func brokenFileIsRefusedAtEveryLength() throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: zones + "Europe/Berlin")))
    for length in 0..<bytes.count {
      #expect(throws: TimeZoneError.self) {
        try TimeZoneRules(name: "cut", tzif: Array(bytes.prefix(length)))
      }
    }
  }

  @Test func mutatedFileNeverCrashes() throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: zones + "Europe/Berlin")))
    var random = Chance(seed: 3)
    for _ in 0..<20_000 {
      var mutant = bytes
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let index =
          Bool.random(using: &random)
          ? Int.random(in: 0..<44, using: &random) : mutant.indices.randomElement(using: &random)!
        mutant[index] = UInt8.random(in: .min ... .max, using: &random)
      }
      // What is refused is of no interest here.
      guard let rules = try? TimeZoneRules(name: "mutant", tzif: mutant) else { continue }
      for instant in [Int64.min / 4, -1, 0, 1_767_225_600, Int64.max / 4] {
        #expect(abs(rules.offset(at: rules.instant(ofLocal: instant))) < 90_000 * 8)
      }
    }
  }
}

private let zones = "/usr/share/zoneinfo/"
let hasZones = FileManager.default.fileExists(atPath: zones + "Europe/Berlin")
