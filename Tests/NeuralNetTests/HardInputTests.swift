import Arithmetic
import NeuralNet
import Testing

/// Inputs that end other trainings in NaN, or in a network that says 0 for ever.
@Suite struct HardInputTests {
  /// What the question met: hourly counts, nearly all zero, and what becomes of them unprepared.
  enum Question: String, CaseIterable, Sendable {
    case rawCounts, scaledBy1e4, constantColumns, nothingActive, oneActive, duplicateRows

    /// A year of hours, 24 columns: the counts of the last day; active hours come at nine.
    var examples: SyntheticExamples {
      var examples = SyntheticExamples(count: 8_760, inputCount: 24, seed: 12)
      var generator = Xoshiro(seed: 13)
      let counts = (0..<8_760).map { hour -> Float in
        let isActive = hour % 24 == 9 ? generator.uniform() < 0.6 : generator.uniform() < 0.01
        return isActive ? Float(1 + generator.next() % 500) : 0
      }
      for hour in 0..<8_760 {
        for lag in 0..<24 {
          examples.rows[24 * hour + lag] = hour > lag ? counts[hour - lag - 1] : 0
        }
        examples.labels[hour] = counts[hour] > 0 ? 1 : 0
      }
      change(&examples)
      return examples
    }

    private func change(_ examples: inout SyntheticExamples) {
      switch self {
      case .rawCounts: break
      case .scaledBy1e4: for index in examples.rows.indices { examples.rows[index] *= 1e4 }
      case .constantColumns:
        for index in examples.rows.indices where index % 24 < 12 { examples.rows[index] = 1e4 }
      case .nothingActive: for index in examples.labels.indices { examples.labels[index] = 0 }
      case .oneActive:
        for index in examples.labels.indices { examples.labels[index] = index == 4_000 ? 1 : 0 }
      case .duplicateRows:
        for index in examples.rows.indices { examples.rows[index] = examples.rows[index % 240] }
        for index in examples.labels.indices {
          examples.labels[index] = examples.labels[index % 10 + 9]
        }
      }
    }
  }

  static func learner(_ examples: SyntheticExamples, hidden: [Int] = [100, 100, 100]) -> Learner {
    var generator = Xoshiro(seed: 14)
    let shape = NetworkShape(inputCount: examples.inputCount, hidden: hidden)
    return Learner(
      network: Network(shape: shape, using: &generator), loss: PenalizedLoss(penalty: 10))
  }

  @Test(arguments: InstructionSet.available, Question.allCases)
  func unpreparedInputsNeverEndInNaN(set: InstructionSet, question: Question) {
    let examples = question.examples
    var learner = Self.learner(examples)
    for _ in 0..<3 {
      let report = learner.learn(examples, on: set)
      #expect(report.trainingLoss.isFinite && report.nonFiniteStepCount == 0)
    }
    #expect(learner.network.parameters.allSatisfy(\.isFinite) && learner.moments.isFinite)
    let logits = learner.network.logits(of: examples.rows, on: set)
    #expect(logits.allSatisfy { (0...1).contains(learner.loss.probability(logit: $0)) })
  }

  /// Standardised, they are learned: better than the best constant, and the probabilities average
  /// to the share of active hours within a factor of two.
  @Test(arguments: InstructionSet.available, [Question.rawCounts, .scaledBy1e4, .constantColumns])
  func standardisedInputsAreLearned(set: InstructionSet, question: Question) {
    var examples = question.examples
    Standardizer(fitting: examples.rows, featureCount: 24).apply(to: &examples.rows)
    var learner = Self.learner(examples)
    for _ in 0..<3 { learner.learn(examples, on: set) }

    let logits = learner.network.logits(of: examples.rows, on: set)
    let activeShare = Double(examples.labels.reduce(0, +)) / 8_760
    let constant = [Float](
      repeating: learner.loss.logit(probability: activeShare), count: logits.count)
    let loss = learner.loss.mean(logits: logits, labels: examples.labels)
    #expect(loss < 0.8 * learner.loss.mean(logits: constant, labels: examples.labels))
    let meanProbability =
      logits.reduce(0) { $0 + learner.loss.probability(logit: $1) } / Double(logits.count)
    #expect(meanProbability > activeShare / 2 && meanProbability < activeShare * 2)
  }

  @Test func withNothingActiveProbabilitiesSinkAndStayAboveZero() {
    let examples = Question.nothingActive.examples
    var standardized = examples
    Standardizer(fitting: examples.rows, featureCount: 24).apply(to: &standardized.rows)
    var learner = Self.learner(standardized)
    for _ in 0..<5 { learner.learn(standardized) }
    let logits = learner.network.logits(of: standardized.rows)
    let probabilities = logits.map { learner.loss.probability(logit: $0) }
    #expect(probabilities.max()! < 0.01)
    #expect(probabilities.min()! > 0)
  }

  static let extremes: [Float] = [
    0, -0.0, 1, -1, .leastNonzeroMagnitude, -0x1p-140, 1e-20, 1e4, -1e4, 1e18, 1e30, -1e30,
    .greatestFiniteMagnitude,
    -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
  ]

  static func hostile(seed: UInt64, values: [Float]) -> SyntheticExamples {
    var generator = Xoshiro(seed: seed)
    var examples = SyntheticExamples(count: 200, inputCount: 1 + Int(generator.next() % 20))
    for index in examples.rows.indices where generator.uniform() < 0.3 {
      examples.rows[index] = values[Int(generator.next() % UInt64(values.count))]
    }
    return examples
  }

  /// Any 32-bit number, standardised, can be learned from without a step that is not finite.
  @Test(arguments: 0..<20)
  func standardisedExtremesAreLearnedFrom(seed: UInt64) {
    var examples = Self.hostile(seed: seed, values: Self.extremes)
    Standardizer(fitting: examples.rows, featureCount: examples.inputCount)
      .apply(to: &examples.rows)
    #expect(examples.rows.allSatisfy { $0.magnitude <= 6 })
    for set in InstructionSet.available {
      var learner = Self.learner(examples, hidden: [17, 5])
      for _ in 0..<3 {
        #expect(learner.learn(examples, dropout: 0.2, on: set).nonFiniteStepCount == 0)
      }
      #expect(learner.network.parameters.allSatisfy(\.isFinite) && learner.moments.isFinite)
      let logits = learner.network.logits(of: examples.rows, on: set)
      #expect(logits.allSatisfy { $0.isFinite })
    }
  }

  /// Even unprepared, they cannot harm the weights: steps that are not finite are not taken.
  @Test(arguments: 0..<20, [[], [17, 5]])
  func unpreparedExtremesLeaveWeightsAndMomentsFinite(seed: UInt64, hidden: [Int]) {
    let examples = Self.hostile(seed: seed, values: Self.extremes)
    for set in InstructionSet.available {
      var learner = Self.learner(examples, hidden: hidden)
      for batchSize in [1, 32, 50] {
        let report = learner.learn(examples, batchSize: batchSize, dropout: 0.2, on: set)
        #expect(report.trainingLoss.isFinite && report.gradientNorm.isFinite)
        #expect(report.stepCount + report.nonFiniteStepCount == (199 + batchSize) / batchSize)
      }
      #expect(learner.network.parameters.allSatisfy(\.isFinite) && learner.moments.isFinite)
    }
  }

  /// Rows with denormals train as if those were zero, at full speed.
  @Test(arguments: InstructionSet.available)
  func denormalsCountAsZero(set: InstructionSet) {
    var examples = SyntheticExamples(count: 100, inputCount: 5)
    var zeros = examples
    for index in stride(from: 0, to: examples.rows.count, by: 3) {
      examples.rows[index] = .leastNonzeroMagnitude
      zeros.rows[index] = 0
    }
    var learners = (
      Self.learner(examples, hidden: [8]), Self.learner(examples, hidden: [8])
    )
    learners.0.learn(examples, on: set)
    learners.1.learn(zeros, on: set)
    #expect(learners.0 == learners.1)
    let network = learners.0.network
    #expect(network.logits(of: examples.rows, on: set) == network.logits(of: zeros.rows, on: set))
  }

  @Test(arguments: InstructionSet.available)
  func denormalsOfTheCallerSurviveTheCall(set: InstructionSet) {
    var learner = Self.learner(SyntheticExamples(count: 10, inputCount: 5), hidden: [8])
    learner.learn(SyntheticExamples(count: 10, inputCount: 5), on: set)
    _ = learner.network.logits(of: [1, 2, 3, 4, 5], on: set)
    let half = [Float.leastNormalMagnitude, 0.5]
    #expect(half[0] * half[1] > 0)
  }
}
