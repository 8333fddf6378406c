import NeuralNet
import Testing

@Suite struct NetworkTests {
  @Test func parametersStandLayerByLayer() {
    let shape = NetworkShape(inputCount: 3, hidden: [4, 2])
    #expect(shape.parameterCount == 3 * 4 + 4 + 4 * 2 + 2 + 2 * 1 + 1)
    #expect(shape.layers.map(\.weights) == [0..<12, 16..<24, 26..<28])
    #expect(shape.layers.map(\.biases) == [12..<16, 24..<26, 28..<29])
    #expect(NetworkShape(inputCount: 48, hidden: [100, 100, 100]).parameterCount == 25_201)
  }

  /// 2 inputs, 2 units of which one is off, by hand.
  @Test(arguments: InstructionSet.available)
  func logitIsTheOneWorkedOutByHand(set: InstructionSet) {
    let network = Network(
      shape: NetworkShape(inputCount: 2, hidden: [2]),
      parameters: [1, -1, 2, -2, 0.5, 0.25, 3, 100, -4])
    // relu(1·1 + 2·3 + 0.5) = 7.5, relu(−1 − 6 + 0.25) = 0; 3 · 7.5 − 4 = 18.5.
    #expect(network.logits(of: [1, 3], on: set) == [18.5])
  }

  @Test(arguments: InstructionSet.available)
  func withoutHiddenLayersItIsALogisticRegression(set: InstructionSet) {
    let network = Network(
      shape: NetworkShape(inputCount: 2, hidden: []), parameters: [0.5, -2, 0.25])
    #expect(network.logits(of: [1, 1, 4, 0], on: set) == [-1.25, 2.25])
  }

  @Test(arguments: InstructionSet.available, GradientTests.hiddens)
  func logitsAgreeWithTheReference(set: InstructionSet, hidden: [Int]) {
    var generator = Xoshiro(seed: 4)
    let network = Network(
      shape: NetworkShape(inputCount: 48, hidden: hidden), initialization: .heNormal,
      using: &generator)
    let examples = SyntheticExamples(count: 50, inputCount: 48)
    let reference = ReferenceNetwork(network)
    let expected = (0..<50).map { reference.logit(examples.row($0).map(Double.init)) }
    #expect(distance(network.logits(of: examples.rows, on: set), expected) < 2e-5)
  }

  @Test(arguments: InstructionSet.available, GradientTests.hiddens)
  func rowAloneAndRowAmongOthersGiveTheSameBits(set: InstructionSet, hidden: [Int]) {
    var generator = Xoshiro(seed: 4)
    let shape = NetworkShape(inputCount: 48, hidden: hidden)
    let network = Network(shape: shape, using: &generator)
    let examples = SyntheticExamples(count: 77, inputCount: 48)
    let together = network.logits(of: examples.rows, on: set)
    #expect(together == (0..<77).map { network.logits(of: examples.row($0), on: set)[0] })
  }

  @Test func scratchServesNetworksOfAnySize() {
    var generator = Xoshiro(seed: 5)
    var scratch = InferenceScratch()
    let examples = SyntheticExamples(count: 20, inputCount: 4)
    for width in [3, 200, 10] {
      let network = Network(
        shape: NetworkShape(inputCount: 4, hidden: [width]), using: &generator)
      var logits = [Float](repeating: 0, count: 20)
      var span = logits.mutableSpan
      network.logits(of: examples.rows.span, into: &span, scratch: &scratch)
      #expect(logits == network.logits(of: examples.rows))
    }
  }

  @Test func noRowsHaveNoLogits() {
    var generator = Xoshiro(seed: 5)
    let network = Network(shape: NetworkShape(inputCount: 4, hidden: [3]), using: &generator)
    #expect(network.logits(of: []).isEmpty)
    #expect(network.inputGradients(of: []).isEmpty)
  }

  @Test func outputBiasIsWhereLogitsStart() {
    var generator = Xoshiro(seed: 5)
    var network = Network(
      shape: NetworkShape(inputCount: 4, hidden: [8]), outputScale: 0, using: &generator)
    network.setOutputBias(-2.5)
    #expect(network.outputBias == -2.5)
    #expect(network.logits(of: [1, 2, 3, 4]) == [-2.5])
  }

  /// 100 × 100 weights: mean and variance within five standard errors, and the uniform's bound.
  @Test(arguments: [Network.Initialization.heNormal, .glorotUniform])
  func weightsHaveTheVarianceOfTheirInitialization(initialization: Network.Initialization) {
    var generator = Xoshiro(seed: 6)
    let shape = NetworkShape(inputCount: 100, hidden: [100])
    let network = Network(
      shape: shape, initialization: initialization, outputScale: 0.1, using: &generator)
    let weights = network.parameters[shape.layers[0].weights].map(Double.init)
    let variance = weights.reduce(0) { $0 + $1 * $1 } / 1e4
    switch initialization {
    case .heNormal: #expect(abs(variance / 0.02 - 1) < 0.07)
    case .glorotUniform:
      #expect(abs(variance / 0.01 - 1) < 0.05)
      #expect(weights.allSatisfy { $0.magnitude <= 0.03.squareRoot() })
    }
    #expect(abs(weights.reduce(0, +) / 1e4) < 5 * (variance / 1e4).squareRoot())
    #expect(network.parameters[shape.layers[0].biases].allSatisfy { $0 == 0 })
    let outputs = network.parameters[shape.layers[1].weights]
    #expect(outputs.allSatisfy { $0.magnitude < 0.1 })
  }

  @Test func sameSeedGivesTheSameNetwork() {
    let shape = NetworkShape(inputCount: 5, hidden: [7])
    var generators = (Xoshiro(seed: 7), Xoshiro(seed: 7), Xoshiro(seed: 8))
    let network = Network(shape: shape, using: &generators.0)
    #expect(network == Network(shape: shape, using: &generators.1))
    #expect(network != Network(shape: shape, using: &generators.2))
  }

  @Test func parametersFromOutsideAreCheckable() {
    let shape = NetworkShape(inputCount: 1, hidden: [])
    func stays(_ parameters: [Float]) -> Bool {
      Network(shape: shape, parameters: parameters).staysFinite(inputsWithin: 6)
    }
    #expect(stays([1, 2]) && stays([-1e37, 2]))
    #expect(!stays([.nan, 2]) && !stays([1, -.infinity]) && !stays([1e38, 2]))
  }
}
