import ArgumentParser
import Foundation
import Host
import Reporting
import Storage

struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copies the state to a file, also while the daemon runs.",
    discussion: """
      The copy is of one instant, is checked from end to end, and then takes the place of a file that is there \
      already: a backup that fails or is killed leaves the one before as it was. For example:

      harbinger backup /var/backups/harbinger.sqlite
      """)

  @OptionGroup var place: StatePlace

  @Argument(help: "The file to write.", completion: .file())
  var file: String

  func run() throws {
    let path = try place.path()
    let shown = TerminalStyle.standardOutput.shown(file, limit: 400)
    // A database with a log of its own is in use, and must not be replaced beneath it.
    guard !FileManager.default.fileExists(atPath: file + "-wal") else {
      throw RunCommand.failure(
        "\(shown) is in use: \(shown)-wal is there; expected a place of its own for a backup",
        .cannotCreate)
    }
    try Self.reportingFailures {
      var new = try NewFile(for: file)
      try StateFile.copy(path, to: new.path)
      try new.place()
    }
    print("\(shown): copied and checked, \(try Self.size(file))")
  }

  static func size(_ path: String) throws -> String {
    let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    return String(format: "%.1f MB", Double(bytes) / 1e6)
  }

  /// - Throws: `StateFileError`; `ExitCode`, after saying why a file cannot be written.
  static func reportingFailures(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let error as SystemError {
      throw RunCommand.failure("\(error)", .cannotCreate)
    }
  }
}
