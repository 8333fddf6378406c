import Arithmetic
import Glibc

/// How often a stream is active by hour of day and hour of week, with exponential forgetting, each rate shrunk towards
/// the next coarser one.
///
/// All rates stay strictly between 0 and 1, so that their logits are finite.
package struct Climatology: Equatable, Sendable {
  /// The share of active visits of each slot, and how many visits there were. The simple forecasters say little else, so
  /// that shares have more digits than other sums.
  private struct Slots: Equatable, Sendable {
    /// By the number of visits, the decaying number of them; the last stands for all beyond.
    private let decayed: [Double]
    private var shares: [SmallNumber<11>]
    private var visits: [UInt16]

    /// - Parameter decayed: As `decayingVisits` gives it.
    init(count: Int, decayed: [Double]) {
      self.decayed = decayed
      shares = Array(repeating: .zero, count: count)
      visits = Array(repeating: 0, count: count)
    }

    static func decayingVisits(halfLife: Double) -> [Double] {
      let one = 1 - exp2(-1 / halfLife)
      return (0...Int(16 * halfLife)).map { (1 - exp2(-Double($0) / halfLife)) / one }
    }

    mutating func visit(_ slot: Int, _ label: Double, drawn: UInt64) {
      visits[slot] = min(visits[slot] + 1, UInt16(decayed.count - 1))
      let share = Double(shares[slot].value)
      let mean = share + (label - share) / decayed[Int(visits[slot])]
      shares[slot] = SmallNumber(Float(mean), drawn: drawn)
    }

    func write(to writer: inout ByteWriter) {
      writer.write(shares)
      writer.write(visits)
    }

    mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
      if reader.hasSummedVisits { return try readSums(from: &reader) }
      shares = try reader.readNumbers(count: shares.count)
      visits = try reader.readArray(of: UInt16.self, count: visits.count)
      guard shares.allSatisfy({ $0.value <= 1 }), visits.allSatisfy({ $0 < decayed.count }) else {
        throw ByteReader.Damaged()
      }
    }

    /// The decaying numbers of active visits and of visits of each slot, interleaved.
    private mutating func readSums(from reader: inout ByteReader) throws(ByteReader.Damaged) {
      let count = 2 * shares.count
      let sums =
        reader.hasFinerNumbers
        ? (try reader.readNumbers(count: count) as [SmallNumber<11>]).map { $0.value }
        : try reader.readSmallNumbers(count: count).map { $0.value }
      for slot in shares.indices {
        let (active, all) = (sums[2 * slot], sums[2 * slot + 1])
        guard active <= all else { throw ByteReader.Damaged() }
        shares[slot] = SmallNumber(nearest: all > 0 ? active / all : 0)
        let nearest = decayed.indices.dropLast().first {
          decayed[$0] + decayed[$0 + 1] >= 2 * Double(all)
        }
        visits[slot] = UInt16(nearest ?? decayed.count - 1)
      }
    }

    func counts(_ slot: Int) -> (active: Double, visits: Double) {
      let visits = decayed[Int(visits[slot])]
      return (Double(shares[slot].value) * visits, visits)
    }

    /// The rate of a slot, with a prior rate of the weight `priorVisits`.
    func rate(_ slot: Int, prior: Double, priorVisits: Double) -> Double {
      let (active, visits) = counts(slot)
      return (active + priorVisits * prior) / (visits + priorVisits)
    }

    /// The rate over a slot and its neighbours, weighted by distance (`weights`), in a ring of `period` slots from
    /// `base`.
    func smoothedRate(
      _ slot: Int, base: Int = 0, period: Int, weights: [Double], prior: Double,
      priorVisits: Double
    ) -> Double {
      var (active, visits) = counts(base + slot)
      for (index, weight) in weights.enumerated() {
        for neighbour in [slot + index + 1, slot + period - index - 1] {
          let counts = counts(base + neighbour % period)
          active += weight * counts.active
          visits += weight * counts.visits
        }
      }
      return (active + priorVisits * prior) / (visits + priorVisits)
    }
  }

  static let halfLivesDays = [3.0, 12, 60]
  private static let decayedDays = halfLivesDays.map(Slots.decayingVisits)
  /// With a half-life of 12 weeks.
  private static let decayedWeeks = Slots.decayingVisits(halfLife: 12)
  private static let baseMemoryPerHour = exp2(-1.0 / (24 * 60))

  /// The decaying numbers of active hours and of hours.
  private var active = 0.0
  private var hours = 0.0
  /// By hour of day, with half-lives of 3, 12 and 60 days.
  private var days = decayedDays.map { Slots(count: 24, decayed: $0) }
  private var week = Slots(count: 168, decayed: decayedWeeks)
  /// By hour of day on working days, Saturdays and Sundays.
  private var dayKinds = Slots(count: 3 * 24, decayed: decayedDays[2])
  /// The decaying numbers of hours after an active one, and of those that were active, too.
  private var followed = 0.0
  private var following = 0.0
  private var wasActive = false
  /// The probability of demand, smoothed every period (Teunter, Syntetos and Babai).
  private var smoothed = 0.05

  package init() {}

  /// Adds a closed hour.
  ///
  /// - Parameters:
  ///   - hourOfDay: 0…23, local.
  ///   - weekday: 0 Monday … 6 Sunday; holidays are 6.
  ///   - draws: Random numbers for rounding.
  mutating func record(
    active isActive: Bool, hourOfDay: Int, weekday: Int, _ draws: inout SplitMix64
  ) {
    let label = isActive ? 1.0 : 0.0
    active = active * Self.baseMemoryPerHour + label
    hours = hours * Self.baseMemoryPerHour + 1
    for index in days.indices { days[index].visit(hourOfDay, label, drawn: draws.next()) }
    week.visit(24 * weekday + hourOfDay, label, drawn: draws.next())
    dayKinds.visit(24 * Self.dayKind(weekday) + hourOfDay, label, drawn: draws.next())
    if wasActive {
      following = following * 0.99 + label
      followed = followed * 0.99 + 1
    }
    wasActive = isActive
    smoothed += 0.02 * (label - smoothed)
  }

  private static func dayKind(_ weekday: Int) -> Int { max(0, weekday - 4) }

  /// The decaying base rate, with a half-life of 60 days.
  package var baseRate: Double { (active + 0.1) / (hours + 10) }

  /// The rate of an hour of day, with a half-life of 60 days.
  package func hourOfDayRate(_ hourOfDay: Int) -> Double {
    days[2].rate(hourOfDay, prior: baseRate, priorVisits: 4)
  }

  /// The rate of an hour of week, with a half-life of 12 weeks.
  package func hourOfWeekRate(hourOfDay: Int, weekday: Int) -> Double {
    week.rate(
      24 * weekday + hourOfDay, prior: hourOfDayRate(hourOfDay), priorVisits: 3)
  }

  /// The hour-of-day rate, smoothed with its neighbours.
  ///
  /// - Parameter index: The index of the half-life in `halfLivesDays`.
  func smoothedHourOfDayRate(_ hourOfDay: Int, halfLife index: Int) -> Double {
    days[index].smoothedRate(
      hourOfDay, period: 24, weights: [0.5], prior: baseRate, priorVisits: 4)
  }

  /// The hour-of-day rate with a half-life of 12 days, shrunk little towards the base rate.
  func dailyHabit(_ hourOfDay: Int) -> Double {
    days[1].rate(hourOfDay, prior: baseRate, priorVisits: 0.4)
  }

  /// The rate of the hour on working days, Saturdays or Sundays, shrunk little towards the hour-of-day rate.
  func workdayHabit(hourOfDay: Int, weekday: Int) -> Double {
    dayKinds.rate(
      24 * Self.dayKind(weekday) + hourOfDay, prior: dailyHabit(hourOfDay), priorVisits: 0.6)
  }

  /// A weekly job comes in so many of ten weeks.
  private static let jobRate = 0.9
  /// The share of active hours that are taken for a job's before anything is known.
  private static let jobShare = 0.5
  /// Once may be chance.
  private static let jobVisitsMin = 1.5

  /// The probability of an hour of the week that has a weekly job, or is like all others: which, is told by how often it
  /// was active. A share that is shrunk, as the others are, would need a dozen weeks to be as sure.
  func weeklySchedule(hourOfDay: Int, weekday: Int) -> Double? {
    let counts = week.counts(24 * weekday + hourOfDay)
    guard counts.visits >= Self.jobVisitsMin else { return nil }
    let usual = min(max(baseRate, 1e-4), 0.8)
    let prior = Self.jobShare * usual
    let odds =
      log(prior / (1 - prior)) + counts.active * log(Self.jobRate / usual)
      + (counts.visits - counts.active) * log((1 - Self.jobRate) / (1 - usual))
    return usual + sigmoid(odds) * (Self.jobRate - usual)
  }

  func smoothedDayKindRate(hourOfDay: Int, weekday: Int) -> Double {
    dayKinds.smoothedRate(
      hourOfDay, base: 24 * Self.dayKind(weekday), period: 24, weights: [0.5],
      prior: hourOfDayRate(hourOfDay), priorVisits: 3)
  }

  func smoothedHourOfWeekRate(hourOfDay: Int, weekday: Int) -> Double {
    week.smoothedRate(
      24 * weekday + hourOfDay, period: 168, weights: [0.6, 0.2],
      prior: hourOfDayRate(hourOfDay), priorVisits: 3)
  }

  /// The probability that an active hour is followed by another.
  var persistence: Double { (following + 2 * baseRate) / (followed + 2) }

  /// The probability of demand by the method for intermittent demand, smoothing constant 0.02.
  ///
  /// - Source: Teunter, Syntetos and Babai, "Intermittent demand: linking forecasting to inventory
  ///   obsolescence", European Journal of Operational Research 214 (2011).
  package var intermittentDemandRate: Double { min(max(smoothed, 1e-4), 1 - 1e-4) }

  package func write(to writer: inout ByteWriter) {
    for value in [active, hours, followed, following, wasActive ? 1 : 0, smoothed] {
      writer.write(value)
    }
    for slots in days + [week, dayKinds] { slots.write(to: &writer) }
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    active = try reader.readSum()
    hours = try reader.readSum()
    followed = try reader.readSum()
    following = try reader.readSum()
    wasActive = try reader.readDouble() != 0
    smoothed = try reader.readProbability()
    guard active <= hours, following <= followed else { throw ByteReader.Damaged() }
    for index in days.indices { try days[index].read(from: &reader) }
    try week.read(from: &reader)
    try dayKinds.read(from: &reader)
  }
}
