import NeuralNet
import Testing

/// What happens when a step comes out as no number.
@Suite struct NonFiniteStepTests {
  private static let poison: [Float] = [.nan, .infinity, -.infinity]

  /// 320 examples of which those at `positions` are poisoned; batches of 32, so ten steps.
  private static func examples(poisonedWith value: Float, at positions: [Int])
    -> SyntheticExamples
  {
    var examples = SyntheticExamples(count: 320, inputCount: 9)
    for position in positions { examples.rows[9 * position] = value }
    return examples
  }

  @Test(arguments: InstructionSet.available, poison)
  func poisonedStepIsNotTaken(set: InstructionSet, value: Float) {
    let examples = Self.examples(poisonedWith: value, at: [0])
    var learner = LearnerTests.learner()
    let before = learner.network
    var generator = Xoshiro(seed: 0)
    let report = learner.epoch(
      rows: examples.rows, labels: examples.labels, order: [0, 1, 2], on: set, using: &generator)
    #expect(report.nonFiniteStepCount == 1 && report.stepCount == 0)
    #expect(learner.network == before)
    #expect(learner.moments.step == 0)
  }

  /// Steps 1–3 are good, step 4 is not: back to the weights the epoch began with, and on from there
  /// with half the rate.
  @Test func goodWeightsComeBackAndTheRateIsHalved() {
    let examples = Self.examples(poisonedWith: .nan, at: [100])
    var learner = LearnerTests.learner()
    let report = learner.learn(examples)
    #expect(report.nonFiniteStepCount == 1 && report.stepCount == 9)
    #expect(learner.caution == 0.5)

    var expected = LearnerTests.learner()
    expected.adam.learningRate = 0.0005
    let clean = SyntheticExamples(count: 320, inputCount: 9)
    var generator = Xoshiro(seed: 0)
    _ = expected.epoch(
      rows: clean.rows, labels: clean.labels, order: Array(clean.inOrder[128...]), on: .best,
      using: &generator)
    #expect(learner.network == expected.network)
    #expect(learner.moments == expected.moments)
  }

  @Test func cautionGoesNoLowerThanAThousandthAndComesBack() {
    var learner = LearnerTests.learner()
    let poisoned = Self.examples(poisonedWith: .nan, at: Array(0..<320))
    for _ in 0..<2 { learner.learn(poisoned) }
    #expect(learner.caution == 0x1p-10)
    for _ in 0..<10 { learner.learn(SyntheticExamples(count: 32, inputCount: 9)) }
    #expect(learner.caution == 1)
  }

  /// A rate that throws the weights away: whatever comes, the weights kept are finite.
  @Test(arguments: InstructionSet.available)
  func absurdRateLeavesFiniteWeights(set: InstructionSet) {
    var adam = Adam()
    adam.learningRate = 1e30
    var learner = LearnerTests.learner(adam: adam)
    for _ in 0..<5 {
      let report = learner.learn(SyntheticExamples(count: 320, inputCount: 9), on: set)
      #expect(report.trainingLoss.isFinite)
    }
    #expect(learner.network.parameters.allSatisfy(\.isFinite) && learner.moments.isFinite)
    #expect(learner.caution < 1)
  }

  @Test func weightsThatAreNotNumbersAreNotTrained() {
    let shape = NetworkShape(inputCount: 9, hidden: [4])
    let parameters = [Float](repeating: .nan, count: shape.parameterCount)
    var learner = Learner(
      network: Network(shape: shape, parameters: parameters), loss: PenalizedLoss(penalty: 10))
    let report = learner.learn(SyntheticExamples(count: 64, inputCount: 9))
    #expect(report.stepCount == 0 && report.nonFiniteStepCount == 2)
  }
}
