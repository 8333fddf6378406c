import NeuralNet
import Testing

@Suite struct LearnerTests {
  static let shape = NetworkShape(inputCount: 9, hidden: [20, 13])

  static func learner(
    _ shape: NetworkShape = shape, adam: Adam = Adam(), penalty: Float = 10
  ) -> Learner {
    var generator = Xoshiro(seed: 3)
    let network = Network(shape: shape, initialization: .heNormal, using: &generator)
    return Learner(network: network, loss: PenalizedLoss(penalty: penalty), adam: adam)
  }

  /// Each way to step against the reference for 100 steps from the same start.
  ///
  /// float32 rounds each operation to 6e-8 and Adam's first steps divide by small roots: the weights,
  /// which move by about 0.1, stay within 2e-3, the losses on the way within 1e-4.
  @Test(arguments: InstructionSet.available, AdamCase.all)
  func hundredStepsFollowTheReference(set: InstructionSet, adamCase: AdamCase) {
    let examples = SyntheticExamples(count: 1000, inputCount: 9)
    var learner = Self.learner(adam: adamCase.adam)
    var reference = ReferenceNetwork(learner.network)
    var referenceAdam = ReferenceAdam(
      adamCase.adam, parameterCount: Self.shape.parameterCount)

    let report = learner.learn(examples, batchSize: 10, on: set)
    var lossSum = 0.0
    for start in stride(from: 0, to: 1000, by: 10) {
      let batch = examples.batch(start..<start + 10)
      lossSum += reference.loss(batch, penalty: 10)
      referenceAdam.update(&reference, gradient: reference.gradient(batch, penalty: 10))
    }

    #expect(report.stepCount == 100)
    #expect(abs(report.trainingLoss - lossSum / 100) < 1e-4)
    #expect(distance(learner.network.parameters, reference.parameters) < 2e-3)
  }

  @Test(arguments: InstructionSet.available)
  func questionsNetworkFollowsTheReference(set: InstructionSet) {
    let examples = SyntheticExamples(count: 640, inputCount: 12)
    let shape = NetworkShape(inputCount: 12, hidden: [100, 100, 100])
    var learner = Self.learner(shape)
    var reference = ReferenceNetwork(learner.network)
    var referenceAdam = ReferenceAdam(Adam(), parameterCount: shape.parameterCount)
    learner.learn(examples, batchSize: 32, on: set)
    for start in stride(from: 0, to: 640, by: 32) {
      let gradient = reference.gradient(examples.batch(start..<start + 32), penalty: 10)
      referenceAdam.update(&reference, gradient: gradient)
    }
    #expect(distance(learner.network.parameters, reference.parameters) < 2e-3)
  }

  @Test func trainingInTwoCallsIsTrainingInOne() {
    let examples = SyntheticExamples(count: 256, inputCount: 9)
    let (first, second) = (Array(examples.inOrder[..<128]), Array(examples.inOrder[128...]))
    var (whole, parts) = (Self.learner(), Self.learner())
    whole.learn(examples)
    var generator = Xoshiro(seed: 0)
    for order in [first, second] {
      _ = parts.epoch(
        rows: examples.rows, labels: examples.labels, order: order, on: .best, using: &generator)
    }
    #expect(whole == parts)
  }

  @Test(arguments: InstructionSet.available)
  func learnerRestoredFromItsPartsLearnsTheSameBits(set: InstructionSet) {
    let examples = SyntheticExamples(count: 100, inputCount: 9)
    var learner = Self.learner()
    learner.learn(examples, on: set)
    let moments = AdamMoments(
      first: learner.moments.first, second: learner.moments.second, step: learner.moments.step)
    let network = Network(shape: Self.shape, parameters: learner.network.parameters)
    var restored = Learner(network: network, moments: moments, loss: learner.loss)
    learner.learn(examples, dropout: 0.3, on: set)
    restored.learn(examples, dropout: 0.3, on: set)
    #expect(learner == restored)
  }

  @Test(arguments: InstructionSet.available)
  func everyThreadLearnsTheSameBits(set: InstructionSet) async {
    let examples = SyntheticExamples(count: 500, inputCount: 9)
    let learned = await withTaskGroup(of: Learner.self) { group in
      for _ in 0..<4 {
        group.addTask {
          var learner = Self.learner()
          for _ in 0..<3 { learner.learn(examples, dropout: 0.1, on: set) }
          return learner
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(learned.allSatisfy { $0 == learned[0] })
  }

  @Test func examplesMadeOnTheWayTeachTheSameBits() {
    let examples = SyntheticExamples(count: 300, inputCount: 9)
    var (stored, made) = (Self.learner(), Self.learner())
    let storedReport = stored.learn(examples, batchSize: 64, dropout: 0.2, seed: 5)
    var generator = Xoshiro(seed: 5)
    let madeReport = made.epoch(
      exampleCount: 300, batchSize: 64, dropout: 0.2, on: .best, using: &generator
    ) { positions, rows, labels, _ in
      for (slot, position) in positions.enumerated() {
        labels[slot] = examples.labels[position]
        for column in 0..<9 { rows[slot * 9 + column] = examples.rows[position * 9 + column] }
      }
    }
    #expect(stored == made)
    #expect(storedReport == madeReport)
  }

  @Test func orderChoosesTheExamples() {
    let examples = SyntheticExamples(count: 64, inputCount: 9)
    var changed = examples
    for index in 0..<9 { changed.rows[index] = .nan }
    var (learner, other) = (Self.learner(), Self.learner())
    var generator = Xoshiro(seed: 0)
    let order: [Int32] = [5, 5, 63, 17]
    _ = learner.epoch(
      rows: examples.rows, labels: examples.labels, order: order, using: &generator)
    _ = other.epoch(rows: changed.rows, labels: changed.labels, order: order, using: &generator)
    #expect(learner == other)
  }

  @Test func noExamplesTeachNothing() {
    var learner = Self.learner()
    let before = learner
    var generator = Xoshiro(seed: 0)
    let report = learner.epoch(rows: [], labels: [], order: [], using: &generator)
    #expect(report.stepCount == 0 && report.trainingLoss == 0)
    #expect(learner == before)
  }

  @Test func exampleOfWeightZeroTeachesNothing() {
    let examples = SyntheticExamples(count: 32, inputCount: 9)
    var other = examples
    for column in 0..<9 { other.rows[column] = 5 }
    other.labels[0] = 1 - other.labels[0]
    let weights = [0] + [Float](repeating: 1, count: 31)
    var learners = (Self.learner(), Self.learner())
    learners.0.learn(examples, weights: weights)
    learners.1.learn(other, weights: weights)
    #expect(learners.0 == learners.1)
  }

  @Test func copyStaysAsItWas() {
    let original = Self.learner()
    var copy = original
    copy.learn(SyntheticExamples(count: 64, inputCount: 9))
    #expect(original == Self.learner())
    #expect(copy != original)
  }

  /// With a third dropped, a unit's mean is kept: so is, about, the mean logit over many rows.
  @Test(arguments: InstructionSet.available)
  func dropoutLearnsTheTaskWithoutMovingTheMean(set: InstructionSet) {
    let examples = SyntheticExamples(count: 4_000, inputCount: 9)
    var (with, without) = (Self.learner(), Self.learner())
    for seed in 0..<10 {
      with.learn(examples, dropout: 1 / 3, on: set, seed: UInt64(seed))
      without.learn(examples, on: set)
    }
    func meanLoss(_ learner: Learner) -> Double {
      learner.loss.mean(
        logits: learner.network.logits(of: examples.rows, on: set), labels: examples.labels)
    }
    #expect(with != without)
    #expect(meanLoss(with) < 1.3 * meanLoss(without))
  }

  @Test func everyInstructionSetDropsTheSameUnits() {
    let examples = SyntheticExamples(count: 320, inputCount: 9)
    let losses = InstructionSet.available.map { set in
      var learner = Self.learner()
      return learner.learn(examples, dropout: 0.5, on: set).trainingLoss
    }
    #expect(losses.allSatisfy { abs($0 - losses[0]) < 1e-4 })
  }
}

/// A way to step, named for the test's output.
struct AdamCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let adam: Adam

  private init(_ name: String, _ change: (inout Adam) -> Void) {
    var adam = Adam()
    change(&adam)
    (testDescription, self.adam) = (name, adam)
  }

  static let all = [
    AdamCase("as it comes") { _ in },
    AdamCase("epsilon after the correction") {
      $0.epsilonPlacement = .afterCorrection
      $0.epsilon = 1e-3
    },
    AdamCase("epsilon before the correction") { $0.epsilon = 1e-3 },
    AdamCase("weight decay") { $0.weightDecay = 0.1 },
    AdamCase("clip by norm") { $0.clipNorm = 0.5 },
    AdamCase("clip by norm per tensor") { $0.clipNormPerTensor = 0.2 },
    AdamCase("clip by value") { $0.clipValue = 0.01 },
    AdamCase("all clips") {
      $0.clipValue = 0.1
      $0.clipNormPerTensor = 0.3
      $0.clipNorm = 0.4
    },
    AdamCase("other betas") {
      $0.beta1 = 0.5
      $0.beta2 = 0.9
      $0.learningRate = 0.003
    },
  ]
}
