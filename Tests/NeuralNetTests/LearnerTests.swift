import NeuralNet
import Testing

/// A year of synthetic hours in small: some columns matter, labels are rare.
struct SyntheticExamples {
  var rows: [Float]
  var labels: [Float]
  let inputCount: Int

  init(count: Int, inputCount: Int, activeShare: Double = 0.1, seed: UInt64 = 1) {
    var generator = Xoshiro(seed: seed)
    self.inputCount = inputCount
    rows = (0..<count * inputCount).map { _ in Float(generator.normal()) }
    labels = (0..<count).map { _ in generator.uniform() < activeShare ? 1 : 0 }
  }

  func batch(_ indices: Range<Int>, weights: [Float]? = nil) -> Batch {
    Batch(rows: rows, labels: labels, weights: weights, indices: indices.map(Int32.init))
  }

  var inOrder: [Int32] { labels.indices.map(Int32.init) }
}

@Suite struct LearnerTests {
  /// 100 steps of the learner against 100 of the reference, both from the same start: float32
  /// rounds each operation to 6e-8, and Adam's first steps divide by small roots.
  @Test(arguments: InstructionSet.available, [[], [7], [33, 20], [100, 100, 100]])
  func hundredStepsFollowTheReference(instructionSet: InstructionSet, hidden: [Int]) {
    let examples = SyntheticExamples(count: 1000, inputCount: 9)
    var generator = Xoshiro(seed: 3)
    let shape = NetworkShape(inputCount: 9, hidden: hidden)
    let network = Network(shape: shape, initialization: .heNormal, using: &generator)
    var adam = Adam()
    adam.clipNorm = 1
    var learner = Learner(network: network, loss: PenalizedLoss(penalty: 10), adam: adam)
    var reference = ReferenceNetwork(network)
    var referenceAdam = ReferenceAdam(adam, parameterCount: shape.parameterCount)

    let report = learner.epoch(
      rows: examples.rows, labels: examples.labels, order: examples.inOrder, batchSize: 10,
      on: instructionSet, using: &generator)
    var lossSum = 0.0
    for start in stride(from: 0, to: 1000, by: 10) {
      let batch = examples.batch(start..<start + 10)
      lossSum += reference.loss(batch, penalty: 10)
      referenceAdam.update(&reference, gradient: reference.gradient(batch, penalty: 10))
    }

    #expect(report.stepCount == 100)
    #expect(abs(report.trainingLoss - lossSum / 100) < 1e-4)
    let distance = zip(learner.network.parameters, reference.parameters)
      .map { abs(Double($0) - $1) }.max()!
    #expect(distance < 2e-3)
  }

  @Test(arguments: InstructionSet.available)
  func rowAloneAndRowAmongOthersGiveTheSameBits(instructionSet: InstructionSet) {
    var generator = Xoshiro(seed: 4)
    let shape = NetworkShape(inputCount: 48, hidden: [100, 37])
    let network = Network(shape: shape, using: &generator)
    let rows = SyntheticExamples(count: 77, inputCount: 48).rows
    let together = network.logits(of: rows, on: instructionSet)
    let alone = (0..<77).map { row in
      network.logits(of: Array(rows[row * 48..<(row + 1) * 48]), on: instructionSet)[0]
    }
    #expect(together == alone)
  }
}

extension LearnerTests {
  @Test func examplesMadeOnTheWayTeachTheSameBits() {
    let examples = SyntheticExamples(count: 300, inputCount: 11)
    var generator = Xoshiro(seed: 5)
    let network = Network(shape: NetworkShape(inputCount: 11, hidden: [20]), using: &generator)
    var stored = Learner(network: network, loss: PenalizedLoss(penalty: 10))
    var made = stored
    var dropouts = (generator, generator)

    let storedReport = stored.epoch(
      rows: examples.rows, labels: examples.labels, order: examples.inOrder, batchSize: 64,
      dropout: 0.2, using: &dropouts.0)
    let madeReport = made.epoch(
      exampleCount: 300, batchSize: 64, dropout: 0.2, using: &dropouts.1
    ) { positions, rows, labels, _ in
      for (slot, position) in positions.enumerated() {
        labels[slot] = examples.labels[position]
        for column in 0..<11 { rows[slot * 11 + column] = examples.rows[position * 11 + column] }
      }
    }

    #expect(stored == made)
    #expect(storedReport == madeReport)
  }
}
