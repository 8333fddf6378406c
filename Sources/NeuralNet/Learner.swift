internal import CNeuralKernels

/// A network that learns, with all that a warm start needs.
///
/// A value: training a copy leaves the original as it was. The same learner, examples, generator
/// and instruction set give the same bits, on any thread.
package struct Learner: Equatable, Sendable {
  package private(set) var network: Network
  package private(set) var moments: AdamMoments
  package var loss: PenalizedLoss
  package var adam: Adam
  /// Multiplies the learning rate, in 2⁻¹⁰…1. A step that is not finite halves it; an epoch without
  /// one doubles it.
  package private(set) var caution: Float
  /// The range of `caution`.
  package static let cautions: ClosedRange<Float> = 0x1p-10...1

  package init(network: Network, loss: PenalizedLoss, adam: Adam = Adam()) {
    self.init(
      network: network, moments: AdamMoments(parameterCount: network.parameters.count),
      loss: loss, adam: adam)
  }

  package init(
    network: Network, moments: AdamMoments, loss: PenalizedLoss, adam: Adam = Adam(),
    caution: Float = 1
  ) {
    precondition(moments.first.count == network.parameters.count, "a moment for each parameter")
    precondition(Self.cautions.contains(caution), "caution within its bounds")
    self.network = network
    self.moments = moments
    self.loss = loss
    self.adam = adam
    self.caution = caution
  }

  /// Goes once through the examples in the given order, a step for each batch.
  ///
  /// A step whose loss or gradient is not finite (its sum of squares beyond 3e38 counts as such)
  /// is not taken: weights and moments go back to some that were good, at most 128 steps old.
  ///
  /// - Parameters:
  ///   - rows: `[exampleCount × inputCount]`, row after row, standardised.
  ///   - labels: `[exampleCount]`, in 0…1.
  ///   - weights: `[exampleCount]`, or nil for 1 each.
  ///   - order: Indices of examples, each any number of times; the last batch may be short.
  ///   - dropout: Share of the hidden units dropped, in 0..<1.
  ///   - generator: Gives each step's dropout; not asked without dropout.
  package mutating func epoch(
    rows: [Float], labels: [Float], weights: [Float]? = nil, order: [Int32],
    batchSize: Int = 32, dropout: Float = 0, schedule: LearningRateSchedule = .constant,
    on instructionSet: InstructionSet = .current,
    using generator: inout some RandomNumberGenerator
  ) -> EpochReport {
    precondition(rows.count == labels.count * network.shape.inputCount, "a row for each label")
    precondition(weights.map { $0.count == labels.count } ?? true, "a weight for each label")
    precondition(order.allSatisfy { labels.indices.contains(Int($0)) }, "the order names examples")
    precondition(batchSize > 0 && (0..<1).contains(dropout), "a usable batch size and dropout")
    guard !order.isEmpty else { return EpochReport() }
    var session = session(on: instructionSet)
    let options = StepOptions(dropout: dropout, schedule: schedule)
    for start in stride(from: 0, to: order.count, by: batchSize) {
      withExamples(
        rows: rows, labels: labels, weights: weights, order: order[start...],
        count: min(batchSize, order.count - start)
      ) {
        session.step($0, options, using: &generator)
      }
    }
    return finish(session)
  }

  /// The same for examples that are made as they are needed, a batch at a time.
  ///
  /// - Parameter fill: Writes the examples of these positions from the front of its spans, which
  ///   have room for a batch: rows `[batchSize × inputCount]`, labels and weights `[batchSize]`.
  ///   Weights are 1 unless it changes them.
  package mutating func epoch<Failure>(
    exampleCount: Int, batchSize: Int = 32, dropout: Float = 0,
    schedule: LearningRateSchedule = .constant, on instructionSet: InstructionSet = .current,
    using generator: inout some RandomNumberGenerator,
    fill: (
      _ positions: Range<Int>, _ rows: inout MutableSpan<Float>,
      _ labels: inout MutableSpan<Float>, _ weights: inout MutableSpan<Float>
    ) throws(Failure) -> Void
  ) throws(Failure) -> EpochReport {
    precondition(batchSize > 0 && (0..<1).contains(dropout), "a usable batch size and dropout")
    var session = session(on: instructionSet)
    let options = StepOptions(dropout: dropout, schedule: schedule)
    var rows = [Float](repeating: 0, count: batchSize * network.shape.inputCount)
    var labels = [Float](repeating: 0, count: batchSize)
    var weights = labels
    for start in stride(from: 0, to: exampleCount, by: batchSize) {
      let positions = start..<min(start + batchSize, exampleCount)
      for slot in weights.indices { weights[slot] = 1 }
      var batchRows = rows.mutableSpan
      var batchLabels = labels.mutableSpan
      var batchWeights = weights.mutableSpan
      try fill(positions, &batchRows, &batchLabels, &batchWeights)
      withExamples(
        rows: rows, labels: labels, weights: weights, order: nil, count: positions.count
      ) {
        session.step($0, options, using: &generator)
      }
    }
    return finish(session)
  }

  private func session(on instructionSet: InstructionSet) -> TrainingSession {
    precondition(adam.epsilon > 0 && adam.learningRate >= 0, "a usable learning rate")
    return TrainingSession(
      network: network, moments: moments, loss: loss, adam: adam, caution: caution,
      kernels: instructionSet.kernels)
  }

  private mutating func finish(_ session: borrowing TrainingSession) -> EpochReport {
    session.store(into: &network, &moments)
    let report = session.report
    caution = report.nonFiniteStepCount == 0 ? min(1, 2 * session.caution) : session.caution
    return report
  }
}
