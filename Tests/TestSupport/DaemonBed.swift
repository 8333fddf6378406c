import Foundation

/// The environment of a daemon: a folder with its log, settings, state and status.
package struct DaemonBed {
  package let folder: TemporaryFolder

  /// - Parameter settings: Lines of YAML after the one source, `web`.
  package init(settings: String = DaemonBed.quickTraining) throws {
    folder = try TemporaryFolder()
    try writeSettings(settings)
  }

  /// A small network, so that a test takes a moment.
  package static let quickTraining = """
    training: { every: 24h, hidden: [8], epochs: 1, max_rows: 2000 }
    """

  package var logPath: String { folder.path("access.log") }
  package var settingsPath: String { folder.path("harbinger.yaml") }
  package var statePath: String { folder.path("state.sqlite") }
  package var statusPath: String { folder.path("status.json") }

  package func writeSettings(
    _ settings: String = quickTraining, key: String = "null", timeZone: String = "UTC"
  ) throws {
    try folder.write(
      """
      sources:
        - { name: web, files: \(logPath), start: beginning, format: combined, key: \(key), time_zone: \(timeZone) }
      \(settings)
      state: \(statePath)
      status: \(statusPath)

      """, to: "harbinger.yaml")
  }

  /// The lines of a made-up service that end yesterday, so that no hour of it is far behind the clock.
  package func sampleLines(days: Int, seed: Int = 1) throws -> [String] {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withFullDate]
    let result = try Program.run(
      [
        "sample", "--days", "\(days)", "--seed", "\(seed)", "--end", formatter.string(from: Date()),
        "--output", "sample.log",
      ], in: folder)
    guard result.status == 0 else {
      throw TookTooLong(what: "a sample", why: "it failed", errors: result.errors)
    }
    return try String(contentsOfFile: folder.path("sample.log"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  package func append(_ text: String) throws {
    if !FileManager.default.fileExists(atPath: logPath) {
      _ = FileManager.default.createFile(atPath: logPath, contents: nil)
    }
    let handle = try FileHandle(forWritingTo: URL(filePath: logPath))
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
  }

  package func append(_ lines: some Sequence<String>) throws {
    try append(lines.map { $0 + "\n" }.joined())
  }

  /// Rotates as logrotate does with `create`: the numbers of old files go up, and a new file exists at once.
  package func rotate() throws {
    let manager = FileManager.default
    var newest = 0
    while manager.fileExists(atPath: "\(logPath).\(newest + 1)") { newest += 1 }
    for number in stride(from: newest, to: 0, by: -1) {
      try manager.moveItem(atPath: "\(logPath).\(number)", toPath: "\(logPath).\(number + 1)")
    }
    try manager.moveItem(atPath: logPath, toPath: "\(logPath).1")
    _ = manager.createFile(atPath: logPath, contents: nil)
  }

  /// Starts the daemon and waits until it reports that it has started.
  package func start(environment: [String: String] = [:]) throws -> RunningProgram {
    let daemon = try RunningProgram(
      ["run", "--config", settingsPath], in: folder, environment: environment)
    try daemon.wait(for: "the daemon to start") { daemon.errors.contains("Harbinger started") }
    return daemon
  }

  /// The status file as a dictionary; nil while there is none.
  package func status() throws -> [String: Any]? {
    guard let data = FileManager.default.contents(atPath: statusPath) else { return nil }
    return try JSONSerialization.jsonObject(with: data) as? [String: Any]
  }
}
