import Foundation
import Glibc
import Monitoring
import Storage

/// The available readers, each with its own folder.
extension Reader {
  /// - Parameter launcher: The command that starts Harbinger, such as `setpriv …`.
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

  /// Harbinger, from the folder of this program.
  private static func harbinger(
    _ log: String, _ folder: String, _ launcher: [String]
  ) throws -> Reader {
    // `max_ahead`, because lines written before the clock was set back are in the future.
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
      + [siblingProduct("harbinger"), "run", "--config", folder + "/harbinger.yaml"]
    return Reader(.harbinger, folder: folder, command: command) {
      // Before the first commit there is no state.
      let stored = (try? StateFile(readingAt: folder + "/state/state.sqlite").counts()) ?? [:]
      return Dictionary(
        stored.map { (Ledger.block(ofHour: $0.key.hour), $0.value) }, uniquingKeysWith: +)
    }
  }

  private static func tail(_ log: String, _ folder: String) -> Reader {
    Reader(.tail, folder: folder, command: ["/usr/bin/env", "tail", "-F", "-n", "+1", log]) {
      forwardedLines(folder + "/output")
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
    return Reader(.rsyslog, folder: folder, command: command) { forwardedLines(folder + "/lines") }
  }

  /// mtail counts by a program in its own language and reports over HTTP, so only while it runs.
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
      // If it does not run, its last answer is used.
      try? shell("curl -sf http://127.0.0.1:\(port)/json -o '\(answer)'")
      return mtailCounts(answer)
    }
  }

  private static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
  }
}

/// The path of another product in the folder of this program.
func siblingProduct(_ name: String) -> String {
  let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  return URL(filePath: own ?? "").deletingLastPathComponent().appending(path: name).path
}

private func forwardedLines(_ path: String) -> [Int: Int] {
  let bytes = FileManager.default.contents(atPath: path) ?? Data()
  var counts: [Int: Int] = [:]
  for line in bytes.split(separator: UInt8(ascii: "\n")) {
    if let block = Ledger.block(ofLine: line) { counts[block, default: 0] += 1 }
  }
  return counts
}

/// The part of mtail's JSON that is used.
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

private func mtailCounts(_ path: String) -> [Int: Int] {
  guard let bytes = FileManager.default.contents(atPath: path),
    let metrics = try? JSONDecoder().decode([MtailMetric].self, from: bytes)
  else { return [:] }
  let pairs = metrics.compactMap(\.labelled).joined().compactMap { labelled in
    labelled.labels.first.flatMap { Int($0) }.map { ($0, labelled.value.value) }
  }
  return Dictionary(pairs, uniquingKeysWith: +)
}
