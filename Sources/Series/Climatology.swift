import Glibc

/// How often a stream is active by hour of the day and of the week, forgetting, each shrunk to the coarser.
///
/// All rates stay strictly between 0 and 1, so that their logits are finite.
package struct Climatology: Equatable, Sendable {
  private static let baseMemoryPerHour = exp2(-1.0 / (24 * 60))
  private static let dayMemoryPerVisit = exp2(-1.0 / 60)
  private static let weekMemoryPerVisit = exp2(-1.0 / 12)

  /// The forgetting number of active hours, and of hours.
  private var active = 0.0
  private var hours = 0.0
  /// Active visits of each hour of the day (24) and of the week (168), and visits, side by side.
  private var day = [Double](repeating: 0, count: 2 * 24)
  private var week = [Double](repeating: 0, count: 2 * 168)
  /// Teunter, Syntetos and Babai: the probability of demand, smoothed every period.
  private var smoothed = 0.05

  package init() {}

  package mutating func record(active isActive: Bool, hourOfDay: Int, weekday: Int) {
    let label = isActive ? 1.0 : 0.0
    active = active * Self.baseMemoryPerHour + label
    hours = hours * Self.baseMemoryPerHour + 1
    Self.visit(&day, hourOfDay, label, Self.dayMemoryPerVisit)
    Self.visit(&week, 24 * weekday + hourOfDay, label, Self.weekMemoryPerVisit)
    smoothed += 0.02 * (label - smoothed)
  }

  private static func visit(
    _ table: inout [Double], _ index: Int, _ label: Double, _ memory: Double
  ) {
    table[2 * index] = table[2 * index] * memory + label
    table[2 * index + 1] = table[2 * index + 1] * memory + 1
  }

  /// The forgetting base rate, half-life 60 days.
  package var baseRate: Double { (active + 0.05) / (hours + 1) }

  /// Half-life 60 days.
  package func hourOfDayRate(_ hourOfDay: Int) -> Double {
    (day[2 * hourOfDay] + 4 * baseRate) / (day[2 * hourOfDay + 1] + 4)
  }

  /// Half-life 12 weeks.
  package func hourOfWeekRate(hourOfDay: Int, weekday: Int) -> Double {
    let index = 24 * weekday + hourOfDay
    return (week[2 * index] + 3 * hourOfDayRate(hourOfDay)) / (week[2 * index + 1] + 3)
  }

  /// The probability of demand by the method for intermittent demand, smoothing constant 0.02.
  ///
  /// - Source: Teunter, Syntetos and Babai, "Intermittent demand: linking forecasting to inventory
  ///   obsolescence", European Journal of Operational Research 214 (2011).
  package var intermittentDemandRate: Double { min(max(smoothed, 1e-4), 1 - 1e-4) }

  package func write(to writer: inout ByteWriter) {
    writer.write(active)
    writer.write(hours)
    writer.write(day)
    writer.write(week)
    writer.write(smoothed)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    active = try reader.readDouble()
    hours = try reader.readDouble()
    day = try reader.readArray(of: Double.self, count: 2 * 24)
    week = try reader.readArray(of: Double.self, count: 2 * 168)
    smoothed = try reader.readDouble()
  }
}
