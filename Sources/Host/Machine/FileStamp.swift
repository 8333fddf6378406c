internal import CLinux
internal import Glibc

/// Detects whether a file was changed or replaced, by device, inode, size and change time; no system call can set the
/// change time back.
package struct FileStamp {
  /// The stamp on one line.
  package let text: String

  /// Nil if there is no such file.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    text =
      "as left: \(status.st_dev) \(status.st_ino) \(status.st_size) "
      + "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
  }
}
