import Arithmetic
import NeuralNet
import Records

/// A reason why requests come.
protocol SampleHabit: Sendable {
  /// Adds the requests of a day.
  func addRequests(to day: inout SampleDay, using generator: inout Xoshiro)
}

/// A day while it is being filled.
struct SampleDay {
  let date: CivilDate
  private var requests: [SampleRequest] = []

  init(date: CivilDate) {
    self.date = date
  }

  var isWorkingDay: Bool { SampleLog.isWorkingDay(date) }

  mutating func add(_ kind: SampleRequest.Kind, at second: Int) {
    requests.append(SampleRequest(second: second, order: requests.count, kind: kind))
  }

  /// By time.
  var requestsInOrder: [SampleRequest] {
    requests.sorted { ($0.second, $0.order) < ($1.second, $1.order) }
  }
}

/// A backup, within ten minutes of a fixed time, but for some nights.
struct NightlyUpload: SampleHabit {
  /// Since midnight.
  var startSecond = 2 * 3_600 + 600

  func addRequests(to day: inout SampleDay, using generator: inout Xoshiro) {
    let start = startSecond + generator.index(below: 600)
    let bytes = 200 + generator.index(below: 40)
    if generator.uniform() * 100 >= SampleLog.failedUploadsPercent {
      day.add(.upload(bytes: bytes), at: start)
    }
  }
}

/// People, on working days, less on Friday afternoons and in August.
struct OfficeHours: SampleHabit {
  /// Requests per hour of a common working day.
  private static let requestsPerHour = [0.1, 0.8, 5, 8, 7, 2.5, 5, 7, 6, 3.5, 1.2, 0.3]

  var firstHour = 7
  /// How many times as many requests come.
  var busyness = 1.0

  func addRequests(to day: inout SampleDay, using generator: inout Xoshiro) {
    guard day.isWorkingDay else { return }
    let season = day.date.month == 8 ? 0.6 : 1
    for (index, mean) in Self.requestsPerHour.enumerated() {
      let hour = firstHour + index
      let weekday = day.date.weekday == 4 && hour >= 14 ? 0.3 : 1
      for _ in 0..<generator.poisson(mean * season * weekday * busyness) {
        let request = SampleRequest.Kind.person(
          number: generator.index(below: 12),
          page: generator.index(below: SampleRequest.pages.count),
          bytes: 400 + generator.index(below: 30_000))
        day.add(request, at: hour * 3_600 + generator.index(below: 3_600))
      }
    }
  }
}

/// A report is fetched on the first working day of a month.
struct MonthlyReport: SampleHabit {
  func addRequests(to day: inout SampleDay, using generator: inout Xoshiro) {
    let isFirst = (1..<day.date.day).allSatisfy { earlier in
      !SampleLog.isWorkingDay(
        CivilDate(year: day.date.year, month: day.date.month, day: earlier))
    }
    guard day.isWorkingDay, isFirst else { return }
    for part in 0..<(10 + generator.index(below: 10)) {
      day.add(.report(part: part), at: 6 * 3_600 + 4 * part + generator.index(below: 4))
    }
  }
}

/// A report is fetched in parts, hour by hour, on one day of the week.
struct WeeklyJob: SampleHabit {
  /// From Monday, 0.
  let weekday: Int
  let firstHour: Int
  let hourCount: Int

  func addRequests(to day: inout SampleDay, using generator: inout Xoshiro) {
    guard day.date.weekday == weekday else { return }
    for part in 0..<hourCount {
      day.add(
        .report(part: part), at: (firstHour + part) * 3_600 + generator.index(below: 3_600))
    }
  }
}

/// They come at any time, with one to five requests.
struct Scanners: SampleHabit {
  let perDay: Double

  func addRequests(to day: inout SampleDay, using generator: inout Xoshiro) {
    for _ in 0..<generator.poisson(perDay) {
      let start = generator.index(below: 86_000)
      let host = 1 + generator.index(below: 254)
      for attempt in 0..<(1 + generator.index(below: 5)) {
        day.add(
          .scanner(host: host, probe: generator.index(below: SampleRequest.probes.count)),
          at: start + attempt * 2)
      }
    }
  }
}

/// A load balancer's.
struct HealthChecks: SampleHabit {
  let everySeconds: Int

  func addRequests(to day: inout SampleDay, using generator: inout Xoshiro) {
    for second in stride(from: 23, to: 86_400, by: everySeconds) {
      day.add(.healthCheck, at: second)
    }
  }
}

extension Xoshiro {
  /// Uniform in 0..<count, as good as exactly for small counts.
  mutating func index(below count: Int) -> Int {
    Int(uniform() * Double(count))
  }

  /// - Source: Knuth, TAOCP vol. 2, 3.4.1: the uniforms whose product stays above e^−mean are counted.
  mutating func poisson(_ mean: Double) -> Int {
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
