import Glibc
package import Series

/// How right a stream's forecasts have been, at one lead, against each expert: sums, forgetting with a
/// half-life of 90 days, so that they say how it is and not how it was.
package struct RunningScore: Equatable, Sendable {
  private static let memoryPerHour = exp2(-1.0 / (24 * 90))

  private var hours = 0.0
  private var activeHours = 0.0
  private var logLoss = 0.0
  private var brier = 0.0
  private let list: ExpertList
  /// `[expert]`; an absent one is charged what the base rate would be.
  private var expertLogLoss: [Float]

  package init(experts list: ExpertList = .standard) {
    self.list = list
    expertLogLoss = Array(repeating: 0, count: list.count)
  }

  /// Adds one forecast whose hour is over; those before it fade.
  package mutating func record(_ judged: JudgedForecast) {
    let memory = Self.memoryPerHour
    hours = hours * memory + 1
    activeHours = activeHours * memory + (judged.active ? 1 : 0)
    logLoss = logLoss * memory + Self.logLoss(judged.probability, judged.active)
    let error = judged.probability - (judged.active ? 1 : 0)
    brier = brier * memory + error * error
    for (index, probability) in judged.experts.filled.enumerated() {
      expertLogLoss[index] = Float(
        Double(expertLogLoss[index]) * memory + Self.logLoss(probability, judged.active))
    }
  }

  /// Nats; what the outcome cost a forecaster who gave it this probability.
  package static func logLoss(_ probability: Double, _ active: Bool) -> Double {
    let clamped = Mixture.clamp(probability)
    return -log(active ? clamped : 1 - clamped)
  }

  package var isEmpty: Bool { hours == 0 }
  /// Nats per hour.
  package var meanLogLoss: Double { hours > 0 ? logLoss / hours : 0 }
  package var brierScore: Double { hours > 0 ? brier / hours : 0 }
  /// Of the hours, weighted like the scores.
  package var activeShare: Double { hours > 0 ? activeHours / hours : 0 }

  /// 1 − log-loss ÷ log-loss of the expert; 0 for one that is not in the list.
  package func skill(against expert: any Expert.Type) -> Double {
    let reference = list.index(of: expert).map { Double(expertLogLoss[$0]) } ?? 0
    return reference > 0 ? 1 - logLoss / reference : 0
  }

  package func write(to writer: inout ByteWriter) {
    for value in [hours, activeHours, logLoss, brier] { writer.write(value) }
    writer.write(expertLogLoss)
  }

  /// - Throws: `ByteReader.Damaged`, also for bytes of another list of experts.
  package init(
    from reader: inout ByteReader, experts list: ExpertList
  ) throws(ByteReader.Damaged) {
    self.list = list
    hours = try reader.readSum()
    activeHours = try reader.readSum()
    logLoss = try reader.readSum()
    brier = try reader.readSum()
    expertLogLoss =
      reader.hasFinerNumbers
      ? try reader.readSums(count: list.count).map { Float($0) }
      : try reader.readArray(of: Float.self, count: list.count)
    guard expertLogLoss.allSatisfy({ $0 >= 0 && $0.isFinite }) else { throw ByteReader.Damaged() }
  }
}
