import Glibc
import NeuralNet

/// Measures what the README claims, and compares training with the processor's limits.
///
///     Benchmark [--json] [--rounds 10] [--write-peer-files DIRECTORY]
///     Benchmark intake [--json] [--rounds 10] [--megabytes 1000]
///     Benchmark backlog [--json] [--rounds 10] [--megabytes 1000]
///     Benchmark daemon [--json] [--rounds 10]
///     Benchmark kafka --broker HOST:PORT --topic TOPIC --log FILE [--with PROPERTY=VALUE,...] [--json] [--rounds 10]
///     Benchmark scale [--streams 1,10,100,1000,10000] [--packed]
///     Benchmark fleet [--machines 30,100,300] [--partitions 100] [--seed 1]
///     Benchmark --write-skill-rows DIRECTORY <TABLE
///
/// `HARBINGER_SIMD` forces an instruction set: avx512, avx2 or portable.
@main
enum Benchmark {
  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      let sentence = "Benchmark: \(error)\n"
      _ = write(STDERR_FILENO, sentence, sentence.utf8.count)
      exit(EXIT_FAILURE)
    }
  }

  private static func run(_ arguments: [String]) throws {
    let set = chosenInstructionSet()
    if arguments.contains(ColdStart.argument) { ColdStart.run(on: set) }
    if let count = value(after: TrainingFootprint.argument, in: arguments).flatMap({ Int($0) }) {
      return try TrainingFootprint.run(streamCount: count)
    }
    if arguments.contains(ScaleBenchmark.argument) { return try ScaleBenchmark.runPoint(arguments) }
    if arguments.first == "scale" {
      let chosen = value(after: "--streams", in: arguments) ?? "1,10,100,1000,10000"
      let counts = chosen.split(separator: ",").compactMap { Int($0) }.filter { $0 > 0 }
      let isPacked = arguments.contains(ScaleBenchmark.packedArgument)
      return print(ScaleBenchmark.table(streamCounts: counts, isPacked: isPacked))
    }
    if arguments.first == "fleet" {
      let counts = (value(after: "--machines", in: arguments) ?? "30,100,300")
        .split(separator: ",").compactMap { Int($0) }.filter { $0 > 1 }
      let each = value(after: "--partitions", in: arguments).flatMap { Int($0) } ?? 100
      let seed = value(after: "--seed", in: arguments).flatMap { UInt64($0) } ?? 1
      return print(
        FleetTable.text(machineCounts: counts, partitionsEach: max(each, 1), seed: seed))
    }
    if let directory = value(after: "--write-peer-files", in: arguments) {
      return try PeerFiles(directory: directory).write(TrainingWork())
    }
    if let directory = value(after: "--write-skill-rows", in: arguments) {
      let lines = sequence(state: ()) { _ in readLine() }
      return try SkillRows(table: lines, fraction: 0.7).write(to: directory)
    }
    let rounds = value(after: "--rounds", in: arguments).flatMap { Int($0) } ?? 10

    let measurements =
      switch arguments.first {
      case "intake": intakeMeasurements(arguments, rounds: max(rounds, 1))
      case "backlog": backlogMeasurements(arguments, rounds: max(rounds, 1))
      case "kafka": try kafkaMeasurements(arguments, rounds: max(rounds, 1))
      case "daemon": try daemonMeasurements(rounds: max(rounds, 1))
      default:
        trainingMeasurements(on: set, rounds: max(rounds, 1)) + ColdStart.measurements(count: 5)
      }
    print(arguments.contains("--json") ? measurements.json : measurements.table)
  }

  private static func intakeMeasurements(_ arguments: [String], rounds: Int) -> [Measurement] {
    let benchmark = IntakeBenchmark(megabytes: megabytes(arguments), rounds: rounds)
    defer { benchmark.removeLogs() }
    return benchmark.measurements
  }

  private static func backlogMeasurements(_ arguments: [String], rounds: Int) -> [Measurement] {
    let benchmark = BacklogBenchmark(megabytes: megabytes(arguments), rounds: rounds)
    defer { benchmark.removeFiles() }
    return benchmark.measurements
  }

  /// The topic has the log's lines in one partition.
  private static func kafkaMeasurements(
    _ arguments: [String], rounds: Int
  ) throws -> [Measurement] {
    let values = ["--broker", "--topic", "--log"].map { value(after: $0, in: arguments) ?? "" }
    return try KafkaBenchmark(
      broker: values[0], topic: values[1], path: values[2],
      properties: (value(after: "--with", in: arguments) ?? "").split(separator: ","),
      rounds: rounds
    ).measurements
  }

  private static func megabytes(_ arguments: [String]) -> Int {
    let megabytes = value(after: "--megabytes", in: arguments).flatMap { Int($0) } ?? 1_000
    return min(max(megabytes, 1), 4_000)
  }

  private static func value(after name: String, in arguments: [String]) -> String? {
    guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else {
      return nil
    }
    return arguments[index + 1]
  }

  private static func chosenInstructionSet() -> InstructionSet {
    guard let name = getenv("HARBINGER_SIMD").map({ String(cString: $0) }) else { return .best }
    guard let set = InstructionSet(rawValue: name), InstructionSet.available.contains(set) else {
      let known = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
      errno = EINVAL
      perror("HARBINGER_SIMD is '\(name)'; this processor has \(known)")
      exit(78)
    }
    return set
  }
}
