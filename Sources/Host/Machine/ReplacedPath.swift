internal import Glibc

/// The file that a rename may replace for a path: the path itself, or what a symbolic link there leads to.
///
/// Devices, pipes and sockets are refused: a rename would put a file in their place, and `/dev/null` would be one for
/// the whole machine. Like the kernel in folders that everybody may write to, links of other users are not followed.
struct ReplacedPath {
  let path: String

  /// - Throws: `SystemError`; `EINVAL` for what is no regular file.
  init(_ path: String) throws(SystemError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      // What is wrong with the folder is found when the file is created.
      self.path = path
      return
    }
    guard status.st_mode & S_IFMT == S_IFLNK else {
      try Self.requireFile(status, path)
      self.path = path
      return
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw SystemError("follow another user's link", path: path, code: ELOOP)
    }
    guard let resolved = realpath(path, nil) else { throw .last("follow the link", path: path) }
    defer { free(resolved) }
    self.path = String(cString: resolved)
    guard stat(path, &status) == 0 else { throw .last("examine", path: path) }
    try Self.requireFile(status, path)
  }

  private static func requireFile(_ status: stat, _ path: String) throws(SystemError) {
    // The rename says itself that it cannot replace a folder.
    guard [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
      throw SystemError("replace what is no regular file,", path: path, code: EINVAL)
    }
  }

  /// Whether bytes can be written to what is there, and not replaced: a device or a pipe.
  static func isStream(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
      && [S_IFCHR, S_IFIFO].contains(status.st_mode & S_IFMT)
  }
}
