import Arithmetic
import Glibc
package import Series

/// Mixes the probabilities of experts so that the mixture is never much worse than the best of them.
///
/// Each expert's weight is multiplied by the probability it gave to what happened, and a small share of all
/// weight is spread by the prior, so that an expert that was bad for a year can still come back within days.
///
/// An absent expert stands for the mixture of the others: its weight stays, and the bound holds for the hours
/// for which it gave a probability.
///
/// A forecast of lead h is judged h hours later. To keep the bound in spite of the delay there are h
/// weightings, used in turn: each learns from every h-th hour and knows its own outcome before it predicts
/// again. So over T hours the mixture's log-loss exceeds that of expert k by at most
/// h · ln(1/prior(k)) + Σ ln(1/(1 − share)), the sum over the hours; weights are kept to two digits, rounded so that their
/// means are right.
///
/// - Source: Herbster and Warmuth, "Tracking the best expert", Machine Learning 32 (1998); Freund, Schapire,
///   Singer and Warmuth, "Using and combining predictors that specialize", STOC 1997; Joulani, György
///   and Szepesvári, "Online learning under delayed feedback", ICML 2013.
package struct Mixture: Equatable, Sendable {
  /// Experts' probabilities are taken no nearer to 0 or 1 than this, so that one certain expert who is wrong
  /// costs 14 nats, not everything.
  package static let floor = 1e-6

  /// Hours ahead.
  package let lead: Int
  private let prior: [Double]
  /// `[lead][expert]`, each row summing to 1 but for rounding. In two bytes each: there are h · (h + 1) / 2 rows for a
  /// stream.
  private var weights: [SmallNumber<6>]

  /// - Parameter prior: One positive weight an expert; they sum to 1.
  package init(lead: Int, prior: [Double]) {
    precondition(
      lead > 0 && !prior.isEmpty && prior.allSatisfy { $0 > 0 }, "a mixture needs experts")
    precondition(abs(prior.reduce(0, +) - 1) < 1e-9, "the prior is a distribution")
    self.lead = lead
    self.prior = prior
    // No more than is needed: these are most of what is kept of a stream.
    weights = []
    weights.reserveCapacity(lead * prior.count)
    let row = prior.map { SmallNumber<6>(nearest: Float($0)) }
    for _ in 0..<lead { weights += row }
  }

  package var expertCount: Int { prior.count }

  /// The experts' weights for a target hour; they sum to 1.
  package func weights(target hour: Int) -> [Double] {
    let row = weights[row(hour)].map { Double($0.value) }
    let sum = row.reduce(0, +)
    return row.map { $0 / sum }
  }

  /// - Parameter probabilities: One an expert, for the target `hour`; negative: that one is absent, and the
  ///   others share its weight in proportion. Without any, 0.5.
  package func predictOne(_ probabilities: ArraySlice<Double>, target hour: Int) -> Double {
    let row = row(hour)
    var mixed = 0.0
    var present = 0.0
    for (weight, probability) in zip(weights[row], probabilities) where !(probability < 0) {
      let weight = Double(weight.value)
      mixed += weight * Self.clamp(probability)
      present += weight
    }
    return present > 0 ? Self.clamp(mixed / present) : 0.5
  }

  /// Learns the outcome of the target `hour`, for which the experts had given `probabilities`.
  ///
  /// - Parameter share: The part of all weight that is spread by the prior.
  package mutating func learnOne(
    _ probabilities: ArraySlice<Double>, target hour: Int, active: Bool, share: Double
  ) {
    precondition((0..<1).contains(share), "the share is a part of the whole")
    let row = row(hour)
    var learned = weights(target: hour)
    var before = 0.0
    var after = 0.0
    for (index, probability) in zip(learned.indices, probabilities) where !(probability < 0) {
      let clamped = Self.clamp(probability)
      before += learned[index]
      learned[index] *= active ? clamped : 1 - clamped
      after += learned[index]
    }
    guard after > 0 else { return }
    for (index, probability) in zip(learned.indices, probabilities) where !(probability < 0) {
      learned[index] *= before / after
    }
    // Divided by the sum, for rounding would add up over the years.
    let sum = learned.reduce(0, +)
    var draws = SplitMix64(seed: UInt64(truncatingIfNeeded: hour) &<< 8 | UInt64(lead))
    for (index, place) in zip(learned.indices, row) {
      let weight = (1 - share) * learned[index] / sum + share * prior[index]
      weights[place] = SmallNumber(Float(weight), drawn: draws.next())
    }
  }

  /// The weight that is spread anew every hour: in proportion to how much an hour can teach, so that the
  /// weights of a rare stream are not forgotten between two of its requests.
  package static func share(baseRate: Double) -> Double {
    let rate = clamp(baseRate)
    return min(0.01, 0.002 * entropy(rate))
  }

  /// Hands a part of one expert's weight to another.
  package mutating func move(_ part: Double, from giver: Int, to taker: Int) {
    for slot in 0..<lead {
      let given = weights[slot * expertCount + giver].value
      let taken = weights[slot * expertCount + taker].value
      let moved = given * Float(part)
      weights[slot * expertCount + giver] = SmallNumber(nearest: given - moved)
      weights[slot * expertCount + taker] = SmallNumber(nearest: taken + moved)
    }
  }

  private func row(_ hour: Int) -> Range<Int> {
    let slot = floorModulo(hour, lead)
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
    weights = try reader.readSmallNumbers(count: weights.count)
    let sums = (0..<lead).map { weights[row($0)].reduce(0) { $0 + $1.value } }
    // Each is rounded by a thirtieth of itself at most.
    guard sums.allSatisfy({ abs($0 - 1) < 0.04 }) else {
      throw ByteReader.Damaged()
    }
  }
}
