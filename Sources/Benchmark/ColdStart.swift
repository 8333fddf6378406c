import Glibc
import NeuralNet

/// The cost of a process that starts, trains on 720 rows, forecasts one, and exits.
enum ColdStart {
  static let argument = "--cold-start"

  /// The work of that process.
  static func run(on set: InstructionSet) {
    var generator = Xoshiro(seed: 1)
    let rows = (0..<720 * 48).map { _ in Float(generator.normal()) }
    let labels = (0..<720).map { $0 % 20 == 0 ? Float(1) : 0 }
    let shape = NetworkShape(inputCount: 48, hidden: [100, 100, 100])
    var learner = Learner(
      network: Network(shape: shape, using: &generator), loss: TrainingWork.loss)
    let order = generator.shuffledIndices(count: 720)
    _ = learner.epoch(rows: rows, labels: labels, order: order, on: set, using: &generator)
    let logit = learner.network.logits(of: Array(rows[..<48]), on: set)[0]
    exit(learner.loss.probability(logit: logit).isFinite ? 0 : 1)
  }

  /// Starts this program `count` times to execute `run`.
  static func measurements(count: Int) -> [Measurement] {
    var usages: [rusage] = []
    for _ in 0..<count {
      guard let usage = Child([Child.ownPath, argument])?.wait() else { return [] }
      usages.append(usage)
    }
    let seconds = usages.map(\.processorSeconds)
    return [
      Measurement(
        name: "process start, 720 rows, one forecast", value: seconds.median * 1e3, unit: "ms",
        bar: 50),
      Measurement(
        name: "its memory at most",
        value: usages.map { Double($0.ru_maxrss) / 1024 }.median, unit: "MB", bar: 40),
    ]
  }
}
