import NeuralNet

/// Going through some of the rows, standardised, again and again.
struct EpochRunner {
  let rows: TrainingRows
  let standardizer: Standardizer
  private let chosen: [Int32]
  private let meanWeight: Double
  private let settings: TrainingSettings
  private let batchSize: Int
  /// Of the whole run, over which the rate falls; nil: it stays.
  private let stepCount: Int?

  /// Below this many rows a network needs more holding back.
  private static let fewRows = 60_000

  init(
    _ rows: TrainingRows, _ chosen: [Int32], _ standardizer: Standardizer,
    _ settings: TrainingSettings, epochs: Int?
  ) {
    self.rows = rows
    self.standardizer = standardizer
    self.chosen = chosen
    meanWeight = rows.meanWeight(of: chosen)
    self.settings = settings
    // Little data in large batches would hardly move the weights of a run of its own.
    batchSize =
      epochs == nil ? settings.batchSize : max(64, min(settings.batchSize, chosen.count / 300))
    let steps = (chosen.count + batchSize - 1) / batchSize
    stepCount = epochs.map { $0 * steps }
  }

  var dropout: Double {
    chosen.count < Self.fewRows
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
    let order = generator.shuffledIndices(count: chosen.count)
    var indices: [Int32] = []
    indices.reserveCapacity(batchSize)
    return learner.epoch(
      exampleCount: chosen.count, batchSize: batchSize, dropout: Float(dropout),
      schedule: schedule(learner), using: &generator
    ) { positions, batch, labels, weights in
      indices.removeAll(keepingCapacity: true)
      for position in positions { indices.append(chosen[Int(order[position])]) }
      rows.copy(indices, to: &batch)
      for (place, index) in indices.enumerated() {
        labels[place] = rows.labels[Int(index)] ? 1 : 0
        weights[place] = Float(Double(rows.weights[Int(index)]) / meanWeight)
      }
      standardizer.apply(to: &batch, rowCount: positions.count)
    }
  }
}

extension Learner {
  /// Mean weighted log-loss of the probabilities of some rows, in nats.
  func logLoss(
    on rows: TrainingRows, _ chosen: [Int32], _ standardizer: Standardizer
  ) -> Double {
    let meanWeight = rows.meanWeight(of: chosen)
    var sum = 0.0
    var features: [Float] = []
    for start in stride(from: 0, to: chosen.count, by: Self.judgedAtOnce) {
      let part = chosen[start..<min(start + Self.judgedAtOnce, chosen.count)]
      features.removeAll(keepingCapacity: true)
      features.append(contentsOf: repeatElement(0, count: part.count * TrainingRows.width))
      var span = features.mutableSpan
      rows.copy(Array(part), to: &span)
      standardizer.apply(to: &features)
      for (index, logit) in zip(part, network.logits(of: features)) {
        let weight = Double(Float(Double(rows.weights[Int(index)]) / meanWeight))
        let probability = loss.probability(logit: logit)
        sum += weight * RunningScore.logLoss(probability, rows.labels[Int(index)])
      }
    }
    return sum / Double(max(chosen.count, 1))
  }

  private static let judgedAtOnce = 512
}
