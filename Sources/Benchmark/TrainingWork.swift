import NeuralNet

/// A year of hours with 48 features, and a network with three layers of 100 units.
struct TrainingWork {
  static let rowCount = 8_760
  static let inputCount = 48
  static let loss = PenalizedLoss(penalty: 10)

  let rows: [Float]
  let labels: [Float]
  let order: [Int32]
  let network: Network
  private var generator: Xoshiro

  init() {
    var generator = Xoshiro(seed: 1)
    let (rowCount, inputCount) = (Self.rowCount, Self.inputCount)
    let rows = (0..<rowCount * inputCount).map { _ in Float(generator.normal()) }
    // Five per cent of the hours are active, depending on a few features.
    labels = (0..<rowCount).map { row in
      let hints = rows[row * inputCount..<row * inputCount + 4].reduce(0, +)
      return hints + Float(generator.normal()) > 3.7 ? 1 : 0
    }
    self.rows = rows
    order = generator.shuffledIndices(count: rowCount)
    network = Network(
      shape: NetworkShape(inputCount: inputCount, hidden: [100, 100, 100]), using: &generator)
    self.generator = generator
  }

  var learner: Learner {
    var adam = Adam()
    adam.clipNormPerTensor = 1
    return Learner(network: network, loss: Self.loss, adam: adam)
  }

  /// The processor seconds of an epoch over the first `count` examples of the order.
  mutating func epochSeconds(
    _ learner: inout Learner, count: Int = rowCount, batchSize: Int, on set: InstructionSet
  ) -> Double {
    let part = Array(order[..<count])
    let start = processorSeconds()
    _ = learner.epoch(
      rows: rows, labels: labels, order: part, batchSize: batchSize, on: set, using: &generator)
    return processorSeconds() - start
  }

  /// The mean processor seconds of a call for `rowCount` rows over `repetitions` calls.
  func inferenceSeconds(rowCount: Int, repetitions: Int, on set: InstructionSet) -> Double {
    let inputs = (0..<rowCount * Self.inputCount).map { rows[$0 % rows.count] }
    var logits = [Float](repeating: 0, count: rowCount)
    var scratch = InferenceScratch()
    return processorSeconds(count: repetitions) {
      var span = logits.mutableSpan
      network.logits(of: inputs.span, into: &span, scratch: &scratch, on: set)
    }
  }
}

/// Measures training and inference; each round measures the processor's limit first.
func trainingMeasurements(on set: InstructionSet, rounds: Int) -> [Measurement] {
  var work = TrainingWork()
  let shape = work.network.shape
  var learners = [32: work.learner, 256: work.learner]
  var incremental = work.learner
  var limits: [ProcessorLimit] = []
  var epochs: [Int: [(seconds: Double, timesFloor: Double)]] = [:]
  var (incrementalSeconds, rowSeconds, streamsSeconds) = ([Double](), [Double](), [Double]())
  for _ in 0..<rounds {
    for batchSize in [32, 256] {
      let limit = ProcessorLimit(of: set, parameterCount: shape.parameterCount)
      let seconds = work.epochSeconds(&learners[batchSize]!, batchSize: batchSize, on: set)
      let floor = limit.floorSeconds(
        shape: shape, rowCount: TrainingWork.rowCount, batchSize: batchSize)
      epochs[batchSize, default: []].append((seconds, seconds / floor))
      limits.append(limit)
    }
    incrementalSeconds.append(
      work.epochSeconds(&incremental, count: 720, batchSize: 32, on: set))
    rowSeconds.append(work.inferenceSeconds(rowCount: 1, repetitions: 2_000, on: set))
    streamsSeconds.append(work.inferenceSeconds(rowCount: 24_000, repetitions: 1, on: set))
  }

  func epoch(_ batchSize: Int, bar: Double) -> Measurement {
    let epochs = epochs[batchSize]!
    return Measurement(
      name: "epoch of 8,760 rows, batch \(batchSize)",
      value: epochs.map(\.seconds).median * 1e3, unit: "ms",
      timesFloor: epochs.map(\.timesFloor).median, bar: bar)
  }
  return [
    Measurement(
      name: "multiply–add peak, \(set.rawValue)",
      value: limits.map(\.operationsPerSecond).median / 1e9, unit: "GFLOP/s"),
    Measurement(
      name: "optimiser's memory traffic, one step",
      value: limits.map(\.optimiserSeconds).median * 1e6, unit: "µs"),
    epoch(32, bar: 1.8),
    epoch(256, bar: 1.6),
    Measurement(
      name: "incremental run of 720 rows", value: incrementalSeconds.median * 1e3, unit: "ms",
      bar: 2),
    Measurement(name: "forecast of one row", value: rowSeconds.median * 1e6, unit: "µs", bar: 3),
    Measurement(
      name: "forecasts of 24 leads × 1,000 streams", value: streamsSeconds.median * 1e3,
      unit: "ms", bar: 40),
  ]
}
