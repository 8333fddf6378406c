import Arithmetic
import NeuralNet
import Testing

/// Goal: attributions account for the whole difference. Method: for networks of several depths, rows and
/// references at random, the sum of the attributions against the difference of the two logits.
@Test(arguments: [[], [4], [100, 100, 100]])
func integratedGradientsSumToTheDifference(hidden: [Int]) {
  let inputCount = 12
  var generator = Xoshiro(seed: 3)
  let network = Network(
    shape: NetworkShape(inputCount: inputCount, hidden: hidden), using: &generator)
  for _ in 0..<20 {
    let row = (0..<inputCount).map { _ in Float(generator.uniform() * 6 - 3) }
    let reference = (0..<inputCount).map { _ in Float(generator.uniform() * 6 - 3) }
    let logits = network.logits(of: row + reference)
    let sum = network.integratedGradients(of: row, against: reference).reduce(0, +)
    #expect(abs(sum - (logits[0] - logits[1])) < 0.01 * max(1, abs(logits[0] - logits[1])))
  }
}

/// An input that is where the reference is moved nothing, and of a sum each input gets its own.
@Test func integratedGradientsOfALinearNetworkAreItsTerms() {
  let network = Network(
    shape: NetworkShape(inputCount: 3, hidden: []), parameters: [2, -1, 0.5, 7])
  let terms = network.integratedGradients(of: [1, 4, 3], against: [0, 1, 3])
  for (term, expected) in zip(terms, [2, -3, 0] as [Float]) {
    #expect(abs(term - expected) < 1e-4)
  }
}
