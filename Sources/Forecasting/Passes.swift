import NeuralNet

/// Going through the first of some rows again and again.
struct Passes {
  private let rows: TrainingRows
  private let rowCount: Int
  private let weights: [Float]
  private let standardizer: Standardizer
  private let settings: TrainingSettings
  private let batchSize: Int
  /// Of the whole run, over which the rate falls; nil: it stays.
  private let stepCount: Int?

  /// Below this many rows a network needs more holding back.
  private static let fewRows = 60_000

  init(
    _ rows: TrainingRows, first rowCount: Int, _ standardizer: Standardizer,
    _ settings: TrainingSettings, epochs: Int?
  ) {
    self.rows = rows
    self.rowCount = rowCount
    weights = rows.normalizedWeights
    self.standardizer = standardizer
    self.settings = settings
    // In a run of its own, little data in large batches would hardly move the weights.
    batchSize =
      epochs == nil
      ? min(settings.batchSize, 256) : max(64, min(settings.batchSize, rowCount / 150))
    let steps = (rowCount + batchSize - 1) / batchSize
    stepCount = epochs.map { $0 * steps }
  }

  var dropout: Double {
    rowCount < Self.fewRows
      ? max(settings.dropout, min(0.3, 3 * settings.dropout)) : settings.dropout
  }

  private func schedule(_ learner: Learner) -> LearningRateSchedule {
    guard let stepCount else { return .constant }
    // Every run begins with fresh moments, so their step count is the run's.
    return .cosine(firstStep: 0, stepCount: stepCount)
  }

  func rate(_ learner: Learner, _ rate: Double) -> Double {
    rate * Double(schedule(learner).multiplier(atStep: learner.moments.step))
  }

  func run(
    _ learner: inout Learner, rate: Double, dropout: Double = 0, weightDecay: Double? = nil,
    using generator: inout Xoshiro
  ) -> EpochReport {
    learner.adam = Adam()
    learner.adam.learningRate = Float(rate)
    learner.adam.weightDecay = Float(weightDecay ?? settings.weightDecay)
    learner.adam.clipNorm = settings.clipNorm.map { Float($0) }
    learner.adam.clipValue = settings.clipValue.map { Float($0) }
    let order = generator.shuffledIndices(count: rowCount)
    return learner.epoch(
      exampleCount: rowCount, batchSize: batchSize, dropout: Float(dropout),
      schedule: schedule(learner), using: &generator
    ) { positions, features, labels, weights in
      rows.copy(positions.lazy.map { Int(order[$0]) }, to: &features)
      standardizer.apply(to: &features)
      for (slot, position) in positions.enumerated() {
        labels[slot] = rows.labels[Int(order[position])]
        weights[slot] = self.weights[Int(order[position])]
      }
    }
  }
}

extension Learner {
  /// Mean weighted log-loss of the probabilities, in nats.
  func logLoss(on rows: TrainingRows, _ standardizer: Standardizer) -> Double {
    let weights = rows.normalizedWeights
    var sum = 0.0
    for start in stride(from: 0, to: rows.count, by: 1_024) {
      let indices = start..<min(start + 1_024, rows.count)
      var features = rows.features(of: indices)
      standardizer.apply(to: &features)
      for (index, logit) in zip(indices, network.logits(of: features)) {
        let probability = loss.probability(logit: logit)
        sum += Double(weights[index]) * RunningScore.logLoss(probability, rows.labels[index] > 0)
      }
    }
    return sum / Double(max(rows.count, 1))
  }
}
