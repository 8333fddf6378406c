import Arithmetic
internal import NeuralNet
package import Records

/// A year of a service that is hardly used, as its access log would show it: made up, but
/// with habits worth learning.
///
/// - Every night at 02:10 to 02:20 a backup is uploaded, but for one night in twenty.
/// - On working days people use it in office hours, less on Fridays and in August.
/// - On the first working day of a month, at 06:00, a report is fetched.
/// - Scanners come at any time.
///
/// Its clients have addresses set aside for documentation (RFC 5737) and say in the user agent that they are
/// synthetic. All times are UTC.
package struct SampleLog {
  /// Of 100 nights, this many have no upload.
  static let failedUploadsPercent = 5.0

  /// The end of a sample for people: in an ordinary week, so that what follows shows the habits.
  package static let usualEnd = CivilDate(year: 2026, month: 3, day: 12)

  private let first: Int
  private let end: Int
  private let healthCheckSeconds: Int?
  private var generator: Xoshiro

  /// - Parameters:
  ///   - end: The day after the last one.
  ///   - healthCheckMinutes: A load balancer asks for `/healthz` this often; nil: never.
  package init(end: CivilDate, dayCount: Int, seed: UInt64, healthCheckMinutes: Int? = nil) {
    self.end = end.daysSinceEpoch
    first = self.end - dayCount
    healthCheckSeconds = healthCheckMinutes.map { $0 * 60 }
    generator = Xoshiro(seed: seed)
  }

  /// Writes the log day by day, in the order of time.
  ///
  /// - Parameter write: Gets some lines, each with its line feed.
  package mutating func write(to write: (String) throws -> Void) rethrows {
    for day in first..<end {
      var requests = requests(on: day)
      requests.sort { ($0.second, $0.order) < ($1.second, $1.order) }
      try write(requests.map { $0.line(on: day) }.joined())
    }
  }

  private mutating func requests(on day: Int) -> [SampleRequest] {
    let date = CivilDate(daysSinceEpoch: day)
    var day = SampleDay(date: date, isWorkingDay: Self.isWorkingDay(date))
    addUpload(&day)
    addOfficeHours(&day)
    addMonthlyReport(&day)
    addScanners(&day)
    if let healthCheckSeconds {
      for second in stride(from: 23, to: 86_400, by: healthCheckSeconds) {
        day.add(.healthCheck, at: second)
      }
    }
    return day.requests
  }

  private mutating func addUpload(_ day: inout SampleDay) {
    let start = 2 * 3_600 + 600 + generator.index(below: 600)
    let bytes = 200 + generator.index(below: 40)
    if generator.uniform() * 100 >= Self.failedUploadsPercent {
      day.add(.upload(bytes: bytes), at: start)
    }
  }

  /// Requests per hour of a common working day, from 07:00 on.
  private static let officeHours = [0.1, 0.8, 5, 8, 7, 2.5, 5, 7, 6, 3.5, 1.2, 0.3]

  private mutating func addOfficeHours(_ day: inout SampleDay) {
    guard day.isWorkingDay else { return }
    let season = day.date.month == 8 ? 0.6 : 1
    for (index, mean) in Self.officeHours.enumerated() {
      let hour = 7 + index
      let weekday = day.date.weekday == 4 && hour >= 14 ? 0.3 : 1
      for _ in 0..<generator.poisson(mean * season * weekday) {
        let request = SampleRequest.Kind.person(
          number: generator.index(below: 12),
          page: generator.index(below: SampleRequest.pages.count),
          bytes: 400 + generator.index(below: 30_000))
        day.add(request, at: hour * 3_600 + generator.index(below: 3_600))
      }
    }
  }

  private mutating func addMonthlyReport(_ day: inout SampleDay) {
    let isFirst = (1..<day.date.day).allSatisfy { earlier in
      !Self.isWorkingDay(CivilDate(year: day.date.year, month: day.date.month, day: earlier))
    }
    guard day.isWorkingDay, isFirst else { return }
    for part in 0..<(10 + generator.index(below: 10)) {
      day.add(.report(part: part), at: 6 * 3_600 + 4 * part + generator.index(below: 4))
    }
  }

  private mutating func addScanners(_ day: inout SampleDay) {
    for _ in 0..<generator.poisson(0.25) {
      let start = generator.index(below: 86_000)
      let host = 1 + generator.index(below: 254)
      for attempt in 0..<(1 + generator.index(below: 5)) {
        day.add(
          .scanner(host: host, probe: generator.index(below: SampleRequest.probes.count)),
          at: start + attempt * 2)
      }
    }
  }

  /// Monday to Friday, but not from Christmas Eve to New Year's Day.
  package static func isWorkingDay(_ date: CivilDate) -> Bool {
    let isHoliday = (date.month == 12 && date.day >= 24) || (date.month == 1 && date.day == 1)
    return date.weekday < 5 && !isHoliday
  }
}

/// A day while it is being filled.
private struct SampleDay {
  let date: CivilDate
  let isWorkingDay: Bool
  private(set) var requests: [SampleRequest] = []

  init(date: CivilDate, isWorkingDay: Bool) {
    self.date = date
    self.isWorkingDay = isWorkingDay
  }

  mutating func add(_ kind: SampleRequest.Kind, at second: Int) {
    requests.append(SampleRequest(second: second, order: requests.count, kind: kind))
  }
}

extension Xoshiro {
  /// Uniform in 0..<count, as good as exactly for small counts.
  fileprivate mutating func index(below count: Int) -> Int {
    Int(uniform() * Double(count))
  }

  /// - Source: Knuth, TAOCP vol. 2, 3.4.1: the uniforms whose product stays above e^−mean are counted.
  fileprivate mutating func poisson(_ mean: Double) -> Int {
    // e^−mean by its series: the standard library has no exponential, and the means are small.
    var term = 1.0
    var exponential = 1.0
    for power in 1...60 {
      term *= mean / Double(power)
      exponential += term
    }
    let limit = 1 / exponential
    var product = uniform()
    var count = 0
    while product > limit {
      count += 1
      product *= uniform()
    }
    return count
  }
}
