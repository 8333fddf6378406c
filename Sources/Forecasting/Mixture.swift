import Glibc
package import Series

/// Mixes the probabilities of experts so that the mixture is never much worse than the best of them.
///
/// Each expert's weight is multiplied by the probability it gave to what happened, and a small share of all
/// weight is spread by the prior, so that an expert that was bad for a year can still come back within days.
///
/// An absent expert says what the mixture of the others says: its weight stays, and the bound holds for the
/// hours in which it spoke.
///
/// A forecast of lead h is judged h hours later. To keep the bound in spite of the delay there are h
/// weightings, used in turn: each learns from every h-th hour and knows its own outcome before it speaks
/// again. So over T hours the mixture's log-loss exceeds that of expert k by at most
/// h · ln(1/prior(k)) + Σ ln(1/(1 − share)), the sum over the hours.
///
/// - Source: Herbster and Warmuth, "Tracking the best expert", Machine Learning 32 (1998); Freund, Schapire,
///   Singer and Warmuth, "Using and combining predictors that specialize", STOC 1997; Joulani, György
///   and Szepesvári, "Online learning under delayed feedback", ICML 2013.
package struct Mixture: Equatable, Sendable {
  /// Experts' probabilities are taken no nearer to 0 or 1 than this, so that one certain expert who is wrong
  /// costs 14 nats, not everything.
  package static let floor = 1e-6

  package let lead: Int
  private let prior: [Double]
  /// `[lead][expert]`, each row summing to 1.
  private var weights: [Double]

  /// - Parameter prior: One positive weight an expert; they need not sum to 1.
  package init(lead: Int, prior: [Double]) {
    precondition(
      lead > 0 && !prior.isEmpty && prior.allSatisfy { $0 > 0 }, "a mixture needs experts")
    let total = prior.reduce(0, +)
    self.lead = lead
    self.prior = prior.map { $0 / total }
    weights = (0..<lead).flatMap { _ in prior.map { $0 / total } }
  }

  package var expertCount: Int { prior.count }

  /// The experts' weights for a target hour.
  package func weights(target hour: Int) -> ArraySlice<Double> {
    weights[row(hour)]
  }

  /// - Parameter probabilities: One an expert, for the target `hour`; negative: that one is absent, and the
  ///   others share its weight in proportion. Without any, 0.5.
  package func predictOne(_ probabilities: ArraySlice<Double>, target hour: Int) -> Double {
    let row = row(hour)
    var mixed = 0.0
    var present = 0.0
    for (weight, probability) in zip(weights[row], probabilities) where !(probability < 0) {
      mixed += weight * Self.clamp(probability)
      present += weight
    }
    return present > 0 ? Self.clamp(mixed / present) : 0.5
  }

  /// Learns what became of the target `hour`, for which the experts had given `probabilities`.
  ///
  /// - Parameter share: The part of all weight that is spread by the prior.
  package mutating func learnOne(
    _ probabilities: ArraySlice<Double>, target hour: Int, active: Bool, share: Double
  ) {
    precondition((0..<1).contains(share), "the share is a part of the whole")
    let row = row(hour)
    var before = 0.0
    var after = 0.0
    for (index, probability) in zip(row, probabilities) where !(probability < 0) {
      let clamped = Self.clamp(probability)
      before += weights[index]
      weights[index] *= active ? clamped : 1 - clamped
      after += weights[index]
    }
    guard after > 0 else { return }
    for (index, probability) in zip(row, probabilities) where !(probability < 0) {
      weights[index] *= before / after
    }
    for (index, priorWeight) in zip(row, prior) {
      weights[index] = (1 - share) * weights[index] + share * priorWeight
    }
  }

  /// The weight that is spread anew every hour: in proportion to how much an hour can teach, so that the
  /// weights of a rare stream are not forgotten between two of its requests.
  package static func share(baseRate: Double) -> Double {
    let rate = clamp(baseRate)
    let entropy = -rate * log(rate) - (1 - rate) * log(1 - rate)
    return min(0.01, 0.002 * entropy)
  }

  /// Hands a part of one expert's weight to another.
  package mutating func move(_ part: Double, from giver: Int, to taker: Int) {
    for slot in 0..<lead {
      let moved = weights[slot * expertCount + giver] * part
      weights[slot * expertCount + giver] -= moved
      weights[slot * expertCount + taker] += moved
    }
  }

  private func row(_ hour: Int) -> Range<Int> {
    let slot = ((hour % lead) + lead) % lead
    return slot * expertCount..<(slot + 1) * expertCount
  }

  /// What is no number becomes the floor: it comes second, and is neither greater nor equal.
  static func clamp(_ probability: Double) -> Double {
    min(max(floor, probability), 1 - floor)
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(weights)
  }

  package mutating func readWeights(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    weights = try reader.readProbabilities(count: weights.count)
    let sums = (0..<lead).map { weights[row($0)].reduce(0, +) }
    guard sums.allSatisfy({ abs($0 - 1) < 1e-6 }) else { throw ByteReader.Damaged() }
  }
}
