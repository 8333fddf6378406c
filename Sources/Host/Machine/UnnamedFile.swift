internal import Glibc

/// A temporary file without a name, so that nothing is left of it however the process ends.
package struct UnnamedFile: ~Copyable {
  private let file: Descriptor

  /// - Source: open(2), `O_TMPFILE`, which <fcntl.h> defines only with _GNU_SOURCE. If the file system does not support
  ///   it, a file is created and unlinked at once.
  package init(in folder: String) throws(SystemError) {
    let unnamed = Int32(0o20_000_000) | O_DIRECTORY
    do throws(SystemError) {
      file = try Descriptor(opening: folder, flags: O_RDWR | unnamed, operation: "make a file in")
    } catch {
      guard [EOPNOTSUPP, EISDIR, ENOENT, EINVAL].contains(error.code) else { throw error }
      var template = Array("\(folder)/harbinger-\(String(repeating: "X", count: 6))".utf8CString)
      file = try Descriptor(
        taking: mkstemp(&template), operation: "make a file in", path: folder)
      _ = fcntl(file.number, F_SETFD, FD_CLOEXEC)
      unlink(template)
    }
  }

  /// A path by which this process can open the file for reading, from its beginning.
  package var path: String { "/proc/self/fd/\(file.number)" }

  /// Appends text.
  package func append(_ text: String) throws(SystemError) {
    try file.writeAll(Array(text.utf8).span, path: nil)
  }
}
