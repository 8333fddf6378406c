import Glibc

/// Why some of a source cannot be read just now; shown in the status file, gone when it is over.
package enum IntakeProblem: Error, Hashable, Sendable {
  /// No file has this path, or none matches this pattern.
  case missing(path: String)
  case systemCall(path: String, errno: CInt)
  /// A directory, socket, FIFO or device stands where a log should be.
  case notRegular(path: String)
  /// The name says compressed, the bytes do not; or they stop making sense.
  case corrupt(path: String)
  /// A compressed file ends in the middle.
  case endsEarly(path: String)
  /// The kernel gives no more inotify watches; files are looked at every few seconds instead.
  case watchesExhausted
  /// inotify is not available at all.
  case watchingFailed(errno: CInt)
  /// The source names more files than are followed.
  case tooManyFiles(limit: Int)

  /// One sentence for people, paths escaped by whoever shows it.
  package var sentence: String {
    switch self {
    case .missing(let path): "\(path): no such file yet"
    case .systemCall(let path, let code): "\(path): \(String(cString: strerror(code)))"
    case .notRegular(let path): "\(path): not a regular file"
    case .corrupt(let path): "\(path): not readable as a compressed file"
    case .endsEarly(let path): "\(path): the compressed file ends early"
    case .watchesExhausted:
      "inotify watches are exhausted (fs.inotify.max_user_watches); scanning every few seconds"
    case .watchingFailed(let code):
      "inotify is not available (\(String(cString: strerror(code)))); scanning every few seconds"
    case .tooManyFiles(let limit): "more than \(limit) files; the oldest are not followed"
    }
  }

  /// Nothing tells when it is over: it has to be tried again.
  var isSilent: Bool {
    guard case .systemCall(_, let code) = self else { return false }
    return ![ENOENT, EACCES, EPERM, ENOTDIR, ELOOP].contains(code)
  }
}
