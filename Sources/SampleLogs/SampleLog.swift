import Arithmetic
internal import NeuralNet
package import Records

/// The access log of a service that is hardly used: made up, but with habits worth learning.
///
/// Its clients have addresses set aside for documentation (RFC 5737) and say in the user agent that they are
/// synthetic. All times are UTC.
package struct SampleLog {
  /// What its requests are.
  package enum Kind: String, CaseIterable, Sendable {
    /// All of it, every year the same:
    ///
    /// - Every night at 02:10 to 02:20 a backup is uploaded, but for one night in twenty.
    /// - On working days people use it in office hours, less on Fridays and in August.
    /// - On the first working day of a month, at 06:00, a report is fetched.
    /// - Scanners come at any time.
    case service
    /// A nightly upload, of which one in twenty fails, and now and then a scanner; at what times, and how many, is drawn
    /// for each log anew. So it is with the other kinds.
    case nightly
    /// Use in office hours, and scanners.
    case office
    /// Use in office hours, a nightly upload, and scanners.
    case both
    /// A job of one to three hours on the same day of every week, and scanners.
    case weekly
    /// Nothing but scanners, each without regard to the others.
    case memoryless
  }

  /// Of 100 nights, this many have no upload.
  static let failedUploadsPercent = 5.0

  /// The end of a sample for people: in an ordinary week, so that what follows shows the habits.
  package static let usualEnd = CivilDate(year: 2026, month: 3, day: 12)

  private let first: Int
  private let end: Int
  private let habits: [any SampleHabit]
  private var generator: Xoshiro

  /// - Parameters:
  ///   - end: The day after the last one.
  ///   - healthCheckMinutes: A load balancer asks for `/healthz` this often; nil: never.
  package init(
    end: CivilDate, dayCount: Int, seed: UInt64, kind: Kind = .service,
    healthCheckMinutes: Int? = nil
  ) {
    self.end = end.daysSinceEpoch
    first = self.end - dayCount
    generator = Xoshiro(seed: seed)
    habits =
      Self.habits(kind, using: &generator)
      + [healthCheckMinutes.map { HealthChecks(everySeconds: $0 * 60) }].compactMap(\.self)
  }

  private static func habits(
    _ kind: Kind, using generator: inout Xoshiro
  ) -> [any SampleHabit] {
    if kind == .service {
      return [NightlyUpload(), OfficeHours(), MonthlyReport(), Scanners(perDay: 0.25)]
    }
    if kind == .memoryless { return [Scanners(perDay: 0.5 + 6 * generator.uniform())] }
    let scanners = Scanners(perDay: 0.5 * generator.uniform())
    let upload = NightlyUpload(startSecond: generator.index(below: 6 * 3_600))
    let office = OfficeHours(
      firstHour: 6 + generator.index(below: 3), busyness: 0.3 + 1.2 * generator.uniform())
    let job = WeeklyJob(
      weekday: generator.index(below: 7), firstHour: generator.index(below: 22),
      hourCount: 1 + generator.index(below: 3))
    switch kind {
    case .nightly: return [upload, scanners]
    case .office: return [office, scanners]
    case .weekly: return [job, scanners]
    default: return [upload, office, scanners]
    }
  }

  /// Writes the log day by day, in the order of time.
  ///
  /// - Parameter write: Gets some lines, each with its line feed.
  package mutating func write(to write: (String) throws -> Void) rethrows {
    for number in first..<end {
      var day = SampleDay(date: CivilDate(daysSinceEpoch: number))
      for habit in habits { habit.addRequests(to: &day, using: &generator) }
      try write(day.requestsInOrder.map { $0.line(on: number) }.joined())
    }
  }

  /// Monday to Friday, but not from Christmas Eve to New Year's Day.
  package static func isWorkingDay(_ date: CivilDate) -> Bool {
    let isHoliday = (date.month == 12 && date.day >= 24) || (date.month == 1 && date.day == 1)
    return date.weekday < 5 && !isHoliday
  }
}
