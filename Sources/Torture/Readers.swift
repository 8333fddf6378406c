import Foundation
import Glibc
import Monitoring
import Storage

/// The readers that are known, each with all it needs in a folder of its own.
extension Reader {
  /// - Parameter launcher: What ours is started by.
  static func make(
    _ kind: Kind, log: String, folder: String, launcher: [String]
  ) throws -> Reader {
    switch kind {
    case .harbinger: try harbinger(log, folder, launcher)
    case .tail: tail(log, folder)
    case .rsyslog: try rsyslog(log, folder)
    case .mtail: try mtail(log, folder)
    }
  }

  /// Ours, from beside this program.
  private static func harbinger(
    _ log: String, _ folder: String, _ launcher: [String]
  ) throws -> Reader {
    // What was written before the clock was set back is in its future.
    let settings = """
      sources: [{ name: log, files: '\(log)', max_ahead: 7d }]
      forecast: { horizon: 2h }
      alert: { lead: 1h..2h }
      training: { every: 30d, hidden: [4], epochs: 1, max_rows: 1000 }
      state: \(folder)/state/state.sqlite
      status: \(folder)/status.json

      """
    try write(settings, to: folder + "/harbinger.yaml")
    let command =
      ["/usr/bin/env"] + launcher
      + [builtBesideUs("harbinger"), "run", "--config", folder + "/harbinger.yaml"]
    return Reader(.harbinger, folder: folder, command: command) {
      // Before its first commit there is nothing to read.
      let stored = (try? StateFile(readingAt: folder + "/state/state.sqlite").counts()) ?? [:]
      return Dictionary(
        stored.map { (Ledger.block(ofHour: $0.key.hour), $0.value) }, uniquingKeysWith: +)
    }
  }

  private static func tail(_ log: String, _ folder: String) -> Reader {
    Reader(.tail, folder: folder, command: ["/usr/bin/env", "tail", "-F", "-n", "+1", log]) {
      linesPassedOn(folder + "/output")
    }
  }

  private static func rsyslog(_ log: String, _ folder: String) throws -> Reader {
    let settings = """
      global(workDirectory="\(folder)" maxMessageSize="64k")
      module(load="imfile" mode="inotify")
      template(name="raw" type="string" string="%msg%\\n")
      input(type="imfile" file="\(log)" tag="log" ruleset="out" reopenOnTruncate="on")
      ruleset(name="out") { action(type="omfile" file="\(folder)/lines" template="raw") }

      """
    try write(settings, to: folder + "/rsyslog.conf")
    let command = [
      "/usr/bin/env", "rsyslogd", "-n", "-f", folder + "/rsyslog.conf", "-i", folder + "/pid",
    ]
    return Reader(.rsyslog, folder: folder, command: command) { linesPassedOn(folder + "/lines") }
  }

  /// Counts by a program in its own language and tells over HTTP, so that it can be asked only while it runs.
  private static func mtail(_ log: String, _ folder: String) throws -> Reader {
    let program = """
      counter lines by block
      /"GET \\/(?P<block>\\d+)\\// {
        lines[$block]++
      }

      """
    try write(program, to: folder + "/count.mtail")
    let port = 20_000 + Int(getpid()) % 20_000
    let command = [
      "/usr/bin/env", "mtail", "-logtostderr", "-progs", folder + "/count.mtail", "-logs", log,
      "-address",
      "127.0.0.1",
      "-port", "\(port)",
    ]
    return Reader(.mtail, folder: folder, command: command) {
      let answer = folder + "/answer.json"
      // If it is not up yet, or down already, what it last said stands.
      try? shell("curl -sf http://127.0.0.1:\(port)/json -o '\(answer)'")
      return countsTold(answer)
    }
  }

  private static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
  }
}

/// The path of what is built with this program.
func builtBesideUs(_ name: String) -> String {
  let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  return URL(filePath: own ?? "").deletingLastPathComponent().appending(path: name).path
}

private func linesPassedOn(_ path: String) -> [Int: Int] {
  let bytes = FileManager.default.contents(atPath: path) ?? Data()
  var counts: [Int: Int] = [:]
  for line in bytes.split(separator: UInt8(ascii: "\n")) {
    if let block = Ledger.block(ofLine: line) { counts[block, default: 0] += 1 }
  }
  return counts
}

/// mtail's counters, as far as we read them.
private struct MtailMetric: Decodable {
  struct Labelled: Decodable {
    struct Datum: Decodable {
      var value: Int
      enum CodingKeys: String, CodingKey { case value = "Value" }
    }
    var labels: [String]
    var value: Datum
    enum CodingKeys: String, CodingKey {
      case labels = "Labels"
      case value = "Value"
    }
  }
  var labelled: [Labelled]?
  enum CodingKeys: String, CodingKey { case labelled = "LabelValues" }
}

private func countsTold(_ path: String) -> [Int: Int] {
  guard let bytes = FileManager.default.contents(atPath: path),
    let metrics = try? JSONDecoder().decode([MtailMetric].self, from: bytes)
  else { return [:] }
  let pairs = metrics.compactMap(\.labelled).joined().compactMap { labelled in
    labelled.labels.first.flatMap { Int($0) }.map { ($0, labelled.value.value) }
  }
  return Dictionary(pairs, uniquingKeysWith: +)
}
