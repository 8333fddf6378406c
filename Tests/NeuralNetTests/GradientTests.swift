import NeuralNet
import Testing

/// The reference against finite differences, and the kernels against the reference.
@Suite struct GradientTests {
  /// Central differences in double precision with h = 1e-6 are good to about 1e-9 away from the
  /// rectifier's kinks; the seed keeps away from those.
  @Test(arguments: [[], [4], [5, 3], [4, 4, 4]])
  func referenceAgreesWithFiniteDifferences(hidden: [Int]) {
    let network = Self.network(inputCount: 3, hidden: hidden)
    let batch = SyntheticExamples(count: 8, inputCount: 3)
      .batch(0..<8, weights: [1, 2, 0.5, 1, 0, 3, 1, 1])
    let reference = ReferenceNetwork(network)
    let gradient = reference.gradient(batch, penalty: 10)
    for index in reference.parameters.indices {
      var (above, below) = (reference, reference)
      above.parameters[index] += 1e-6
      below.parameters[index] -= 1e-6
      let difference = (above.loss(batch, penalty: 10) - below.loss(batch, penalty: 10)) / 2e-6
      #expect(abs(difference - gradient[index]) < 1e-7)
    }
  }

  static let hiddens = [
    [], [1], [2], [3, 5], [15, 16, 17], [31, 33], [64, 65, 63], [100, 100, 100], [129],
  ]

  /// Widths around every vector and tile, batches around every chunk. Adam's first moment after the
  /// first step is a tenth of the gradient; float32 sums of some hundred terms are good to 1e-5.
  @Test(arguments: InstructionSet.available, hiddens)
  func learnerHasTheGradientOfTheReference(set: InstructionSet, hidden: [Int]) {
    for (inputCount, batchSize) in [(1, 1), (7, 31), (48, 32), (17, 33), (5, 100)] {
      let examples = SyntheticExamples(count: batchSize, inputCount: inputCount, seed: 7)
      let weights = (0..<batchSize).map { Float($0 % 3) + 0.5 }
      let network = Self.network(inputCount: inputCount, hidden: hidden)
      let expected = ReferenceNetwork(network)
        .gradient(examples.batch(0..<batchSize, weights: weights), penalty: 10)
      var learner = Learner(network: network, loss: PenalizedLoss(penalty: 10))

      let report = learner.learn(examples, weights: weights, batchSize: batchSize, on: set)

      let scale = max(1, expected.map(abs).max()!)
      #expect(distance(learner.moments.first.map { 10 * $0 }, expected) < 1e-5 * scale)
      let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(report.gradientNorm - norm) < 1e-5 * max(1, norm))
    }
  }

  @Test(arguments: InstructionSet.available, [[], [9], [20, 33]])
  func inputGradientsAgreeWithTheReference(set: InstructionSet, hidden: [Int]) {
    let network = Self.network(inputCount: 6, hidden: hidden)
    let examples = SyntheticExamples(count: 40, inputCount: 6)
    let reference = ReferenceNetwork(network)
    let expected = (0..<40).flatMap { row in
      let activations = reference.forward(examples.row(row).map(Double.init))
      var unused = reference.parameters
      return reference.backward(from: [1], activations, &unused)
    }
    #expect(distance(network.inputGradients(of: examples.rows, on: set), expected) < 1e-5)
  }

  private static func network(inputCount: Int, hidden: [Int]) -> Network {
    var generator = Xoshiro(seed: 11)
    var network = Network(
      shape: NetworkShape(inputCount: inputCount, hidden: hidden), initialization: .heNormal,
      using: &generator)
    // Biases off zero, so that theirs is not the easy case.
    let parameters = network.parameters.map { $0 == 0 ? Float(generator.normal()) * 0.1 : $0 }
    network = Network(shape: network.shape, parameters: parameters)
    return network
  }
}
