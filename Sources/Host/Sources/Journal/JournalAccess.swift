internal import Glibc

/// Checks whether we may read the journal. libsystemd does not report this: it skips files that it cannot open.
package enum JournalAccess {
  /// - Returns: Nil if all files can be read.
  package static func problem(_ selection: JournalSelection) -> IntakeProblem? {
    if let directory = selection.directory {
      var status = stat()
      guard stat(directory, &status) == 0 else {
        return .systemCall(path: directory, errno: errno)
      }
      return hidden(in: directory)
    }
    let roots = ["/var/log/journal", "/run/log/journal"].filter { (root: String) in
      access(root, F_OK) == 0
    }
    if roots.isEmpty { return .missing(path: "/var/log/journal") }
    for root in roots {
      if let problem = hidden(in: root) { return problem }
    }
    return nil
  }

  /// The identity of the directory; nil for this machine's journal, and if the directory does not exist.
  static func key(of selection: JournalSelection) -> FileKey? {
    var status = stat()
    guard let directory = selection.directory, stat(directory, &status) == 0 else { return nil }
    return FileKey(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  /// The first directory that cannot be listed, or journal file that cannot be read.
  private static func hidden(in directory: String) -> IntakeProblem? {
    guard access(directory, R_OK | X_OK) == 0 else { return forbidden(directory) }
    let entries = (try? DirectoryListing(directory).entries) ?? []
    for (name, _) in entries {
      let path = "\(directory)/\(name)"
      var status = stat()
      guard stat(path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        // Each machine has a subdirectory, which contains only files.
        guard access(path, R_OK | X_OK) == 0 else { return forbidden(path) }
        let system = "\(path)/system.journal"
        if access(system, F_OK) == 0, access(system, R_OK) != 0 { return forbidden(system) }
      } else if name.hasSuffix(".journal"), access(path, R_OK) != 0 {
        return forbidden(path)
      }
    }
    return nil
  }

  private static func forbidden(_ path: String) -> IntakeProblem {
    let code = errno
    return code == EACCES || code == EPERM
      ? .journalForbidden(path: path) : .systemCall(path: path, errno: code)
  }
}
