import ArgumentParser
import Foundation
import Host
import Records

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows what the daemon last said of itself.")

  @Option(name: .shortAndLong, help: "The settings file that says where the status file is.")
  var config: String?

  @Option(help: "The status file.", completion: .file(extensions: ["json"]))
  var file: String?

  @Flag(help: "As it stands in the file.")
  var json = false

  func run() throws {
    let path = try file ?? config.map { try RunCommand.settings($0).statusPath } ?? Self.usualPath
    guard let bytes = try SmallFile.read(path, limitBytes: 64 << 20) else {
      FileHandle.standardError.write(
        Data("\(path) is not there: is harbinger running, with this status file?\n".utf8))
      throw ExitCode.noInput
    }
    if json {
      FileHandle.standardOutput.write(Data(bytes))
    } else {
      print(StatusText(try StatusReport(json: bytes)).lines.joined(separator: "\n"))
    }
  }

  /// The service's, if it is installed; else that of a daemon started by hand.
  private static var usualPath: String {
    let service = "/run/harbinger/status.json"
    if FileManager.default.fileExists(atPath: service) { return service }
    return Settings(environment: ProcessInfo.processInfo.environment).statusPath
  }
}
