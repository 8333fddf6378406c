import Arithmetic
import Glibc

/// By how much a stream is more or less active than its hour-of-day rate, depending on the situation at the origin: how
/// long it had been idle, whether it had been active within a day, and whether the same hour of the previous day and
/// week was active.
///
/// Each situation has decaying sums of observed and of expected active hours; the feature is the logarithm of their
/// ratio. Leads beyond a day use the sums of a day ahead.
package struct ObservedExpectedRatios: Equatable, Sendable {
  /// The observed and expected activity of each situation, interleaved.
  private struct Cells: Equatable, Sendable {
    let memoryPerVisit: Float
    var sums: [SmallNumber<6>]

    init(count: Int, memoryPerVisit: Float) {
      self.memoryPerVisit = memoryPerVisit
      sums = Array(repeating: .zero, count: 2 * count)
    }

    func sum(_ cell: Int) -> (observed: Float, expected: Float) {
      (sums[2 * cell].value, sums[2 * cell + 1].value)
    }

    mutating func visit(
      _ cell: Int, _ label: Float, expected: Float, _ draws: inout SplitMix64
    ) {
      let drawn = draws.next()
      sums[2 * cell] = SmallNumber(
        sums[2 * cell].value * memoryPerVisit + label, drawn: drawn)
      sums[2 * cell + 1] = SmallNumber(
        sums[2 * cell + 1].value * memoryPerVisit + expected, drawn: drawn &>> 32)
    }
  }

  static let leads = 24
  /// The upper bounds of the classes of idle hours; a last class contains everything beyond.
  private static let idleBounds = [
    0, 1, 2, 3, 5, 8, 12, 18, 21, 23, 25, 34, 46, 50, 72, 120, 170, 240, 336, 500,
  ]
  private static let idleCount = idleBounds.count + 1

  /// `[lead][idle hours]`.
  private var idle = Cells(count: leads * idleCount, memoryPerVisit: 0.998)
  /// `[lead][active within a day of the origin][hour of the target's day]`.
  private var recent = Cells(count: leads * 2 * 24, memoryPerVisit: 0.985)
  /// `[same hour active: the day before + 2 · the week before]`.
  private var sameHour = Cells(count: 4, memoryPerVisit: 0.999)
  /// The class of idle hours at each of the last 24 origins, newest first.
  private var origins: [Int] = []

  package init() {}

  /// Adds a closed hour. Must be called before the rates learn from it.
  ///
  /// - Parameters:
  ///   - expected: The hour-of-day rate before the hour.
  ///   - sameHour: 1 if the same hour of the previous day was active, 2 if that of the previous week was, 3 if both
  ///     were.
  ///   - draws: Random numbers for rounding.
  mutating func record(
    active: Bool, hourOfDay: Int, expected: Double, sameHour: Int, _ draws: inout SplitMix64
  ) {
    let label: Float = active ? 1 : 0
    let expected = Float(expected)
    for (index, situation) in origins.enumerated() {
      idle.visit(index * Self.idleCount + situation, label, expected: expected, &draws)
      recent.visit(
        (2 * index + Self.wasRecent(situation)) * 24 + hourOfDay, label, expected: expected, &draws)
    }
    self.sameHour.visit(sameHour, label, expected: expected, &draws)
  }

  /// Makes the hour that was just closed the newest origin.
  mutating func open(idleHours: Int) {
    if origins.count == Self.leads { origins.removeLast() }
    origins.insert(Self.situation(idleHours: idleHours), at: 0)
  }

  /// The logarithms of observed over expected activity, by situation.
  struct LogRatios: Equatable, Sendable {
    var idle = 0.0
    var recent = 0.0
    var sameHour = 0.0
  }

  /// The ratios for the newest origin.
  func logRatios(lead: Int, hourOfDay: Int, sameHour: Int) -> LogRatios {
    guard let situation = origins.first else { return LogRatios() }
    let index = min(lead, Self.leads) - 1
    let base = (2 * index + Self.wasRecent(situation)) * 24
    let hour = recent.sum(base + hourOfDay)
    let after = recent.sum(base + (hourOfDay + 1) % 24)
    let before = recent.sum(base + (hourOfDay + 23) % 24)
    return LogRatios(
      idle: Self.logRatio(idle.sum(index * Self.idleCount + situation), prior: 1),
      recent: Self.logRatio(
        (
          hour.observed + 0.5 * after.observed + 0.5 * before.observed,
          hour.expected + 0.5 * after.expected + 0.5 * before.expected
        ), prior: 0.5),
      sameHour: Self.logRatio(self.sameHour.sum(sameHour), prior: 0.5))
  }

  private static func logRatio(
    _ sum: (observed: Float, expected: Float), prior: Float
  ) -> Double {
    Double(log((prior + sum.observed) / (prior + sum.expected)))
  }

  private static func situation(idleHours: Int) -> Int {
    idleBounds.firstIndex { idleHours <= $0 } ?? idleBounds.count
  }

  private static func wasRecent(_ situation: Int) -> Int {
    situation < idleBounds.count && idleBounds[situation] < 24 ? 1 : 0
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(idle.sums)
    writer.write(recent.sums)
    writer.write(sameHour.sums)
    writer.write(origins)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    idle.sums = try reader.readSmallNumbers(count: idle.sums.count)
    recent.sums = try reader.readSmallNumbers(count: recent.sums.count)
    sameHour.sums = try reader.readSmallNumbers(count: sameHour.sums.count)
    origins = try reader.readArray(of: Int.self)
    guard origins.count <= Self.leads, origins.allSatisfy((0..<Self.idleCount).contains) else {
      throw ByteReader.Damaged()
    }
  }
}
