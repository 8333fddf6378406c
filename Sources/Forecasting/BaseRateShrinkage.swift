import Arithmetic
import Glibc
import Series

/// Shrinks the forecasts of a young stream to what is usual until the mixture has been better.
///
/// What is learned in a few days may be chance, and it is then that the experts differ most. So the mixture's probability
/// m is mixed once more with the usual one u, w · m + (1 − w) · u. The odds of the mixture begin at 1 : 6 and are
/// multiplied, as outcomes become known, by how much likelier it made them than u did; within bounds, so that either can
/// win them back. And m lies below the base rate only as far as active hours support it, for idle hours tell little of a
/// stream that hardly spoke. Both fade with the active hours that are known: after some hundred nothing is held back.
///
/// The usual one is mixed alike: of the base rate and, in the first months, what the pretrained network says, whose odds
/// begin at 1 : 2.
struct BaseRateShrinkage: Equatable, Sendable {
  /// Of the mixture, by which active hours they are multiplied by e.
  private static let activeHoursPerLogOdds = 40.0

  private var mixtureOdds: LearnedOdds
  private var pretrainedOdds: LearnedOdds

  init(horizon: Int) {
    mixtureOdds = LearnedOdds(first: 1.0 / 6, evidence: -5...6, horizon: horizon)
    pretrainedOdds = LearnedOdds(first: 1.0 / 2, evidence: -5...3, horizon: horizon)
  }

  /// A probability no further below the base rate than so many active hours allow.
  static func supported(_ probability: Double, baseRate: Double, activeHours: Int) -> Double {
    let known = Double(activeHours)
    let below = 0.2 + 0.02 * known + 0.01 * known * known
    let lowest = sigmoid(logit(Mixture.clamp(baseRate)) - below)
    return max(probability, lowest)
  }

  /// What each counts for; they sum to 1.
  struct Weights: Equatable {
    var mixture: Double
    var pretrained: Double
    var baseRate: Double
  }

  /// - Parameter said: Whether the pretrained network has something to say follows from it.
  func weights(_ said: ExpertPredictions, lead: Int, activeHours: Int) -> Weights {
    let mixture = mixtureOdds.share(
      lead: lead, more: Double(activeHours) / Self.activeHoursPerLogOdds)
    let pretrained = said[PretrainedNetwork.self] == nil ? 0 : pretrainedOdds.share(lead: lead)
    return Weights(
      mixture: mixture, pretrained: (1 - mixture) * pretrained,
      baseRate: (1 - mixture) * (1 - pretrained))
  }

  /// - Parameter probability: Of the mixture, supported.
  func predictOne(
    _ probability: Double, _ said: ExpertPredictions, lead: Int, activeHours: Int
  ) -> Double {
    guard let baseRate = said[BaseRate.self] else { return probability }
    let weights = weights(said, lead: lead, activeHours: activeHours)
    return weights.mixture * probability
      + weights.pretrained * (said[PretrainedNetwork.self] ?? baseRate)
      + weights.baseRate * baseRate
  }

  /// - Parameter probability: Of the mixture, supported, as it was mixed once more.
  mutating func learnOne(
    _ probability: Double, _ said: ExpertPredictions, lead: Int, active: Bool
  ) {
    guard let baseRate = said[BaseRate.self] else { return }
    var usual = baseRate
    if let pretrained = said[PretrainedNetwork.self] {
      let share = pretrainedOdds.share(lead: lead)
      usual = share * pretrained + (1 - share) * baseRate
      pretrainedOdds.learnOne(pretrained, over: baseRate, lead: lead, active: active)
    }
    mixtureOdds.learnOne(probability, over: usual, lead: lead, active: active)
  }

  func write(to writer: inout ByteWriter) {
    mixtureOdds.write(to: &writer)
    pretrainedOdds.write(to: &writer)
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    try mixtureOdds.read(from: &reader)
    try pretrainedOdds.read(from: &reader)
  }
}

/// The odds of one forecaster beside another, by lead, learned from what came.
private struct LearnedOdds: Equatable, Sendable {
  private let firstLogOdds: Double
  /// What outcomes can add to them.
  private let evidenceRange: ClosedRange<Double>
  /// `[lead]`: what they have added. One weighting a lead: there is no time for more.
  private var evidence: [Float]

  init(first: Double, evidence range: ClosedRange<Double>, horizon: Int) {
    firstLogOdds = log(first)
    evidenceRange = range
    evidence = Array(repeating: 0, count: horizon)
  }

  /// Its share of the weight.
  ///
  /// - Parameter more: Added to the log odds.
  func share(lead: Int, more: Double = 0) -> Double {
    sigmoid(firstLogOdds + Double(evidence[lead - 1]) + more)
  }

  mutating func learnOne(_ own: Double, over other: Double, lead: Int, active: Bool) {
    let gain = RunningScore.logLoss(other, active) - RunningScore.logLoss(own, active)
    let sum = Double(evidence[lead - 1]) + gain
    evidence[lead - 1] = Float(
      min(max(sum, evidenceRange.lowerBound), evidenceRange.upperBound))
  }

  func write(to writer: inout ByteWriter) {
    writer.write(evidence)
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    evidence = try reader.readArray(of: Float.self, count: evidence.count)
    guard evidence.allSatisfy({ evidenceRange.contains(Double($0)) }) else {
      throw ByteReader.Damaged()
    }
  }
}
