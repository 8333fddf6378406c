import Arithmetic
import Glibc
import Series

/// Shrinks the forecasts of a young stream to its base rate until the mixture has been better.
///
/// What is learned in a few days may be chance, and it is then that the experts differ most. So the mixture's probability
/// m is mixed once more with the base rate b, w · m + (1 − w) · b. The odds of the mixture begin at 1 : 6 and are
/// multiplied, as outcomes become known, by how much likelier it made them than the base rate did; within bounds, so
/// that either can win them back. And m lies below b only as far as active hours support it, for idle hours tell little of
/// a stream that hardly spoke. Both fade with the active hours that are known: after some hundred nothing is held back.
struct BaseRateShrinkage: Equatable, Sendable {
  /// The log odds of the mixture at first.
  private static let firstLogOdds = -log(6.0)
  /// What outcomes can add to them.
  private static let evidenceRange = -5.0...6.0
  /// So many active hours multiply the odds by e.
  private static let activeHoursPerLogOdds = 40.0

  /// `[lead]`: what outcomes have added to the log odds. One weighting a lead: there is no time for more.
  private var evidence: [Float]

  init(horizon: Int) {
    evidence = Array(repeating: 0, count: horizon)
  }

  /// The mixture's probability, no further below the base rate than so many active hours allow.
  static func supported(_ probability: Double, baseRate: Double, activeHours: Int) -> Double {
    let known = Double(activeHours)
    let below = 0.2 + 0.02 * known + 0.01 * known * known
    let lowest = sigmoid(logit(Mixture.clamp(baseRate)) - below)
    return max(probability, lowest)
  }

  /// The weight of the mixture beside the base rate.
  func trust(lead: Int, activeHours: Int) -> Double {
    sigmoid(
      Self.firstLogOdds + Double(evidence[lead - 1])
        + Double(activeHours) / Self.activeHoursPerLogOdds)
  }

  /// - Parameter probability: Supported.
  func predictOne(
    _ probability: Double, baseRate: Double, lead: Int, activeHours: Int
  ) -> Double {
    let trust = trust(lead: lead, activeHours: activeHours)
    return trust * probability + (1 - trust) * baseRate
  }

  /// - Parameter probability: Supported, as it was mixed with the base rate.
  mutating func learnOne(_ probability: Double, baseRate: Double, lead: Int, active: Bool) {
    let gain =
      RunningScore.logLoss(baseRate, active) - RunningScore.logLoss(probability, active)
    let sum = Double(evidence[lead - 1]) + gain
    evidence[lead - 1] = Float(
      min(max(sum, Self.evidenceRange.lowerBound), Self.evidenceRange.upperBound))
  }

  func write(to writer: inout ByteWriter) {
    writer.write(evidence)
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    evidence = try reader.readArray(of: Float.self, count: evidence.count)
    guard evidence.allSatisfy({ Self.evidenceRange.contains(Double($0)) }) else {
      throw ByteReader.Damaged()
    }
  }
}
