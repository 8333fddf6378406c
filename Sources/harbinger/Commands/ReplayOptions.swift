import ArgumentParser
import Foundation
import Host
import Interchange
import Records
import Replay
import Reporting
import Settings

/// What to replay, and as what: shared by `replay`, `evaluate` and `quickstart`.
struct ReplayOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: "A settings file; its first source, or --source, reads the logs.")
  var config: String?

  @Option(help: "The source of the settings that reads the logs.")
  var source: String?

  @Option(
    help: """
      Without settings: combined, json, syslog, swf, regex and more, as in harbinger.yaml; else the one that fits \
      the first log.
      """)
  var format: String?

  @Option(
    help: "Without settings: the expression of regex, or the format string of nginx or apache.")
  var pattern: String?

  @Option(
    help:
      "Without settings: the columns of csv or tsv, as in time,host; else the first line has them.")
  var columns: String?

  @Option(help: "Without settings: what stands between two columns of csv, if not a comma.")
  var separator: String?

  @Option(help: "Without settings: the field that holds the time.")
  var timeField: String?

  @Option(help: "Without settings: how the time is written, as in %d/%b/%Y:%H:%M:%S %z.")
  var timeLayout: String?

  @Option(help: "Without settings: splits the log into streams, as in {host}.")
  var key: String?

  @Option(help: "Without settings: the zone of the streams' calendar, as in Europe/Berlin.")
  var timeZone: String?

  func validate() throws {
    guard config != nil else {
      if source != nil { throw ValidationError("--source: expected --config beside it") }
      return
    }
    if let name = given.first(where: { $0 != "--source" }) {
      throw ValidationError("\(name): expected it without --config, whose file says it")
    }
  }

  /// Those that were given and say how logs are read.
  var given: [String] {
    let all: [(name: String, value: String?)] = [
      ("source", source), ("format", format), ("pattern", pattern), ("columns", columns),
      ("separator", separator), ("time-field", timeField), ("time-layout", timeLayout),
      ("key", key), ("time-zone", timeZone),
    ]
    return all.filter { $0.value != nil }.map { "--\($0.name)" }
  }

  /// The settings that the options amount to, with a single source. Where they name no format, it is the one that
  /// fits the beginning of the first log.
  func settings(for logs: [String]) throws -> ServiceSettings {
    var settings = try settings()
    guard config == nil, format == nil, let path = logs.first, path != "-" else { return settings }
    var reader = OneShotReader(sampleOf: path)
    guard let chunk = reader.advance() else { return settings }
    let text = reader.lines.withUnsafeBytes { String(decoding: $0.prefix(4_096), as: UTF8.self) }
    let isTable = HourlyTable.isBeginning(text) || text.hasPrefix("SQLite format 3")
    if isTable { return settings }
    let detection = FormatDetection(
      sample: reader.lines, of: chunk.outline, now: WallClock.nowSeconds,
      base: settings.parser(of: settings.sources[0]), compilePattern: Pattern.compile)
    guard let best = detection.candidates.first else {
      let shown = TerminalStyle.standardError.shown(path, limit: 1_000)
      FileHandle.standardError.write(
        Data("\(shown): no format fits; see harbinger detect, or name one with --format\n".utf8))
      throw ExitCode.badData
    }
    settings.sources[0].logFormat = best.settings.format
    settings.sources[0].timeField = best.settings.timeField
    settings.sources[0].timeLayout = best.settings.timeLayout
    settings.sources[0].unmatched = best.settings.unmatched
    return settings
  }

  private func settings() throws -> ServiceSettings {
    if let config {
      var settings = try RunCommand.settings(config)
      guard let chosen = settings.sources.first(where: { source == nil || $0.name == source })
      else {
        throw ValidationError("--source: found '\(source ?? "")', expected a source of \(config)")
      }
      settings.sources = [chosen]
      return settings
    }
    return try Self.read(yaml)
  }

  /// The options as a settings file, so that they are checked and explained as one.
  private var yaml: [String] {
    var lines = ["sources:", "- name: log", "  files: /dev/null"]
    func quoted(_ text: String) -> String {
      "'\(text.replacing("'", with: "''"))'"
    }
    func add(_ key: String, _ value: String?) {
      if let value { lines.append("  \(key): \(quoted(value))") }
    }
    add("format", format)
    add("pattern", pattern)
    add("separator", separator)
    if let columns {
      let names = columns.split(separator: ",", omittingEmptySubsequences: false).map {
        quoted(String($0))
      }
      lines.append("  columns: [\(names.joined(separator: ", "))]")
    }
    add("key", key)
    add("time_zone", timeZone)
    if timeField != nil || timeLayout != nil {
      lines.append("  time:")
      add("  field", timeField)
      add("  layout", timeLayout)
    }
    return lines
  }

  private static func read(_ lines: [String]) throws -> ServiceSettings {
    let bytes = Array(lines.joined(separator: "\n").utf8)
    do throws(BadSettings) {
      return try SettingsReader.ofThisMachine.read(bytes, file: "(options)")
    } catch {
      throw ValidationError(error.problems.map(sentence).joined(separator: "; "))
    }
  }

  /// What is wrong with an option, by its name.
  private static func sentence(_ problem: SettingsProblem) -> String {
    let key = (problem.key ?? "").replacing("sources[0].", with: "")
    let option = "--" + key.prefix { $0 != "[" }.replacing(".", with: "-").replacing("_", with: "-")
    return "\(option): found \(problem.found), expected \(problem.expected)"
  }
}
