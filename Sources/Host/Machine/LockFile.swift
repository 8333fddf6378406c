internal import Glibc

/// Prevents a second daemon from using the same state while this value exists.
///
/// The kernel releases the lock when the process ends, however it ends, so a leftover file blocks no other process.
package struct LockFile: ~Copyable {
  /// Why the lock was not taken.
  package enum Failure: Error, Hashable, CustomStringConvertible {
    /// Another process holds it; `pid` is nil if that is unknown.
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
  /// What the previous holder left with `leave(note:)`; empty if it left nothing, for example because it was killed.
  package let note: String

  /// Creates the file if it is missing, and locks it.
  ///
  /// - Throws: `Failure.held`, without waiting, if another process holds the lock.
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
    // The note is optional, so an error is ignored.
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

  /// Gives the lock file to the owner of its folder, so that a file that root has created does not block the service.
  private static func letOwnerOfFolderOpen(_ file: borrowing Descriptor, _ path: String) {
    var folder = stat()
    guard geteuid() == 0, stat(PathPattern.split(path).directory, &folder) == 0 else { return }
    // If this fails, the service reports that it may not open the file.
    _ = fchown(file.number, folder.st_uid, folder.st_gid)
  }

  /// The process that took the lock last, whether or not it still holds it; nil if unknown.
  package static func holder(of path: String) -> Int? {
    // The process ID is only for the message, so an error is ignored.
    guard let bytes = try? SmallFile.read(path, limitBytes: noteBytesMax) else { return nil }
    return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
