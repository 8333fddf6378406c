internal import Glibc

/// Keeps a second daemon away from the same state, for as long as this value lives.
///
/// The kernel drops the lock with the process, however it ends, so a file left behind blocks no other process.
package struct LockFile: ~Copyable {
  /// Why the lock was not taken.
  package enum Failure: Error, Hashable, CustomStringConvertible {
    /// Another process has it; nil if it did not say which.
    case held(path: String, pid: Int?)
    case system(SystemError)

    package var description: String {
      switch self {
      case .held(let path, let pid?): "\(path) is held by process \(pid)"
      case .held(let path, nil): "\(path) is held by another process"
      case .system(let error): error.description
      }
    }
  }

  private let file: Descriptor
  private let path: String
  /// What the holder before has left with `leave(note:)`; empty if it did not come to that, or was killed.
  package let note: String

  /// Creates the file where it is missing, and locks it.
  ///
  /// - Throws: `Failure.held` at once, without waiting, if another process has the lock.
  package init(_ path: String) throws(Failure) {
    var note = ""
    do throws(SystemError) {
      file = try Self.locked(path, &note)
      self.path = path
      self.note = note
    } catch {
      throw error.code == EWOULDBLOCK
        ? .held(path: path, pid: Self.holder(of: path)) : .system(error)
    }
  }

  /// Leaves a line for the next holder.
  package func leave(note: String) {
    // Without it the next one only does not know.
    try? file.writeAll(Array("\(note)\n".utf8).span, path: path)
  }

  private static let noteBytesMax = 512

  private static func locked(
    _ path: String, _ note: inout String
  ) throws(SystemError) -> Descriptor {
    let file = try Descriptor(
      opening: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644, operation: "open the lock")
    guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { throw .last("lock", path: path) }
    letOwnerOfFolderOpen(file, path)
    let left = (try? SmallFile.read(path, limitBytes: noteBytesMax)) ?? []
    let lines = left.split(separator: UInt8(ascii: "\n"))
    note = lines.count == 2 ? String(decoding: lines[1], as: UTF8.self) : ""
    guard ftruncate(file.number, 0) == 0 else { throw .last("write", path: path) }
    try file.writeAll(Array("\(getpid())\n".utf8).span, path: path)
    return file
  }

  /// A lock that a command of root has made must not keep the service out.
  private static func letOwnerOfFolderOpen(_ file: borrowing Descriptor, _ path: String) {
    var folder = stat()
    guard geteuid() == 0, stat(PathPattern.split(path).directory, &folder) == 0 else { return }
    // Where it cannot be given away, the service says that it may not open it.
    _ = fchown(file.number, folder.st_uid, folder.st_gid)
  }

  /// The process that took the lock last, whether it still has it or not; nil: it did not say.
  package static func holder(of path: String) -> Int? {
    // Without the number the refusal is as right, only less helpful.
    guard let bytes = try? SmallFile.read(path, limitBytes: noteBytesMax) else { return nil }
    return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
