import Foundation
import NeuralNet
import TestSupport
import Testing

/// Held to what PyTorch and Keras computed in double precision (`Tests/Peers/framework_numbers.py`).
@Suite struct FrameworkTests {
  private let numbers: FrameworkNumbers

  init() throws {
    let file = Checkout.root.appending(path: "Tests/Peers/framework_numbers.json")
    numbers = try JSONDecoder().decode(FrameworkNumbers.self, from: Data(contentsOf: file))
  }

  @Test(arguments: InstructionSet.available)
  func lossAndGradientAreThoseOfPyTorch(set: InstructionSet) {
    var learner = numbers.learner(Adam())
    let report = numbers.epoch(&learner, batchSize: numbers.labels.count, on: set)
    #expect(abs(report.trainingLoss - numbers.gradient.loss) < 1e-6)
    let gradient = learner.moments.first.map { 10 * $0 }
    #expect(distance(gradient, numbers.gradient.gradient) < 1e-5)
  }

  /// Five steps at rate 0.01 move a weight by up to 0.05; they end within 1e-5.
  @Test(arguments: InstructionSet.available, ["torch", "keras"])
  func epsilonStandsWhereTheFrameworkPutsIt(set: InstructionSet, framework: String) {
    var adam = numbers.adam(epsilon: 1e-3)
    adam.epsilonPlacement = framework == "torch" ? .afterCorrection : .beforeCorrection
    expect(adam, gives: framework, on: set)
  }

  @Test(arguments: InstructionSet.available)
  func weightDecayIsThatOfPyTorchsAdamW(set: InstructionSet) {
    var adam = numbers.adam(epsilon: 1e-8)
    adam.epsilonPlacement = .afterCorrection
    adam.weightDecay = numbers.decay
    expect(adam, gives: "torch_decay", on: set)
  }

  @Test(arguments: InstructionSet.available, ["torch", "keras"])
  func clipsAreThoseOfTheFramework(set: InstructionSet, framework: String) {
    var adam = numbers.adam(epsilon: framework == "torch" ? 1e-8 : 1e-7)
    adam.epsilonPlacement = framework == "torch" ? .afterCorrection : .beforeCorrection
    var (byNorm, byValue) = (adam, adam)
    byNorm.clipNorm = 0.5
    expect(byNorm, gives: framework + "_clip_norm", on: set)
    byValue.clipValue = 0.05
    expect(byValue, gives: framework + "_clip_value", on: set)
  }

  @Test(arguments: InstructionSet.available)
  func clipPerTensorIsThatOfKeras(set: InstructionSet) {
    var adam = numbers.adam(epsilon: 1e-7)
    adam.clipNormPerTensor = 0.2
    expect(adam, gives: "keras_clip_norm_per_tensor", on: set)
  }

  /// Half a million draws: the deviations within three in a thousand.
  @Test func initializationsSpreadLikeTheFrameworks() {
    var generator = Xoshiro(seed: 1)
    let shape = NetworkShape(inputCount: 1000, hidden: [500])
    func weights(_ initialization: Network.Initialization) -> [Double] {
      let network = Network(shape: shape, initialization: initialization, using: &generator)
      return network.parameters[shape.layers[0].weights].map(Double.init)
    }
    func deviation(_ values: [Double]) -> Double {
      (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }
    let (he, glorot) = (weights(.heNormal), weights(.glorotUniform))
    let expected = numbers.initialisation
    #expect(abs(deviation(he) / expected.heNormalDeviation - 1) < 3e-3)
    #expect(abs(deviation(glorot) / expected.glorotUniformDeviation - 1) < 3e-3)
    #expect(abs(glorot.map(abs).max()! / expected.glorotUniformLargest - 1) < 1e-4)
  }

  private func expect(
    _ adam: Adam, gives run: String, on set: InstructionSet,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let expected = numbers.runs[run]!
    var learner = numbers.learner(adam)
    let report = numbers.epoch(&learner, batchSize: numbers.batch, on: set)
    let loss = expected.losses.reduce(0, +) / Double(expected.losses.count)
    #expect(abs(report.trainingLoss - loss) < 1e-5, sourceLocation: sourceLocation)
    let difference = distance(learner.network.parameters, expected.parameters)
    #expect(difference < 1e-5, sourceLocation: sourceLocation)
  }
}

private struct FrameworkNumbers: Decodable {
  struct Run: Decodable { let losses, parameters: [Double] }
  struct Gradient: Decodable {
    let loss: Double
    let gradient: [Double]
  }
  struct Initialisation: Decodable {
    let heNormalDeviation, glorotUniformDeviation, glorotUniformLargest: Double

    private enum CodingKeys: String, CodingKey {
      case heNormalDeviation = "he_normal_deviation"
      case glorotUniformDeviation = "glorot_uniform_deviation"
      case glorotUniformLargest = "glorot_uniform_largest"
    }
  }

  let inputs, batch: Int
  let hidden: [Int]
  let penalty, rate, decay: Float
  let rows, labels, weights, parameters: [Float]
  let gradient: Gradient
  let initialisation: Initialisation
  let runs: [String: Run]

  func adam(epsilon: Float) -> Adam {
    var adam = Adam()
    adam.learningRate = rate
    adam.epsilon = epsilon
    return adam
  }

  func learner(_ adam: Adam) -> Learner {
    let shape = NetworkShape(inputCount: inputs, hidden: hidden)
    let network = Network(shape: shape, parameters: parameters)
    return Learner(network: network, loss: PenalizedLoss(penalty: penalty), adam: adam)
  }

  func epoch(_ learner: inout Learner, batchSize: Int, on set: InstructionSet) -> EpochReport {
    var generator = Xoshiro(seed: 0)
    return learner.epoch(
      rows: rows, labels: labels, weights: weights, order: labels.indices.map(Int32.init),
      batchSize: batchSize, on: set, using: &generator)
  }
}
