import Glibc
import NeuralNet

/// What a process costs that starts, trains on 720 rows, forecasts one, and ends.
enum ColdStart {
  static let argument = "--cold-start"

  /// The work of the process itself.
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

  /// Starts this program `count` times for `run`.
  static func measurements(count: Int) -> [Measurement] {
    var usages: [rusage] = []
    for _ in 0..<count {
      var process: pid_t = 0
      var status: Int32 = 0
      var usage = rusage()
      var arguments = [strdup("/proc/self/exe"), strdup(argument), nil]
      defer { for argument in arguments { free(argument) } }
      guard posix_spawn(&process, "/proc/self/exe", nil, nil, &arguments, environ) == 0,
        wait4(process, &status, 0, &usage) == process, status == 0
      else { return [] }
      usages.append(usage)
    }
    let seconds = usages.map { usage in
      [usage.ru_utime, usage.ru_stime].reduce(0) {
        $0 + Double($1.tv_sec) + 1e-6 * Double($1.tv_usec)
      }
    }
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
