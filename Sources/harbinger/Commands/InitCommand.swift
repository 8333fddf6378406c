import ArgumentParser
import Arithmetic
import Foundation
import Host
import Records
import Reporting
import Settings

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Writes a first settings file for the logs and units of this machine.",
    discussion: """
      Looks into each log that is named, or else where servers usually write theirs, finds its format and writes \
      the settings that follow it; ssh.service, or ssh where no file is called so, is a unit whose journal is \
      followed. Settings that were changed are not replaced. For example:

      harbinger init
      harbinger init --output harbinger.yaml /srv/shop/access.log ssh.service
      """)

  @Option(
    name: .shortAndLong,
    help: """
      The file to write; - is standard output. (default: that of the installed service for root, else \
      ./harbinger.yaml)
      """, completion: .file(extensions: ["yaml"]))
  var output: String?

  @Flag(help: "Replace the file whatever is in it.")
  var force = false

  @Argument(help: "Logs and units. (default: those that are found)", completion: .file())
  var subjects: [String] = []

  func run() throws {
    let now = WallClock.nowSeconds
    let zone = ZoneFile.ofThisMachine.flatMap { try? SettingsReader.ofThisMachine.timeZone($0) }
    var survey = LogSurvey(now: now, zone: zone ?? .utc)
    var units: [String] = []
    var refused: [(String, String)] = []
    for subject in subjects {
      guard let unit = UnitSurvey.unit(subject) else {
        survey.add(URL(filePath: subject).standardizedFileURL.path)
        continue
      }
      let verdict = UnitSurvey.verdict(on: unit, now: now)
      if case .refused(let reason) = verdict {
        refused.append((unit, reason))
        continue
      }
      units.append(unit)
      if case .unseen(let reason) = verdict {
        let shown = String(escapedForDisplay: reason, limit: 1_000)
        RunCommand.tell("\(unit) is followed unseen: \(shown)")
      }
    }
    if subjects.isEmpty { survey.findUsual() }
    for (path, reason) in survey.refused + refused {
      let sentence = reason.hasPrefix(path) ? reason : "\(path): \(reason)"
      RunCommand.tell("passed over: \(String(escapedForDisplay: sentence, limit: 1_000))")
    }
    let suggested = subjects.isEmpty ? UnitSurvey.mostlyIdle(now: now) : []
    guard !survey.logs.isEmpty || !units.isEmpty || !suggested.isEmpty else {
      throw RunCommand.failure(
        subjects.isEmpty
          ? "found no log in the usual places, such as /var/log/nginx, and no unit in the journal: name one"
          : "nothing of that can be followed",
        !subjects.isEmpty && subjects.allSatisfy(FileManager.default.fileExists)
          ? .badData : .noInput)
    }
    let file = InitialSettings(
      logs: survey.logs, units: units, suggestedUnits: suggested, zone: zone ?? .utc)
    try write(file)
  }

  private func write(_ file: InitialSettings) throws {
    if output == "-" {
      print(file.text, terminator: "")
      return
    }
    let path = output ?? Self.usualPath
    if !force, let present = try SmallFile.read(path, limitBytes: 1 << 20), !Self.isDefault(present)
    {
      throw RunCommand.failure(
        "\(path) is there already and was changed: name another file with --output, or add --force",
        .cannotCreate)
    }
    do throws(SystemError) {
      let bytes = Array(file.text.utf8)
      try SmallFile.replace(path, with: bytes.span)
    } catch {
      throw RunCommand.failure("\(error)", .cannotCreate)
    }
    for line in file.nextSteps(path, isOfService: path == StatePlace.usualConfig) { print(line) }
  }

  private static var usualPath: String {
    let folder = URL(filePath: StatePlace.usualConfig).deletingLastPathComponent().path
    return geteuid() == 0 && FileManager.default.fileExists(atPath: folder)
      ? StatePlace.usualConfig : "harbinger.yaml"
  }

  /// Whether it is what an installation puts there, but for its first line, which says where the schema is.
  private static func isDefault(_ bytes: [UInt8]) -> Bool {
    func body(_ text: String) -> Substring { text.drop { $0 != "\n" } }
    return body(String(decoding: bytes, as: UTF8.self)) == body(SettingsReference.yaml.text)
  }
}

/// What init writes, and what it says to do next.
private struct InitialSettings {
  let logs: [LogSurvey.Log]
  let units: [String]
  let suggestedUnits: [String]
  let zone: TimeZoneRules

  var text: String {
    var lines = [
      "# Harbinger's settings. Every key with its default: harbinger settings. After a change: harbinger check",
      "sources:",
    ]
    for log in logs { lines += entry(log) }
    for unit in units { lines += journalEntry(unit) }
    if !suggestedUnits.isEmpty {
      lines.append(
        "  # Units that wrote to the journal in less than half of the last week's hours:")
      let entries = suggestedUnits.flatMap(journalEntry)
      // With nothing else to follow, the first is more than a suggestion.
      let first = logs.isEmpty && units.isEmpty ? journalEntry(suggestedUnits[0]).count : 0
      lines += entries.prefix(first) + entries.dropFirst(first).map { "  # " + $0.dropFirst(2) }
    }
    lines += [
      "", "alert:",
      "  threshold: 0.5  # a request is announced when its probability rises through this",
      "  # start_unit: wake@%i.service  # started before a request; %i is the stream",
      "  # exec: [/usr/local/bin/notify]  # run for each alert",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func entry(_ log: LogSurvey.Log) -> [String] {
    var lines = DetectionText.entry(log.name, log.settings, columns: log.columns, path: log.path)
    lines.insert(
      "    # reads \(log.countedCount) of the first \(log.lineCount) lines, up to "
        + LocalTime(log.newest, in: zone).text, at: 1)
    if !lines.contains(where: { $0.hasPrefix("    time_zone:") }) {
      lines.append("    time_zone: \(yaml(zone.name))")
    }
    lines.append(
      log.infersZone
        ? "    # No line says its zone: is time_zone that of whoever writes the log?"
        : "    # time_zone is that of hours, days and weekends.")
    lines.append(
      "    # exclude: { agent: '*bot*', path: /healthz }  # requests that should not count")
    return lines
  }

  private func journalEntry(_ unit: String) -> [String] {
    [
      "  - name: \(yaml(unit.split(separator: ".").first.map(String.init) ?? unit))",
      "    journal: { unit: \(yaml(unit)) }", "    time_zone: \(zone.name)",
    ]
  }

  func nextSteps(_ path: String, isOfService: Bool) -> [String] {
    let count = logs.count + max(units.count, logs.isEmpty && !suggestedUnits.isEmpty ? 1 : 0)
    let shown = TerminalStyle.standardOutput.shown(path, limit: 500)
    var lines = ["Wrote \(shown), with \(Decimals.counted(count, "source")). Next:"]
    var steps = [
      (isOfService ? "harbinger check" : "harbinger check \(shown)", "does it work?")
    ]
    if let log = logs.first {
      let path = TerminalStyle.standardOutput.shown(log.path, limit: 500)
      steps.append(("harbinger quickstart \(path)", "what it would have forecast"))
    }
    steps.append(
      isOfService
        ? ("systemctl enable --now harbinger", "start it")
        : ("harbinger run --config \(shown)", "start it, here and now"))
    let width = steps.map(\.0.count).max() ?? 0
    let longest = steps.map(\.1.count).max() ?? 0
    // A command is not broken, so that it can be copied; what it is for stands above it where there is no room beside.
    if 2 + width + 2 + longest <= TerminalStyle.standardOutput.columns {
      lines += steps.map { "  \($0.padded(to: width + 2))\($1)" }
    } else {
      lines += steps.flatMap { ["  \($1)", "    \($0)"] }
    }
    return lines
  }
}
