import NeuralNet
import Testing

@Suite struct ReportTests {
  @Test func clipRateIsTheShareOfClippedSteps() {
    let examples = SyntheticExamples(count: 320, inputCount: 9)
    let clips: [(inout Adam, Float) -> Void] = [
      { $0.clipNorm = $1 }, { $0.clipNormPerTensor = $1 }, { $0.clipValue = $1 },
    ]
    for clip in clips {
      var (tight, wide) = (LearnerTests.learner(), LearnerTests.learner())
      clip(&tight.adam, 1e-6)
      clip(&wide.adam, 1e6)
      #expect(tight.learn(examples).clipRate == 1)
      #expect(wide.learn(examples).clipRate == 0)
    }
  }

  @Test func lossIsTheMeanOverExamplesWhateverTheBatches() {
    let examples = SyntheticExamples(count: 100, inputCount: 9)
    var learner = LearnerTests.learner()
    learner.adam.learningRate = 0
    let loss = learner.loss.mean(
      logits: learner.network.logits(of: examples.rows), labels: examples.labels)
    for batchSize in [1, 7, 32, 100, 1000] {
      let report = learner.learn(examples, batchSize: batchSize)
      #expect(abs(report.trainingLoss - loss) < 1e-6 * loss)
    }
  }

  @Test func instructionSetsAgree() {
    let examples = SyntheticExamples(count: 320, inputCount: 9)
    let learners = InstructionSet.available.map { set in
      var learner = LearnerTests.learner()
      learner.learn(examples, on: set)
      return learner
    }
    let first = learners[0].network.parameters.map(Double.init)
    #expect(learners.allSatisfy { distance($0.network.parameters, first) < 1e-4 })
  }

  @Test func portableInstructionsAreAlwaysThere() {
    #expect(InstructionSet.available.contains(.portable))
    #expect(InstructionSet.available.contains(.best))
    #expect(InstructionSet.available.contains(.current))
  }
}

@Suite struct LearningRateScheduleTests {
  @Test func constantIsOne() {
    #expect(LearningRateSchedule.constant.multiplier(atStep: 0) == 1)
    #expect(LearningRateSchedule.constant.multiplier(atStep: 1_000_000) == 1)
  }

  @Test func cosineWarmsUpAndFalls() {
    let schedule = LearningRateSchedule.cosine(
      firstStep: 100, stepCount: 50, warmUpStepCount: 10, floor: 0.1)
    #expect(schedule.multiplier(atStep: 100) == 0.1)
    #expect(schedule.multiplier(atStep: 109) == 1)
    #expect(schedule.multiplier(atStep: 110) == 1)
    #expect(abs(schedule.multiplier(atStep: 130) - 0.55) < 1e-6)
    #expect(abs(schedule.multiplier(atStep: 150) - 0.1) < 1e-6)
    #expect(abs(schedule.multiplier(atStep: 10_000) - 0.1) < 1e-6)
  }

  @Test func scheduleMultipliesTheRate() {
    let examples = SyntheticExamples(count: 32, inputCount: 9)
    var (scheduled, halved) = (LearnerTests.learner(), LearnerTests.learner())
    halved.adam.learningRate = 0.0005
    halved.learn(examples)
    var generator = Xoshiro(seed: 0)
    _ = scheduled.epoch(
      rows: examples.rows, labels: examples.labels, order: examples.inOrder,
      schedule: .cosine(firstStep: 0, stepCount: 10, warmUpStepCount: 2), on: .best,
      using: &generator)
    #expect(scheduled.network == halved.network)
  }
}
