/// The scores of a forecaster as sums: they take the same memory for any number of forecasts.
package struct ScoreSums: Equatable, Sendable {
  private struct Outcomes: Equatable {
    var idle: UInt32 = 0
    var active: UInt32 = 0
  }

  package private(set) var count = 0
  package private(set) var activeCount = 0
  /// In nats.
  private var losses = 0.0
  private var squaredErrors = 0.0
  /// How many hours of each kind were given a probability. Probabilities have two digits, so that there are few
  /// thousands of them.
  private var outcomes: [Float: Outcomes] = [:]
  /// So many of a probability's last bits do not count when hours are ranked.
  private let rankCutBits: UInt32

  package init() { self.init(rankCutBits: 0) }

  private init(rankCutBits: UInt32) { self.rankCutBits = rankCutBits }

  /// Hours are ranked by two digits of their probability, a few hundred in all: for thousands of streams.
  static var ofManyStreams: ScoreSums { ScoreSums(rankCutBits: 17) }

  /// Adds one forecast.
  ///
  /// - Parameter probability: Clipped as the mixture's are.
  package mutating func append(_ probability: Double, active: Bool) {
    append(Float(Mixture.clamp(probability)), active: active)
  }

  mutating func append(_ probability: Float, active: Bool) {
    count += 1
    activeCount += active ? 1 : 0
    losses += RunningScore.logLoss(Double(probability), active)
    let error = Double(probability) - (active ? 1 : 0)
    squaredErrors += error * error
    let rank = Float(bitPattern: (probability.bitPattern >> rankCutBits) << rankCutBits)
    if active {
      outcomes[rank, default: Outcomes()].active += 1
    } else {
      outcomes[rank, default: Outcomes()].idle += 1
    }
  }

  /// What one forecast costs, in nats, in the precision of all scores.
  static func loss(of probability: Double, _ active: Bool) -> Double {
    RunningScore.logLoss(Double(Float(Mixture.clamp(probability))), active)
  }

  /// Mean over the hours, in nats.
  package var logLoss: Double { count == 0 ? 0 : losses / Double(count) }

  package var brierScore: Double { count == 0 ? 0 : squaredErrors / Double(count) }

  /// The mean precision at the ranks of the active hours; hours of equal probability share their rank. NaN without an
  /// active hour.
  package var averagePrecision: Double {
    guard activeCount > 0 else { return .nan }
    var (hits, rank, sum) = (0, 0, 0.0)
    for (_, hours) in outcomes.sorted(by: { $0.key > $1.key }) {
      hits += Int(hours.active)
      rank += Int(hours.active + hours.idle)
      sum += Double(hours.active) * Double(hits) / Double(rank)
    }
    return sum / Double(activeCount)
  }

  /// 1 − log-loss ÷ log-loss of the reference, for the same hours.
  package func skill(against reference: ScoreSums) -> Double {
    precondition(reference.count == count, "skill compares forecasts of the same hours")
    return reference.losses > 0 ? 1 - losses / reference.losses : 0
  }
}
