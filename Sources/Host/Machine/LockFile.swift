internal import Glibc

/// Keeps a second daemon away from the same state, for as long as this value lives.
///
/// The kernel drops the lock with the process, however it ends, so a file left behind blocks no other process.
package struct LockFile: ~Copyable {
  /// Why the lock was not taken.
  package enum Failure: Error, Hashable, CustomStringConvertible {
    /// Another process has it; nil if it did not say which.
    case held(path: String, pid: Int32?)
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

  /// Creates the file where it is missing, and locks it.
  ///
  /// - Throws: `Failure.held` at once, without waiting, if another process has the lock.
  package init(_ path: String) throws(Failure) {
    do throws(SystemError) {
      file = try Self.locked(path)
    } catch {
      throw error.code == EWOULDBLOCK
        ? .held(path: path, pid: Self.holder(of: path)) : .system(error)
    }
  }

  private static func locked(_ path: String) throws(SystemError) -> Descriptor {
    let file = try Descriptor(
      opening: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644, operation: "open the lock")
    guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { throw .last("lock", path: path) }
    letOwnerOfFolderOpen(file, path)
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

  private static func holder(of path: String) -> Int32? {
    // Without the number the refusal is as right, only less helpful.
    guard let bytes = try? SmallFile.read(path, limitBytes: 32) else { return nil }
    return Int32(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
