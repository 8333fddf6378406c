internal import Glibc

/// A file that is written under a temporary name and renamed when it is complete, so that readers see either the old
/// file or the whole new one.
///
/// Unless another mode is given, other users cannot read it while it is written. A killed process leaves it behind; the
/// next process that writes the same destination removes it.
package struct NewFile: ~Copyable {
  /// The temporary path, in the folder of the destination.
  package let path: String
  private let destination: String
  private var isPlaced = false

  /// Creates an empty temporary file, beside the file that a symbolic link leads to.
  ///
  /// - Throws: `SystemError`
  package init(for destination: String, mode: UInt32 = 0o600) throws(SystemError) {
    let destination = try ReplacedPath(destination).path
    Self.removeLeftovers(destination)
    let path = "\(destination).partial-\(getpid())"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    _ = try Descriptor(opening: path, flags: flags, mode: mode, operation: "create")
    self.path = path
    self.destination = destination
  }

  /// Whether a device or a pipe is there, which is written to and not replaced.
  package static func isStream(_ path: String) -> Bool { ReplacedPath.isStream(path) }

  deinit { if !isPlaced { Self.remove(path) } }

  /// Removes the file, and what SQLite writes beside it.
  private static func remove(_ path: String) {
    for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
  }

  /// Removes the temporary files of processes that have ended.
  private static func removeLeftovers(_ destination: String) {
    let (folder, name) = PathPattern.split(destination)
    // A folder that cannot be listed may still be writable.
    guard let names = try? DirectoryListing(folder).names else { return }
    let beginning = "\(name).partial-"
    for name in names where name.hasPrefix(beginning) {
      let process = Int(name.dropFirst(beginning.count).prefix { $0.isASCII && $0.isNumber })
      guard let process, process == Int(getpid()) || !ProcessFacts.isRunning(process) else {
        continue
      }
      unlink(folder + "/" + name)
    }
  }

  /// Copies the owner, the group and the mode of another file.
  ///
  /// - Throws: `SystemError`
  package func copyOwnerAndMode(of other: String) throws(SystemError) {
    var status = stat()
    guard stat(other, &status) == 0 else { throw .last("examine", path: other) }
    let file = try Descriptor(opening: path, flags: O_RDONLY | O_NOFOLLOW)
    guard fchown(file.number, status.st_uid, status.st_gid) == 0 else {
      throw .last("give to the owner of \(other)", path: path)
    }
    if status.st_mode & S_IFMT == S_IFREG, fchmod(file.number, status.st_mode & 0o777) != 0 {
      throw .last("set the mode of", path: path)
    }
  }

  /// Syncs the file and renames it to its destination.
  ///
  /// - Parameter kept: The replaced file is kept under this name.
  /// - Throws: `SystemError`; the destination is then unchanged, unless only the sync of the folder failed.
  package mutating func place(keepingReplacedAs kept: String? = nil) throws(SystemError) {
    let file = try Descriptor(opening: path, flags: O_RDONLY | O_NOFOLLOW)
    guard fsync(file.number) == 0 else { throw .last("sync", path: path) }
    // A hard link, so that the destination exists at every moment.
    if let kept, link(destination, kept) != 0, errno != ENOENT {
      throw .last("keep as \(kept)", path: destination)
    }
    guard rename(path, destination) == 0 else { throw .last("replace", path: destination) }
    isPlaced = true
    try SmallFile.syncFolder(of: destination)
  }
}
