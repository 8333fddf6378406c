import Records
import SampleLogs
import Testing

private let newYear2026 = CivilDate(year: 2026, month: 1, day: 1)

private func lines(
  end: CivilDate = newYear2026, days: Int = 365, seed: UInt64 = 1,
  kind: SampleLog.Kind = .service, healthCheckMinutes: Int? = nil
) -> [Substring] {
  var text = ""
  var log = SampleLog(
    end: end, dayCount: days, seed: seed, kind: kind, healthCheckMinutes: healthCheckMinutes)
  log.write { text += $0 }
  return text.split(separator: "\n")
}

/// `02/Jan/2025:09`
private func hour(_ line: Substring) -> Substring {
  line[line.index(after: line.firstIndex(of: "[")!)...].prefix(14)
}

private func hourOfDay(_ line: Substring) -> Int { Int(hour(line).suffix(2))! }

@Test func sameSeedGivesTheSameSampleLog() {
  #expect(lines(seed: 5) == lines(seed: 5))
}

@Test func anotherSeedGivesAnotherSampleLog() {
  #expect(lines(seed: 5) != lines(seed: 6))
}

@Test func sampleYearIsMostlyIdle() {
  let lines = lines()
  #expect((10_000...30_000).contains(lines.count))
  let activeHours = Set(lines.map(hour)).count
  #expect((2_000...4_000).contains(activeHours))
}

@Test func sampleLogCoversItsDaysInOrder() throws {
  let lines = lines(end: CivilDate(year: 2024, month: 3, day: 1), days: 2, healthCheckMinutes: 60)
  #expect(lines.first.map(hour) == "28/Feb/2024:00")
  #expect(lines.last.map(hour) == "29/Feb/2024:23")
  let stamps = lines.map { $0[$0.firstIndex(of: "[")!...].prefix(22) }
  #expect(stamps == stamps.sorted())
}

@Test func sampleLogParsesWithoutARejection() throws {
  var parser = try RecordParser(
    settings: ParserSettings(),
    compilePattern: { _ throws(PatternError) in throw PatternError(message: "none", offset: 0) })
  let lines = lines(healthCheckMinutes: 30)
  let text = Array(lines.joined(separator: "\n").utf8) + [10]
  var batch = RecordBatch()
  parser.parse(text.span.bytes, now: 1_767_225_600, into: &batch)
  #expect(batch.lineCount == lines.count)
  #expect(batch.rejections.isEmpty)
}

@Test func uploadComesNearlyEveryNightAtTheSameTime() {
  let uploads = lines().filter { $0.contains("POST /upload/backup ") }
  #expect((335...357).contains(uploads.count))
  #expect(
    Set(uploads.map { $0.split(separator: ":", maxSplits: 3)[1...2].joined().prefix(3) }) == ["021"]
  )
}

@Test func peopleComeInOfficeHoursOnWorkingDays() {
  let visits = lines().filter { $0.hasPrefix("198.51.100.") }
  #expect(visits.allSatisfy { (7...18).contains(hourOfDay($0)) })
  let weekend = visits.filter { line in
    let stamp = hour(line)
    // The Saturdays and Sundays of January 2025.
    return stamp.contains("/Jan/2025")
      && [4, 5, 11, 12, 18, 19, 25, 26].contains(Int(stamp.prefix(2))!)
  }
  #expect(weekend.isEmpty)
  #expect(visits.allSatisfy { !hour($0).hasPrefix("25/Dec") && !hour($0).hasPrefix("01/Jan") })
}

@Test func reportIsFetchedOnTheFirstWorkingDayOfAMonth() {
  let hours = Set(lines().filter { $0.contains("/reports/monthly") }.map(hour))
  #expect(
    hours == [
      "02/Jan/2025:06", "03/Feb/2025:06", "03/Mar/2025:06", "01/Apr/2025:06", "01/May/2025:06",
      "02/Jun/2025:06", "01/Jul/2025:06", "01/Aug/2025:06", "01/Sep/2025:06", "01/Oct/2025:06",
      "03/Nov/2025:06", "01/Dec/2025:06",
    ])
}

@Test func scannersComeAtAnyHour() {
  let scans = lines().filter { $0.hasPrefix("203.0.113.") }
  #expect((100...500).contains(scans.count))
  #expect(Set(scans.map(hourOfDay)).count > 16)
}

@Test func healthChecksComeAsOftenAsAsked() {
  let checks = lines(days: 3, healthCheckMinutes: 30).filter { $0.contains("GET /healthz ") }
  #expect(checks.count == 3 * 48)
}

@Test func everyAgentOfTheSampleSaysItIsSynthetic() {
  let silent = lines(healthCheckMinutes: 60).filter { !$0.contains("synthetic") }
  #expect(silent.allSatisfy { $0.hasPrefix("203.0.113.") && $0.hasSuffix(#""-" "-""#) })
}

/// Two weeks of a kind, from a Monday on.
private func fortnight(_ kind: SampleLog.Kind, seed: UInt64) -> [Substring] {
  lines(end: CivilDate(year: 2025, month: 6, day: 16), days: 14, seed: seed, kind: kind)
}

@Test(arguments: SampleLog.Kind.allCases)
func kindsDependOnTheSeedAlone(kind: SampleLog.Kind) {
  #expect(fortnight(kind, seed: 3) == fortnight(kind, seed: 3))
  #expect(fortnight(kind, seed: 3) != fortnight(kind, seed: 4))
}

/// Goal: a kind has its habits and no others. Method: which clients occur at all, over several seeds.
@Test(arguments: [
  (SampleLog.Kind.nightly, isUpload: true, isOffice: false, isReport: false),
  (.office, false, true, false), (.both, true, true, false), (.weekly, false, false, true),
  (.memoryless, false, false, false),
])
func kindHasItsHabits(
  kind: SampleLog.Kind, isUpload: Bool, isOffice: Bool, isReport: Bool
) {
  for seed in 1...8 {
    let lines = fortnight(kind, seed: UInt64(seed))
    let uploads = lines.filter { $0.contains("POST /upload/backup ") }
    let visits = lines.filter { $0.hasPrefix("198.51.100.") }
    let reports = lines.filter { $0.contains("/reports/monthly") }
    #expect(uploads.isEmpty != isUpload && visits.isEmpty != isOffice)
    #expect(reports.isEmpty != isReport)
    // At one time of the night, in one or two hours of the clock if it lies at their border.
    #expect(uploads.isEmpty || ((10...14).contains(uploads.count)))
    #expect(Set(uploads.map(hourOfDay)).count <= 2)
    // One day a week, twice.
    #expect(Set(reports.map { hour($0).prefix(2) }).count == (isReport ? 2 : 0))
    #expect(visits.allSatisfy { !["07", "08", "14", "15"].contains(hour($0).prefix(2)) })
  }
}
