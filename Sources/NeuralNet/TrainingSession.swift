internal import CNeuralKernels

/// The steps of one call: forward, loss, backward, clip, Adam.
struct TrainingSession: ~Copyable {
  private let memory: TrainingMemory
  private let kernels: neural_kernels
  private let loss: PenalizedLoss
  private let adam: Adam
  private var adamStep: Int
  private var keptAdamStep: Int
  private(set) var caution: Float
  private(set) var report = EpochReport()

  /// Good weights are remembered this often.
  private static let stepsBetweenKeeping = 128
  private static let smallestCaution: Float = 0x1p-10

  init(
    network: Network, moments: AdamMoments, loss: PenalizedLoss, adam: Adam, caution: Float,
    kernels: neural_kernels
  ) {
    memory = TrainingMemory(shape: network.shape)
    memory.load(network)
    memory.load(moments)
    memory.keep()
    self.kernels = kernels
    self.loss = loss
    self.adam = adam
    self.caution = caution
    adamStep = moments.step
    keptAdamStep = moments.step
  }

  func store(into network: inout Network, _ moments: inout AdamMoments) {
    memory.store(into: &network)
    memory.store(into: &moments)
    moments.step = adamStep
  }

  mutating func step(
    _ batch: Examples, _ options: StepOptions, using generator: inout some RandomNumberGenerator
  ) {
    withoutDenormals {
      let batchLoss = gradient(of: batch, dropout: options.dropout, using: &generator)
      let clip = clippedGradient()
      guard batchLoss.isFinite && clip.norm.isFinite else { return goBack() }
      if report.stepCount % Self.stepsBetweenKeeping == 0 {
        memory.keep()
        keptAdamStep = adamStep
      }
      let rate = adam.learningRate * options.schedule.multiplier(atStep: adamStep) * caution
      update(rate: rate, globalFactor: clip.globalFactor)
      report.stepCount += 1
      report.clippedStepCount += clip.isClipped ? 1 : 0
      report.lossSum += batchLoss
      report.exampleCount += batch.count
      report.gradientNormSum += clip.norm
    }
  }

  private mutating func goBack() {
    memory.restore()
    adamStep = keptAdamStep
    caution = max(caution / 2, Self.smallestCaution)
    report.nonFiniteStepCount += 1
  }

  /// Leaves the gradient of the batch's mean loss in memory.
  ///
  /// - Returns: The sum of the examples' losses.
  private func gradient(
    of batch: Examples, dropout share: Float, using generator: inout some RandomNumberGenerator
  ) -> Double {
    var sum = 0.0
    for start in stride(from: 0, to: batch.count, by: chunkRows) {
      let count = min(chunkRows, batch.count - start)
      let dropout = share > 0 ? Dropout(share: share, seed: generator.next()) : nil
      memory.gather(batch, start..<start + count, kernels)
      memory.forward(kernels, dropout: dropout)
      let options = neural_loss(
        penalty: loss.penalty, scale: 1 / Float(batch.count), rows: count)
      sum += kernels.loss(
        memory.logits, memory.labels, memory.exampleWeights, options, memory.logitGradients)
      memory.backward(kernels, accumulating: start > 0, dropout: dropout)
    }
    return sum
  }
}

struct StepOptions {
  let dropout: Float
  let schedule: LearningRateSchedule
}

// MARK: Clipping and Adam

extension TrainingSession {
  private struct Clip {
    /// Before clipping.
    var norm = 0.0
    var isClipped = false
    var globalFactor: Float = 1
  }

  /// Clips by value in place; what the norms' limits leave goes into `clipFactors` and the result.
  private func clippedGradient() -> Clip {
    var clip = Clip()
    var squares = 0.0
    var squaresLeft = 0.0
    for (index, tensor) in memory.tensors.enumerated() {
      let gradient = memory.gradients + tensor.offset
      var left = Double(kernels.sum_of_squares(gradient, tensor.count))
      squares += left
      if let limit = adam.clipValue {
        let before = left
        kernels.clip(gradient, tensor.count, limit)
        left = Double(kernels.sum_of_squares(gradient, tensor.count))
        clip.isClipped = clip.isClipped || left < before
      }
      memory.clipFactors[index] = 1
      if let limit = adam.clipNormPerTensor.map(Double.init), left > limit * limit {
        memory.clipFactors[index] = Float(limit / left.squareRoot())
        clip.isClipped = true
        left = limit * limit
      }
      squaresLeft += left
    }
    clip.norm = squares.squareRoot()
    if let limit = adam.clipNorm.map(Double.init), squaresLeft > limit * limit {
      clip.globalFactor = Float(limit / squaresLeft.squareRoot())
      clip.isClipped = true
    }
    return clip
  }

  private mutating func update(rate: Float, globalFactor: Float) {
    adamStep += 1
    let step = adam.stepSize(atStep: adamStep, rate: rate)
    for (index, tensor) in memory.tensors.enumerated() {
      let options = neural_adam(
        beta1: adam.beta1, beta2: adam.beta2, step_size: step.size, epsilon: step.epsilon,
        gradient_scale: globalFactor * memory.clipFactors[index],
        decay: tensor.isDecaying ? rate * adam.weightDecay : 0)
      kernels.adam(
        memory.weights + tensor.offset, memory.firstMoments + tensor.offset,
        memory.secondMoments + tensor.offset, memory.gradients + tensor.offset, tensor.count,
        options)
    }
  }
}
