import Glibc
import Host
import Records
import Storage

/// How long it takes until a line is counted and stored while the daemon trains on the same core.
enum DelayWhileTraining {
  private static let lineCount = 400

  /// Nil if the daemon is not in the folder of this program, or does not start training.
  static var measurement: Measurement? {
    let folder =
      (getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/harbinger-delay-\(getpid())"
    mkdir(folder, 0o755)
    defer { _ = Child(["rm", "-rf", folder])?.wait() }
    let log = folder + "/access.log"
    guard write(thirtyDays(), to: log), write(settings(folder), to: folder + "/harbinger.yaml"),
      let daemon = Child([Child.harbingerPath, "run", "--config", folder + "/harbinger.yaml"])
    else { return nil }
    defer {
      kill(daemon.id, SIGTERM)
      _ = daemon.wait()
    }
    guard until({ offset(folder) == size(of: log) }),
      let state = try? StateFile(readingAt: folder + "/state.sqlite")
    else { return nil }
    kill(daemon.id, SIGUSR1)
    guard until({ isTraining(folder) }) else { return nil }
    let delays = (0..<lineCount).compactMap { _ in delay(log, state) }.sorted()
    guard delays.count == lineCount, isTraining(folder) else { return nil }
    return Measurement(
      name: "a line's delay while training on its core, 99 of 100",
      value: delays[lineCount * 99 / 100] * 1e3, unit: "ms", bar: 100)
  }

  private static func settings(_ folder: String) -> [UInt8] {
    Array(
      """
      sources: [{ name: web, files: \(folder)/access.log }]
      training: { every: 30d, hidden: [1000, 1000, 1000], epochs: 100, patience: 100, max_seconds: 86400 }
      state: \(folder)/state.sqlite
      status: \(folder)/status.json

      """.utf8)
  }

  private static func thirtyDays() -> [UInt8] {
    var bytes: [UInt8] = []
    var traffic = SampleTraffic()
    _ = traffic.write(.combined, byteCount: 1_000_000) { bytes += $0 }
    return bytes
  }

  /// The seconds from writing a line to its commit.
  private static func delay(_ log: String, _ state: StateFile) -> Double? {
    usleep(UInt32.random(in: 1_000...20_000))
    let line =
      #"10.0.0.1 - - [31/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-""# + "\n"
    let start = WallClock.monotonicMicroseconds
    guard write(Array(line.utf8), to: log) else { return nil }
    let end = size(of: log)
    guard until({ offset(state) == end }) else { return nil }
    return Double(WallClock.monotonicMicroseconds - start) / 1e6
  }

  private static func write(_ bytes: [UInt8], to path: String) -> Bool {
    guard let file = fopen(path, "a") else { return false }
    let count = fwrite(bytes, 1, bytes.count, file)
    return fclose(file) == 0 && count == bytes.count
  }

  private static func size(of path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : -1
  }

  /// The offset up to which the log is counted; −1 before there is a state.
  private static func offset(_ folder: String) -> Int64 {
    (try? StateFile(readingAt: folder + "/state.sqlite")).map(offset) ?? -1
  }

  private static func offset(_ state: StateFile) -> Int64 {
    // If the state is locked just now, it counts as unchanged.
    (try? state.positions())?.map(\.offset).max() ?? -1
  }

  private static func isTraining(_ folder: String) -> Bool {
    // A missing or incomplete status counts as not training.
    let text = (try? SmallFile.read(folder + "/status.json", limitBytes: 1 << 22)).flatMap { $0 }
    return text.map {
      String(decoding: $0, as: UTF8.self).contains("\"is_running\" : true")
    } ?? false
  }

  private static func until(_ isSo: () -> Bool) -> Bool {
    for _ in 0..<100_000 {
      if isSo() { return true }
      usleep(500)
    }
    return false
  }
}
