internal import CLinux
internal import Glibc

/// Tells whether a file was changed, or another took its place: the kernel sets the time of the last change, and no call
/// sets it back.
package struct FileStamp {
  /// On one line.
  package let text: String

  /// Nil: there is no such file.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    text =
      "as left: \(status.st_dev) \(status.st_ino) \(status.st_size) "
      + "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
  }
}
