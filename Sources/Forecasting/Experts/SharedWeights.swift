/// The experts before it, mixed by the weights of lead 1: those learn from every hour, when at lead h each of the h
/// interleaved weightings learns from every h-th only.
package struct SharedWeights: Expert {
  package static let name = "weights of lead 1"
  package static let prior = 0.6
  package init(horizon: Int) {}

  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    var mixed = 0.0
    var present = 0.0
    for (index, weight) in inputs.nearWeights.enumerated() {
      guard let probability = inputs.earlier[index] else { continue }
      mixed += weight * probability
      present += weight
    }
    return present > 0 ? mixed / present : nil
  }
}
