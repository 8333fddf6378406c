internal import Glibc

/// A file that is written under a name of its own and put in its place when it is whole, so that whoever looks sees
/// what was there before, or all of it.
///
/// Nobody else may read it while it is written. A process that is killed leaves it behind; the next one that
/// writes a file for the same place removes it.
package struct NewFile: ~Copyable {
  /// Where it is written, in the folder of its destination.
  package let path: String
  private let destination: String
  private var isPlaced = false

  /// Makes an empty one.
  ///
  /// - Throws: `SystemError`
  package init(for destination: String) throws(SystemError) {
    Self.removeLeftovers(destination)
    let path = "\(destination).partial-\(getpid())"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    _ = try Descriptor(opening: path, flags: flags, mode: 0o600, operation: "create")
    self.path = path
    self.destination = destination
  }

  deinit { if !isPlaced { Self.remove(path) } }

  /// SQLite has a journal beside what it writes.
  private static func remove(_ path: String) {
    unlink(path)
    unlink(path + "-journal")
  }

  /// Of processes that are gone.
  private static func removeLeftovers(_ destination: String) {
    let (folder, name) = PathPattern.split(destination)
    // A folder that cannot be listed may still be written to.
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

  /// Gives it the owner, the group and the mode of another file.
  ///
  /// - Throws: `SystemError`
  package func takeAfter(_ other: String) throws(SystemError) {
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

  /// Puts it in its place once it would survive a power cut there.
  ///
  /// - Parameter kept: What is there now stays under this name.
  /// - Throws: `SystemError`; then what was there is there.
  package mutating func place(keepingReplacedAs kept: String? = nil) throws(SystemError) {
    let file = try Descriptor(opening: path, flags: O_RDONLY | O_NOFOLLOW)
    guard fsync(file.number) == 0 else { throw .last("sync", path: path) }
    // Under both names for a moment, so that there is no moment without one.
    if let kept, link(destination, kept) != 0, errno != ENOENT {
      throw .last("keep as \(kept)", path: destination)
    }
    guard rename(path, destination) == 0 else { throw .last("replace", path: destination) }
    isPlaced = true
    try SmallFile.syncFolder(of: destination)
  }
}
