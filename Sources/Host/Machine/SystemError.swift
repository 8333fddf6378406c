internal import Glibc

/// A failed system call: the operation, the path if there is one, and the errno.
package struct SystemError: Error, Hashable, CustomStringConvertible {
  package let operation: String
  package let path: String?
  /// The errno.
  package let code: Int32

  package init(_ operation: String, path: String? = nil, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  /// The error of the call that has just failed in this thread.
  static func last(_ operation: String, path: String? = nil) -> SystemError {
    SystemError(operation, path: path, code: errno)
  }

  /// Whether the kernel is temporarily short of memory.
  package var isShortOfMemory: Bool { code == ENOMEM || code == EAGAIN }

  package var reason: String { String(cString: strerror(code)) }

  package var description: String {
    "cannot \(operation)\(path.map { " \($0)" } ?? ""): \(reason) (errno \(code))"
  }
}

/// Repeats a call while it fails with EINTR.
func retryingInterrupted(_ call: () -> Int) -> Int {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
