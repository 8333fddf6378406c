import ArgumentParser
import Foundation
import Host
import Reporting
import Storage

struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Puts a backup in the place of the state.",
    discussion: """
      The daemon must not run. The backup is copied and checked first; the state that it replaces stays beside it, \
      with the time in its name. Lines that are still on disk and were counted after the backup are read again when \
      the daemon starts. A backup of an older version is brought up to date then. For example:

      harbinger restore /var/backups/harbinger.sqlite
      """)

  @OptionGroup var place: StatePlace

  @Argument(help: "The file, as backup writes it.", completion: .file())
  var file: String

  func run() throws {
    let path = try place.destination()
    let style = TerminalStyle.standardOutput
    guard FileManager.default.fileExists(atPath: file) else {
      throw RunCommand.failure("\(style.shown(file, limit: 400)) is not there", .noInput)
    }
    try StatePlace.requireNoPipe(file)
    try StatePlace.requireNoPipe(path)
    var kept: String?
    try BackupCommand.reportingFailures {
      try LockedState.makeFolder(of: path)
      let lock = try LockFile(path + ".lock")
      kept = try replace(path)
      _ = consume lock
    }
    print("\(style.shown(path, limit: 400)) is restored, \(try BackupCommand.size(path))")
    if let kept { print("the state before is \(style.shown(kept, limit: 400))") }
  }

  /// - Returns: Where the replaced state is now; nil: there was none.
  private func replace(_ path: String) throws -> String? {
    let manager = FileManager.default
    let isThere = manager.fileExists(atPath: path)
    var new = try NewFile(for: path)
    try StateFile.copy(file, to: new.path)
    // The service must be able to use what root has restored.
    try new.copyOwnerAndMode(
      of: isThere ? path : URL(filePath: path).deletingLastPathComponent().path)
    let kept = LockedState.nameAside(path, for: "replaced", .machine)
    do {
      if isThere { try StateFile.checkpoint(path) }
    } catch StateFileError.corrupt {
      // It stays as it is, and its log with it.
    }
    // A log that is left belongs to the state before; beside the new one it would damage it.
    try LockedState.moveLogs(of: path, to: kept)
    try new.place(keepingReplacedAs: isThere ? kept : nil)
    return isThere ? kept : nil
  }
}
