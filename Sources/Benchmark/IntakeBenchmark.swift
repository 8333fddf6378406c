import Glibc
import Host
import Records

/// How fast lines are counted, compared with other counting tools: processor seconds (user and system) for a gigabyte
/// in the page cache. Every result is compared, hour by hour, with what was generated.
struct IntakeBenchmark {
  private struct Case {
    var name: String
    var format: SampleTraffic.Format
    /// The promised throughput in gigabytes per second.
    var bar: Double?
    var settings: ParserSettings
  }

  private struct Log {
    var path: String
    var gigabytes: Double
    var countOfHour: [Int]
  }

  private let rounds: Int
  private let logs: [SampleTraffic.Format: Log]

  /// Writes the logs in `$TMPDIR` or `/tmp`.
  init(megabytes: Int, rounds: Int) {
    self.rounds = rounds
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var logs: [SampleTraffic.Format: Log] = [:]
    for format in SampleTraffic.Format.allCases {
      let path = "\(folder)/harbinger-benchmark-\(getpid())-\(format.rawValue).log"
      logs[format] = Self.write(format, at: path, megabytes: megabytes)
    }
    self.logs = logs
  }

  func removeLogs() {
    for log in logs.values { unlink(log.path) }
  }

  var measurements: [Measurement] {
    guard let combined = logs[.combined] else { return [] }
    let words = best { Self.cost(of: ["wc", "-l", combined.path]) }
    let awk = best { Self.cost(of: ["mawk", Self.awkProgram, combined.path]) }
    var measurements = [
      Measurement(name: "wc -l", value: words / combined.gigabytes, unit: "s/GB"),
      Measurement(name: "mawk, hours counted", value: awk / combined.gigabytes, unit: "s/GB"),
    ]
    for measured in Self.cases {
      guard let log = logs[measured.format] else { continue }
      let seconds = best { Self.count(log, measured.settings) }
      measurements.append(
        Measurement(
          name: measured.name, value: seconds / log.gigabytes, unit: "s/GB",
          bar: measured.bar.map { 1 / $0 }))
      if measured.settings == ParserSettings() {
        measurements.append(
          Measurement(
            name: "the same, beside wc -l", value: seconds / words, unit: "×", bar: 1 / 0.45))
        measurements += committed(combined, measured.settings)
      }
    }
    return measurements + Self.compressions.flatMap { compressed(combined, $0.0, $0.1) }
  }

  private static let awkProgram =
    #"{i = index($0, "["); n[substr($0, i + 1, 14)]++} END {for (h in n) s += n[h]; print s}"#

  private static let cases = [
    Case(name: "combined, one stream", format: .combined, bar: 2, settings: ParserSettings()),
    Case(
      name: "combined, 1,000 streams", format: .combined, bar: 0.7,
      settings: ParserSettings(key: "{status}{path}")),
    Case(
      name: "combined, path and agent excluded", format: .combined, bar: 0.5,
      settings: ParserSettings(exclude: [
        .init(field: "path", patterns: ["/health*", "*/ping"]),
        .init(field: "agent", patterns: ["*sqlmap*", "Nagios/*"]),
      ])),
    Case(
      name: "JSON, one stream", format: .json, bar: 0.8,
      settings: ParserSettings(format: .json, timeField: "ts")),
    Case(
      name: "JSON, 1,000 streams", format: .json,
      settings: ParserSettings(
        format: .json, timeField: "ts", key: "{request.host}{request.uri:path}")),
    Case(
      name: "regular expression", format: .combined,
      settings: ParserSettings(
        format: .regex(#"^(?<host>\S+) \S+ \S+ \[(?<time>[^\]]+)\] "(?<method>\S+) (?<path>\S+)"#),
        timeLayout: "%d/%b/%Y:%H:%M:%S %z")),
  ]

  private static let compressions = [(".gz", ["gzip", "-kf"]), (".zst", ["zstd", "-qkf"])]

  /// The daemon's pipeline (tail, parser, monitor, state file), without training and forecasts.
  private func committed(_ log: Log, _ settings: ParserSettings) -> [Measurement] {
    let (parsing, seconds) = best(
      { Self.count(log, settings) },
      { CommittedReading(of: log.path).seconds(expecting: log.countOfHour) })
    return [
      Measurement(
        name: "the same, counts and places in SQLite", value: seconds / log.gigabytes, unit: "s/GB"),
      Measurement(name: "beside parsing alone", value: seconds / parsing, unit: "×", bar: 1 / 0.9),
    ]
  }

  /// Decompression alone, and with every line counted.
  private func compressed(_ log: Log, _ suffix: String, _ command: [String]) -> [Measurement] {
    let path = log.path + suffix
    defer { unlink(path) }
    guard Child(command + [log.path])?.wait() != nil else { return [] }
    let (decoding, counting) = best(
      { Self.decode(path) { _ in } }, { Self.countDecoded(path, expecting: log.countOfHour) })
    return [
      Measurement(name: "\(suffix), decoded only", value: decoding / log.gigabytes, unit: "s/GB"),
      Measurement(name: "\(suffix), one stream", value: counting / log.gigabytes, unit: "s/GB"),
      Measurement(
        name: "beside decoding only", value: counting / decoding, unit: "×", bar: 1 / 0.8),
    ]
  }

  private static func decode(_ path: String, _ body: (RawSpan) -> Void) -> Double {
    processorSeconds {
      var reader = OneShotReader(paths: [path])
      while reader.advance() != nil { body(reader.lines) }
    }
  }

  private static func countDecoded(_ path: String, expecting expected: [Int]) -> Double {
    do {
      var parser = try RecordParser(
        settings: ParserSettings(),
        compilePattern: Pattern.compile)
      var counted = RecordBatch()
      let seconds = decode(path) { lines in
        var batch = RecordBatch()
        parser.parse(lines, now: .max, into: &batch)
        counted.append(batch, graceSeconds: 60)
      }
      let count = counted.segments.flatMap(\.tallies).reduce(0) { $0 + $1.count }
      precondition(count == expected.reduce(0, +), "counts differ from what was generated")
      return seconds
    } catch {
      preconditionFailure("the plain settings are wrong: \(error)")
    }
  }

  private func best(_ measure: () -> Double) -> Double {
    (0..<rounds).map { _ in measure() }.min() ?? .nan
  }

  /// The best of each of two alternating measurements, so that slow phases of the machine affect both.
  private func best(_ one: () -> Double, _ other: () -> Double) -> (Double, Double) {
    let pairs = (0..<rounds).map { _ in (one(), other()) }
    return (pairs.map(\.0).min() ?? .nan, pairs.map(\.1).min() ?? .nan)
  }

  private static func write(
    _ format: SampleTraffic.Format, at path: String, megabytes: Int
  ) -> Log {
    let file = fopen(path, "w")
    defer { if let file { fclose(file) } }
    var byteCount = 0
    var traffic = SampleTraffic()
    let counts = traffic.write(format, byteCount: megabytes * 1_000_000) { piece in
      guard let file, fwrite(piece, 1, piece.count, file) == piece.count else {
        perror("cannot write \(path)")
        exit(74)
      }
      byteCount += piece.count
    }
    return Log(path: path, gigabytes: Double(byteCount) / 1e9, countOfHour: counts)
  }

  /// Processor seconds for reading and counting a log.
  private static func count(_ log: Log, _ settings: ParserSettings) -> Double {
    do {
      var parser = try RecordParser(
        settings: settings,
        compilePattern: Pattern.compile)
      var counted = RecordBatch()
      let seconds = processorSeconds {
        forEachChunk(of: log.path) { lines in
          var batch = RecordBatch()
          parser.parse(lines, now: .max, into: &batch)
          counted.append(batch, graceSeconds: settings.graceSeconds)
        }
      }
      var counts = log.countOfHour.map { _ in 0 }
      for tally in counted.segments.flatMap(\.tallies) {
        counts[tally.hour - SampleTraffic.firstHour] += tally.count
      }
      precondition(counts == log.countOfHour, "counts differ from what was generated")
      return seconds
    } catch {
      preconditionFailure("the settings of a case are wrong: \(error)")
    }
  }

  private static func forEachChunk(of path: String, _ body: (RawSpan) -> Void) {
    let file = open(path, O_RDONLY)
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var keptCount = 0
    while true {
      let got = buffer.withUnsafeMutableBytes { bytes in
        read(file, bytes.baseAddress! + keptCount, bytes.count - keptCount)
      }
      guard got > 0 else { return }
      let end = keptCount + got
      let finished = (buffer[..<end].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
      body(buffer.span.bytes.extracting(0..<finished))
      buffer.withUnsafeMutableBytes { bytes in
        bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[finished..<end]))
      }
      keptCount = end - finished
    }
  }

  /// The processor seconds of another program; NaN if it is not installed.
  private static func cost(of command: [String]) -> Double {
    Child(command)?.wait()?.processorSeconds ?? .nan
  }
}
