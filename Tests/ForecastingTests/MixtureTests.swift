import Arithmetic
import Forecasting
import Foundation
import Series
import TestSupport
import Testing

/// Chooses the experts' predictions of an hour and then, knowing the mixture's answer, the outcome.
private enum Adversary: String, CaseIterable {
  /// Experts at random, outcomes at random.
  case chance
  /// Every expert is certain; who is right changes every hundred hours.
  case certainExperts
  /// The outcome is always the one that the mixture thinks less likely.
  case contrary
  /// The best expert is the worst one from the middle on.
  case turncoat
  /// All say 0 or 1 and all are wrong at times.
  case everyoneWrong

  func probabilities(hour: Int, count: Int, _ chance: inout Chance) -> [Double] {
    (0..<count).map { expert in
      switch self {
      case .chance, .contrary: return chance.uniform()
      case .certainExperts: return (hour / 100) % count == expert ? 0 : 1
      case .turncoat: return expert == 0 ? (hour < 1_000 ? 0.05 : 0.95) : 0.4
      case .everyoneWrong: return chance.happens(0.5) ? 1 : 0
      }
    }
  }

  func outcome(mixture: Double, _ chance: inout Chance) -> Bool {
    switch self {
    case .chance: chance.happens(0.3)
    case .certainExperts: false
    case .contrary: mixture < 0.5
    case .turncoat: chance.happens(0.05)
    case .everyoneWrong: chance.happens(0.5)
    }
  }
}

private func loss(_ probability: Double, _ active: Bool) -> Double {
  let clamped = min(max(probability, Mixture.floor), 1 - Mixture.floor)
  return -log(active ? clamped : 1 - clamped)
}

/// Goal: the bound as the mixture states it. Method: every target hour is forecast `lead` hours before its
/// outcome is known, against adversaries; afterwards the total log-loss is held against every expert's.
@Test(arguments: Adversary.allCases, [1, 2, 6, 24])
private func totalLossIsBoundedByEveryExperts(adversary: Adversary, lead: Int) {
  let hours = 2_000
  let share = 0.0005
  let prior = [0.2, 0.6, 0.1, 0.1]
  var chance = Chance(seed: UInt64(lead))
  var mixture = Mixture(lead: lead, prior: prior)
  var asked: [Int: (experts: [Double], mixed: Double)] = [:]
  var own = 0.0
  var expertLosses = [Double](repeating: 0, count: prior.count)
  for hour in 0..<hours + lead {
    if let (experts, mixed) = asked.removeValue(forKey: hour) {
      let active = adversary.outcome(mixture: mixed, &chance)
      own += loss(mixed, active)
      for index in prior.indices { expertLosses[index] += loss(experts[index], active) }
      mixture.learnOne(experts[...], target: hour, active: active, share: share)
    }
    guard hour < hours else { continue }
    let experts = adversary.probabilities(hour: hour + lead, count: prior.count, &chance)
    asked[hour + lead] = (experts, mixture.predictOne(experts[...], target: hour + lead))
  }
  for (expert, weight) in zip(expertLosses, prior) {
    let bound =
      Double(lead) * log(1 / weight) + Double(hours) * log(1 / (1 - share))
    #expect(own <= expert + bound + 1e-6)
  }
}

/// Goal: that weights are kept to two digits costs less than a thousandth of the log-loss. Method: beside the mixture the
/// same one with weights that are not rounded, and experts that err more or less.
@Test(arguments: [1, 24])
func fewDigitsCostNearlyNothing(lead: Int) {
  let prior = [0.25, 0.25, 0.25, 0.25]
  let errors = [0.4, 1.2, 2.0, 3.0]
  let share = 0.0005
  var chance = Chance(seed: 5)
  var mixture = Mixture(lead: lead, prior: prior)
  var exact = Array(repeating: prior, count: lead)
  var own = 0.0
  var exactLoss = 0.0
  for hour in 0..<20_000 {
    let z = -2.4 + 1.5 * sin(2 * Double.pi * Double(hour) / 24) + chance.uniform() - 0.5
    let active = chance.happens(sigmoid(z))
    let said = errors.map { sigmoid(z + $0 * (chance.uniform() - 0.5)) }
    own += loss(mixture.predictOne(said[...], target: hour), active)
    mixture.learnOne(said[...], target: hour, active: active, share: share)
    var weights = exact[hour % lead]
    exactLoss += loss(zip(weights, said).reduce(0) { $0 + $1.0 * $1.1 }, active)
    for (index, probability) in said.enumerated() {
      weights[index] *= active ? probability : 1 - probability
    }
    let sum = weights.reduce(0, +)
    exact[hour % lead] = zip(weights, prior).map { (1 - share) * $0 / sum + share * $1 }
  }
  #expect(own != exactLoss)
  #expect(abs(own - exactLoss) < 0.001 * exactLoss)
}

@Test(arguments: [1, 5])
func weightsSumToOneWhateverHappens(lead: Int) {
  var chance = Chance(seed: 3)
  var mixture = Mixture(lead: lead, prior: [1.0 / 6, 1.0 / 3, 0.5])
  for hour in 0..<5_000 {
    let experts = (0..<3).map { _ in [0, 1, chance.uniform()][chance.integer(in: 0...2)] }
    mixture.learnOne(experts[...], target: hour, active: chance.happens(0.5), share: 0.001)
    if hour % 100 == 0 { mixture.move(0.5, from: 2, to: 0) }
    let weights = mixture.weights(target: hour)
    #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
    #expect(weights.allSatisfy { $0 >= 0 && $0 <= 1 })
  }
}

@Test(
  arguments: [[0, 0, 0], [1, 1, 1], [0, 1, 0.5], [1e-300, 1 - 1e-16, .leastNonzeroMagnitude]]
    as [[Double]])
func extremeExpertsGiveAProbability(experts: [Double]) {
  var mixture = Mixture(lead: 1, prior: [0.25, 0.25, 0.5])
  for hour in 0..<200 {
    let mixed = mixture.predictOne(experts[...], target: hour)
    #expect(mixed > 0 && mixed < 1)
    mixture.learnOne(experts[...], target: hour, active: hour % 2 == 0, share: 0.01)
  }
}

/// An expert that was bad for a year comes back within days.
@Test func theShareBringsAnExpertBack() {
  var mixture = Mixture(lead: 1, prior: [0.5, 0.5])
  let good = 0.95
  let bad = 0.05
  for hour in 0..<8_760 {
    mixture.learnOne([good, bad], target: hour, active: true, share: 0.0005)
  }
  for hour in 8_760..<8_760 + 12 {
    mixture.learnOne([bad, good], target: hour, active: true, share: 0.0005)
  }
  #expect(mixture.predictOne([bad, good], target: 9_000) > 0.9)
}

@Test func storedWeightsContinueIdentically() throws {
  var mixture = Mixture(lead: 3, prior: [0.25, 0.75])
  for hour in 0..<50 {
    mixture.learnOne([0.2, 0.7], target: hour, active: hour % 3 == 0, share: 0.001)
  }
  var writer = ByteWriter()
  mixture.write(to: &writer)
  var restored = Mixture(lead: 3, prior: [0.25, 0.75])
  var reader = ByteReader(writer.bytes)
  try restored.readWeights(from: &reader)
  #expect(restored == mixture)
}

@Test(arguments: [0, 0.1, 1.5, 8_000] as [Float])
func weightsThatDoNotSumToOneAreDamage(weight: Float) {
  var writer = ByteWriter()
  writer.write([SmallNumber<6>(nearest: weight), SmallNumber<6>(nearest: 0.5)])
  var mixture = Mixture(lead: 1, prior: [0.5, 0.5])
  #expect(throws: ByteReader.Damaged.self) {
    var reader = ByteReader(writer.bytes)
    try mixture.readWeights(from: &reader)
  }
}

/// An expert without a prediction keeps its weight; the others are mixed in proportion to theirs.
@Test func anAbsentExpertKeepsItsWeight() {
  var mixture = Mixture(lead: 1, prior: [0.5, 0.3, 0.2])
  let said = [-1, 0.2, 0.6]
  let mixed = mixture.predictOne(said[...], target: 0)
  // As exact as the weights are stored.
  #expect(abs(mixed - (0.3 * 0.2 + 0.2 * 0.6) / 0.5) < 1e-2)
  mixture.learnOne(said[...], target: 0, active: true, share: 0)
  let weights = mixture.weights(target: 0)
  #expect(abs(weights[0] - 0.5) < 1e-2)
  #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
  #expect(weights[2] > weights[1])
}
