import Forecasting
import Glibc
import Host

/// The peak memory that a training run adds to the process.
enum TrainingFootprint {
  static let argument = "--training-memory"

  /// The work of a separate process: prints the bytes that a full run over a year of each stream added.
  static func run(streamCount: Int) throws {
    var years = StreamYears()
    // A first run loads the code, which is not counted.
    _ = try seconds(of: years.job(streamCount: 1, hours: 24 * 60))
    let job = years.job(streamCount: streamCount)
    let before = ProcessFacts.residentBytes ?? 0
    let seconds = try seconds(of: job)
    print(peakBytes - before, seconds)
  }

  /// The processor seconds of a run on a background thread, as in the daemon.
  private static func seconds(of job: TrainingJob) throws -> Double {
    var thread = try BackgroundThread<Double>()
    try thread.start {
      let start = processorSeconds()
      precondition(job.run().model != nil, "the run has to be adopted")
      return processorSeconds() - start
    }
    while true {
      if let seconds = thread.take() { return seconds }
      usleep(10_000)
    }
  }

  /// The peak of this program alone; that of `getrusage` includes the program it was started from.
  private static var peakBytes: Int {
    let status =
      (try? SmallFile.read("/proc/self/status", limitBytes: 1 << 16)).flatMap { $0 } ?? []
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0)
      * 1_024
  }

  static var measurements: [Measurement] {
    [(1, 10.0, "1 stream"), (1_000, 400, "1,000 streams")].flatMap { count, bar, streams in
      guard let (bytes, seconds) = answer(streamCount: count) else { return [Measurement]() }
      return [
        Measurement(
          name: "memory added by training a year of \(streams)", value: bytes / 1e6, unit: "MB",
          bar: bar),
        Measurement(name: "its processor time", value: seconds, unit: "s"),
      ]
    }
  }

  private static func answer(streamCount: Int) -> (bytes: Double, seconds: Double)? {
    guard let pipe = popen("exec '\(Child.ownPath)' \(argument) \(streamCount)", "r") else {
      return nil
    }
    defer { pclose(pipe) }
    var line = [CChar](repeating: 0, count: 200)
    guard fgets(&line, Int32(line.count), pipe) != nil else { return nil }
    let words = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self
    )
    .split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    return words.count == 2 ? (words[0], words[1]) : nil
  }
}
