import ArgumentParser
import Foundation
import Host
import Interchange
import Records
import Reporting
import Settings

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows the status that the daemon last wrote.")

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

  func validate() throws {
    if [json, check, metrics, thresholds].count(where: \.self) > 1 {
      throw ValidationError("--json, --check, --metrics and --thresholds exclude each other")
    }
  }

  func run() throws {
    if check { throw ExitCode(printCheck().rawValue) }
    let path = try path()
    guard let bytes = try SmallFile.read(path, limitBytes: Self.bytesMax) else {
      FileHandle.standardError.write(
        Data("\(path) is not there: harbinger is not running, or has another status file\n".utf8))
      throw ExitCode.noInput
    }
    if json {
      FileHandle.standardOutput.write(Data(bytes))
    } else if metrics {
      print(PrometheusText(try StatusReport(json: bytes)).text, terminator: "")
    } else if thresholds {
      let table = ThresholdTable(try StatusReport(json: bytes)).table
      print(table.lines(.standardOutput).joined(separator: "\n"))
    } else {
      print(StatusText(try StatusReport(json: bytes)).lines.joined(separator: "\n"))
    }
  }

  private func path() throws -> String { try Self.path(file: file, config: config) }

  /// Where the status file is, or would be.
  static func path(file: String?, config: String?) throws -> String {
    try file ?? config.map { try RunCommand.settings($0).statusPath } ?? usualPath
  }

  private func printCheck() -> StatusCheck.Verdict {
    let check: StatusCheck
    do {
      let path = try path()
      if let bytes = try SmallFile.read(path, limitBytes: Self.bytesMax) {
        check = StatusCheck(try StatusReport(json: bytes), now: Date())
      } else {
        check = StatusCheck(unknown: "\(path) is not there")
      }
    } catch {
      check = StatusCheck(unknown: "\(error)")
    }
    print(check.line)
    return check.verdict
  }

  static let bytesMax = 64 << 20

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
