import ArgumentParser
import Foundation
import Settings

/// Where the state is that a command reads.
struct StatePlace: ParsableArguments {
  @Option(name: .shortAndLong, help: "The settings file that says where the state is.")
  var config = "/etc/harbinger/harbinger.yaml"

  @Option(help: "The state file, if it is not where the settings say.", completion: .file())
  var state: String?

  private static let ofService = "/var/lib/harbinger/harbinger.sqlite"

  /// Where the settings say, or else where the service, whose folders are not ours, has it.
  ///
  /// - Throws: `ExitCode`, after saying why.
  func path() throws -> String {
    let path = try state ?? RunCommand.settings(config).statePath
    let manager = FileManager.default
    if manager.fileExists(atPath: path) { return path }
    if state == nil, manager.fileExists(atPath: Self.ofService) { return Self.ofService }
    throw RunCommand.failure("\(path) is not there: has harbinger run yet?", .noInput)
  }
}
