import Foundation
import Host
import Records
import Storage

/// A state file, and the lock that keeps every other daemon from it.
///
/// A class, because while a reload builds the next session on the same file, two sessions hold it; the lock goes
/// with the last of them.
final class LockedState {
  let file: StateFile
  let path: String
  /// That the file was damaged, in a sentence; nil: it was not.
  let damage: String?
  private let lock: LockFile

  private init(file: StateFile, path: String, damage: String?, lock: consuming LockFile) {
    self.file = file
    self.path = path
    self.damage = damage
    self.lock = lock
  }

  enum Damaged {
    /// Kept under another name; a new file is begun, which the logs fill again.
    case replaced
    case refused
  }

  /// Takes the lock, then opens the file.
  ///
  /// - Throws: `LockFile.Failure`, `StateFileError`; then no lock is held.
  static func open(_ path: String, damaged: Damaged, time: TimeSource) throws -> LockedState {
    try makeFolder(of: path)
    let lock = try LockFile(path + ".lock")
    let isAsLeft = !lock.note.isEmpty && lock.note == stamp(of: path)
    do {
      let file = try StateFile(path: path, isSound: isAsLeft)
      return LockedState(file: file, path: path, damage: nil, lock: lock)
    } catch StateFileError.corrupt(_, let reason) where damaged == .replaced {
      let aside = try setAside(path, time)
      let damage =
        "the state was damaged (\(reason)) and moved to \(aside); all is learned anew from the logs"
      let file = try StateFile(path: path)
      return LockedState(file: file, path: path, damage: damage, lock: lock)
    }
  }

  /// Leaves the file to the next start, which need not go through all of it if nobody has changed it since: of a year of
  /// a thousand streams that takes longer than all else.
  func close() {
    file.close()
    if let stamp = Self.stamp(of: path) { lock.leave(note: stamp) }
  }

  /// What changes with the file; nil while something is in the write-ahead log beside it.
  private static func stamp(of path: String) -> String? {
    let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
    guard (log?[.size] as? Int ?? 0) == 0 else { return nil }
    return FileStamp(path)?.text
  }

  private static func setAside(_ path: String, _ time: TimeSource) throws -> String {
    let aside = nameAside(path, for: "damaged", time)
    try FileManager.default.moveItem(atPath: path, toPath: aside)
    try moveLogs(of: path, to: aside)
    return aside
  }

  /// A name for a state that gives way to another, with the time in it.
  static func nameAside(_ path: String, for reason: String, _ time: TimeSource) -> String {
    let stamp = UTCTime(seconds: time.nowSeconds).text.filter { $0 != ":" && $0 != "-" }
    let name = "\(path).\(reason)-\(stamp)"
    // Two in one second.
    var number = 1
    while FileManager.default.fileExists(atPath: number == 1 ? name : "\(name)-\(number)") {
      number += 1
    }
    return number == 1 ? name : "\(name)-\(number)"
  }

  /// What the write-ahead log holds belongs to its state, and to no other.
  static func moveLogs(of path: String, to aside: String) throws {
    for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
    }
  }

  /// - Throws: `StateFileError.unusable`
  static func makeFolder(of path: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    do throws(SystemError) {
      try NewFolder.make(folder)
    } catch {
      throw StateFileError.unusable(path, reason: "\(error)")
    }
  }
}
