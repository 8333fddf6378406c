import NeuralNet
import Testing

@Suite struct PenalizedLossTests {
  /// ln 2 at even odds, times the penalty where the hour is active.
  @Test func missedActiveHourCostsThePenalty() {
    let loss = PenalizedLoss(penalty: 10)
    let ln2 = 0.693_147_180_559_945_3
    #expect(abs(loss.loss(logit: 0, label: 0) - ln2) < 1e-15)
    #expect(abs(loss.loss(logit: 0, label: 1) - 10 * ln2) < 1e-14)
    #expect(abs(loss.loss(logit: 0, label: 0.5) - 5.5 * ln2) < 1e-14)
  }

  @Test(arguments: [-Float.greatestFiniteMagnitude, -1e30, -1000, -88, 0, 88, 1000, 1e30])
  func lossIsFiniteForEveryFiniteLogit(logit: Float) {
    let loss = PenalizedLoss(penalty: 10)
    #expect(loss.loss(logit: logit, label: 0).isFinite)
    #expect(loss.loss(logit: logit, label: 1).isFinite)
    #expect((0...1).contains(loss.probability(logit: logit)))
    #expect((0...1).contains(loss.score(logit: logit)))
  }

  /// p = q / (q + w (1 − q)): a score of one half is a probability of one in eleven.
  @Test(arguments: [Float(-12), -3, 0, 0.5, 4, 12])
  func probabilityTakesThePenaltyBackOut(logit: Float) {
    let loss = PenalizedLoss(penalty: 10)
    let score = loss.score(logit: logit)
    let probability = loss.probability(logit: logit)
    #expect(abs(probability - score / (score + 10 * (1 - score))) < 1e-15)
  }

  @Test func penaltyOfOneLeavesTheScore() {
    let loss = PenalizedLoss(penalty: 1)
    #expect(loss.probability(logit: 0.7) == loss.score(logit: 0.7))
  }

  @Test(arguments: [0.001, 0.05, 0.5, 0.99])
  func startingLogitGivesTheProbability(probability: Double) {
    let loss = PenalizedLoss(penalty: 10)
    let logit = loss.logit(probability: probability)
    #expect(abs(loss.probability(logit: logit) - probability) < 1e-6)
  }

  @Test func meanWeighsEachExampleAndDividesByTheirNumber() {
    let loss = PenalizedLoss(penalty: 10)
    let each = [loss.loss(logit: 1, label: 1), loss.loss(logit: -2, label: 0)]
    let mean = loss.mean(logits: [1, -2], labels: [1, 0], weights: [3, 0.5])
    #expect(abs(mean - (3 * each[0] + 0.5 * each[1]) / 2) < 1e-15)
    #expect(loss.mean(logits: [], labels: []) == 0)
  }

  /// The kernels' own exponential and logarithm, seen through a network of one weight: the loss and
  /// its gradient (a tenth of which is Adam's first moment) within 4 units of the last place.
  @Test(arguments: InstructionSet.available)
  func kernelsLossIsGoodToTheLastPlaces(set: InstructionSet) {
    let loss = PenalizedLoss(penalty: 10)
    let shape = NetworkShape(inputCount: 1, hidden: [])
    for step in -2_000...2_000 {
      for label in [Float(0), 1] {
        let logit = Float(step) * 0.05
        let network = Network(shape: shape, parameters: [1, 0])
        var learner = Learner(network: network, loss: loss)
        var generator = Xoshiro(seed: 0)
        let report = learner.epoch(
          rows: [logit], labels: [label], order: [0], on: set, using: &generator)
        let score = loss.score(logit: logit)
        let other = loss.score(logit: -logit)
        let expected = loss.loss(logit: logit, label: label)
        let slope = label == 1 ? -10 * other : score
        // Below 1e-37 the slope is flushed to zero.
        #expect(abs(report.trainingLoss - expected) <= 5e-7 * expected + 1e-36)
        #expect(abs(10 * Double(learner.moments.first[1]) - slope) <= 5e-7 * abs(slope) + 1e-35)
      }
    }
  }
}
