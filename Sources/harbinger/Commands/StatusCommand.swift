import ArgumentParser
import Foundation
import Host
import Interchange
import Monitoring
import Records
import Reporting
import Settings
import Storage

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows the status that the daemon last wrote.",
    discussion: """
      For example:

      harbinger status --stream backup
      """)

  @Option(name: .shortAndLong, help: "The settings file that says where the status file is.")
  var config: String?

  @Option(help: "The status file.", completion: .file(extensions: ["json"]))
  var file: String?

  @Flag(help: "Print the status file as it is.")
  var json = false

  @Flag(help: "Print one line for Icinga or Nagios and exit with 0, 1, 2 or 3.")
  var check = false

  @Flag(help: "Print metrics for Prometheus.")
  var metrics = false

  @Flag(help: "Print what each alert threshold would have caught and cost in the last 13 weeks.")
  var thresholds = false

  @Option(help: "Only this stream; from the state, if the status file does not have it.")
  var stream: String?

  @Flag(help: "All streams, from the state; the status file has a hundred of them at most.")
  var all = false

  func validate() throws {
    if all, stream != nil { throw ValidationError("--all and --stream exclude each other") }
    if check, all || stream != nil {
      throw ValidationError("--check is about the daemon: no --all, no --stream")
    }
    if [json, check, metrics, thresholds].count(where: \.self) > 1 {
      throw ValidationError("--json, --check, --metrics and --thresholds exclude each other")
    }
  }

  func run() throws {
    if check { throw ExitCode(printCheck().rawValue) }
    let (paths, member) = try files()
    let isSummary = !json && !metrics && !thresholds && stream == nil
    if let member {
      if isSummary {
        print(member.sentence)
      } else if paths.isEmpty {
        throw RunCommand.failure(member.sentence, .noInput)
      }
    }
    if paths.count > 1, metrics || thresholds || stream != nil {
      throw RunCommand.failure(
        "there is a status for each of \(paths.count) partitions: name one, such as --file "
          + paths[0], .noInput)
    }
    for path in paths {
      if isSummary, paths.count > 1 || member != nil { print("\n\(path):") }
      try show(path)
    }
  }

  /// The status file; or of a member of a group those of its partitions that have one, and what it says of all.
  private func files() throws -> (paths: [String], member: MemberStatus?) {
    let path = try path()
    if FileManager.default.fileExists(atPath: path) { return ([path], nil) }
    let partitions = ServiceSettings.paths(ofPartitionsOf: path)
    let member = MemberStatus.read(beside: path)
    return (partitions.isEmpty && member == nil ? [path] : partitions, member)
  }

  private func show(_ path: String) throws {
    guard let bytes = try SmallFile.read(path, limitBytes: Self.bytesMax) else {
      throw RunCommand.failure(
        "\(path) is not there: harbinger is not running, or has another status file", .noInput)
    }
    if json, !all, stream == nil {
      StandardOutput.write(bytes)
      return
    }
    let report = try withChosenStreams(StatusCommand.report(bytes))
    if json {
      StandardOutput.write(try report.json())
    } else if metrics {
      print(PrometheusText(report).text, terminator: "")
    } else if thresholds {
      print(ThresholdTable(report).table.lines(.standardOutput).joined(separator: "\n"))
    } else {
      let text = StatusText(
        report, isRunning: ProcessFacts.isRunning(report.pid), .standardOutput,
        zone: StreamOutlook.zone)
      print(text.lines.joined(separator: "\n"))
    }
  }

  private func withChosenStreams(_ report: StatusReport) throws -> StatusReport {
    let isWhole = report.streams.count == report.totals.streams
    guard stream != nil || all && !isWhole else { return report }
    var chosen = report
    let listed = stream.map { RunCommand.stream($0, among: report.streams.map(\.name)) }
    chosen.streams.removeAll { $0.name != listed }
    guard chosen.streams.isEmpty else { return chosen }
    if let stream, isWhole {
      throw RunCommand.unknownStream(stream, of: report.streams.map(\.name))
    }
    let settings = try RunCommand.settings(config ?? StatePlace.usualConfig)
      .matching(statePath: report.statePath)
    let monitor = try Monitor(settings, stateAt: report.statePath)
    let known = monitor.streams.keys.sorted()
    let names = stream.map { [RunCommand.stream($0, among: known)] } ?? known
    chosen.streams = names.compactMap { monitor.status(of: $0) }
    chosen.totals = monitor.totals
    if let stream, chosen.streams.isEmpty { throw monitor.reportMissing(stream) }
    return chosen
  }

  private func path() throws -> String { try Self.path(file: file, config: config) }

  /// Where the status file is, or would be.
  static func path(file: String?, config: String?) throws -> String {
    try file ?? config.map { try RunCommand.settings($0).statusPath } ?? usualPath
  }

  private func printCheck() -> StatusCheck.Verdict {
    let check: StatusCheck
    do {
      // Of several it is the worst that counts.
      let (paths, member) = try files()
      let checks = try paths.map { path in
        guard let bytes = try SmallFile.read(path, limitBytes: Self.bytesMax) else {
          return StatusCheck(unknown: "\(path) is not there")
        }
        return try StatusCheck(file: bytes)
      }
      check =
        (checks + [member.map { StatusCheck($0) }].compactMap { $0 })
        .max { $0.verdict.rawValue < $1.verdict.rawValue } ?? StatusCheck(unknown: "no status")
    } catch is ExitCode {
      // Which ones, standard error says.
      check = StatusCheck(unknown: "the settings cannot be used")
    } catch {
      check = StatusCheck(unknown: "\(error)")
    }
    print(check.line)
    return check.verdict
  }

  static let bytesMax = 64 << 20

  /// - Throws: `UnusableStatus`
  static func report(_ bytes: [UInt8]) throws -> StatusReport { try StatusReport(json: bytes) }

  /// The service's, if it is installed; else that of a daemon started by hand.
  private static var usualPath: String {
    let service = "/run/harbinger/status.json"
    let own = ServiceSettings(environment: ProcessInfo.processInfo.environment).statusPath
    let manager = FileManager.default
    // A service that is stopped has no folder there, but keeps its state.
    let isStopped =
      !manager.fileExists(atPath: own) && manager.fileExists(atPath: "/var/lib/harbinger")
    return isStopped || manager.fileExists(atPath: service) ? service : own
  }
}

extension StatusCheck {
  init(_ member: MemberStatus) {
    let isCritical = !member.isRunning || !member.failures.isEmpty
    self.init(isCritical ? .critical : member.problem != nil ? .warning : .ok, member.sentence)
  }

  /// - Parameter bytes: A status file of a process of this machine.
  init(file bytes: [UInt8]) throws {
    let report = try StatusReport(json: bytes)
    self.init(report, isRunning: ProcessFacts.isRunning(report.pid), now: Date())
  }
}
