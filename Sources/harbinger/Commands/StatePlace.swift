import ArgumentParser
import Foundation
import Host
import Reporting
import Settings

/// Where the state is that a command reads.
struct StatePlace: ParsableArguments {
  @Option(name: .shortAndLong, help: "The settings file that says where the state is.")
  var config = StatePlace.usualConfig

  @Option(help: "The state file, if it is not where the settings say.", completion: .file())
  var state: String?

  static let usualConfig = "/etc/harbinger/harbinger.yaml"
  private static let ofService = "/var/lib/harbinger/harbinger.sqlite"

  func path() throws -> String { try Self.path(config: config, state: state) }

  /// The same, or of a member of a group those of its partitions.
  func paths() throws -> [String] {
    let member = try state ?? Self.usualPath(config)
    let paths = ServiceSettings.paths(ofPartitionsOf: member)
    return paths.isEmpty || FileManager.default.fileExists(atPath: member) ? [try path()] : paths
  }

  /// Where the state of the service or of these settings is.
  private static func usualPath(_ config: String) throws -> String {
    let manager = FileManager.default
    return config == usualConfig && !manager.fileExists(atPath: config)
      ? ofService : try RunCommand.settings(config).statePath
  }

  /// Where a state is to be put, whether one is there or not.
  ///
  /// - Throws: `ExitCode`, after saying why.
  func destination() throws -> String {
    if let state { return state }
    let manager = FileManager.default
    // The service's own folder counts as soon as it is there: only the service is told of it by systemd.
    let folder = URL(filePath: Self.ofService).deletingLastPathComponent().path
    let hasService = config == Self.usualConfig && manager.fileExists(atPath: folder)
    if config == Self.usualConfig, !manager.fileExists(atPath: config) {
      return try hasService ? Self.ofService : Self.withoutSettings()
    }
    let path = try RunCommand.settings(config).statePath
    return hasService && !manager.fileExists(atPath: path) ? Self.ofService : path
  }

  /// The state of a daemon that was started by hand, where it puts it.
  ///
  /// - Throws: `ExitCode`, after saying that there is none.
  private static func withoutSettings() throws -> String {
    let own = ServiceSettings(environment: ProcessInfo.processInfo.environment).statePath
    if FileManager.default.fileExists(atPath: own) { return own }
    throw RunCommand.failure(
      "harbinger is not installed here: name its settings with --config, or a state with --state",
      .noInput)
  }

  /// SQLite would wait for a pipe.
  ///
  /// - Throws: `ExitCode`, after saying that it is no regular file.
  static func requireNoPipe(_ path: String) throws {
    let target = URL(filePath: path).resolvingSymlinksInPath().path
    let type = try? FileManager.default.attributesOfItem(atPath: target)[.type]
    guard let type = type as? FileAttributeType, ![.typeRegular, .typeDirectory].contains(type)
    else { return }
    throw RunCommand.failure(
      "\(TerminalStyle.standardError.shown(path, limit: 400)) is no regular file", .noInput)
  }

  /// Where the settings say, or else where the service, whose folders are not ours, has it; on a machine without the
  /// service, where a daemon that was started by hand puts it.
  ///
  /// - Throws: `ExitCode`, after saying why.
  static func path(config: String, state: String?) throws -> String {
    let manager = FileManager.default
    if let state { try requireNoPipe(state) }
    if state == nil, config == usualConfig, !manager.fileExists(atPath: config),
      !manager.fileExists(atPath: ofService)
    {
      return try withoutSettings()
    }
    let path = try state ?? RunCommand.settings(config).statePath
    if manager.fileExists(atPath: path) { return path }
    if state == nil, manager.fileExists(atPath: ofService) { return ofService }
    if state == nil, config == usualConfig, FileAccess.deniesAccess(to: ofService) {
      throw RunCommand.failure(
        "the service's state, \(ofService), may be read by root and the service's user only",
        .noInput
      )
    }
    let partitions = ServiceSettings.paths(ofPartitionsOf: path)
    if let first = partitions.first {
      throw RunCommand.failure(
        "\(path) is that of a member of a group, which has a state for each of its "
          + "\(partitions.count) partitions: name one, such as --state \(first)", .noInput)
    }
    throw RunCommand.failure("\(path) is not there: has harbinger run yet?", .noInput)
  }
}
