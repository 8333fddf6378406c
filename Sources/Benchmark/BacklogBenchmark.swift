import Glibc
import Host
import Records

/// How much faster all processors read a backlog than one: wall-clock seconds for ten rotated files, measured
/// alternately.
struct BacklogBenchmark {
  private static let fileCount = 10

  private let rounds: Int
  private let paths: [String]
  private let gigabytes: Double
  private let lineCount: Int

  /// Writes the files, in `$TMPDIR` or `/tmp`, and compresses them.
  init(megabytes: Int, rounds: Int) {
    self.rounds = rounds
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var traffic = SampleTraffic()
    var byteCount = 0
    var lineCount = 0
    var paths: [String] = []
    for number in 0..<Self.fileCount {
      let path = "\(folder)/harbinger-backlog-\(getpid())-\(number).log"
      let file = fopen(path, "w")
      defer { if let file { fclose(file) } }
      let counts = traffic.write(.combined, byteCount: megabytes * 1_000_000 / Self.fileCount) {
        guard let file, fwrite($0, 1, $0.count, file) == $0.count else {
          perror("cannot write \(path)")
          exit(74)
        }
        byteCount += $0.count
      }
      lineCount += counts.reduce(0, +)
      paths.append(path)
    }
    for path in paths {
      guard Child(["gzip", "-f", path])?.wait() != nil else {
        perror("cannot run gzip")
        exit(71)
      }
    }
    self.paths = paths.map { $0 + ".gz" }
    gigabytes = Double(byteCount) / 1e9
    self.lineCount = lineCount
  }

  func removeFiles() {
    for path in paths { unlink(path) }
  }

  var measurements: [Measurement] {
    let pairs = (0..<rounds).map { _ in (seconds(readAheadLimit: 0), seconds(readAheadLimit: nil)) }
    let (one, all) = (pairs.map(\.0).min() ?? .nan, pairs.map(\.1).min() ?? .nan)
    return [
      Measurement(name: "ten files of .gz, one processor", value: one / gigabytes, unit: "s/GB"),
      Measurement(name: "the same, all processors", value: all / gigabytes, unit: "s/GB"),
      Measurement(name: "beside one processor", value: all / one, unit: "×", bar: 1 / 1.7),
    ]
  }

  private func seconds(readAheadLimit: Int?) -> Double {
    do {
      var parser = try RecordParser(settings: ParserSettings(), compilePattern: Pattern.compile)
      var batch = RecordBatch()
      let start = Self.monotonicSeconds
      var reader = OneShotReader(paths: paths, readAheadLimit: readAheadLimit)
      while let chunk = reader.advance() {
        reader.parse(chunk, by: &parser, now: .max, into: &batch)
      }
      let seconds = Self.monotonicSeconds - start
      let counted = batch.segments.flatMap(\.tallies).reduce(0) { $0 + $1.count }
      precondition(counted == lineCount, "counts differ from what was generated")
      return seconds
    } catch {
      preconditionFailure("the plain settings are wrong: \(error)")
    }
  }

  private static var monotonicSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
