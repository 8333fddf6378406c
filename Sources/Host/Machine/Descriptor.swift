internal import Glibc

/// An open file descriptor with one owner; closed with its owner.
package struct Descriptor: ~Copyable {
  /// The kernel's number; valid while the owner exists.
  package let number: Int32

  /// Takes ownership of the descriptor that a system call returned, or throws its errno.
  package init(taking number: Int32, operation: String, path: String? = nil) throws(SystemError) {
    guard number >= 0 else { throw .last(operation, path: path) }
    self.number = number
  }

  /// - Parameter flags: as in open(2); close-on-exec is added.
  package init(
    opening path: String, flags: Int32, mode: UInt32 = 0o600, operation: String = "open"
  ) throws(SystemError) {
    let number = retryingInterrupted { Int(open(path, flags | O_CLOEXEC, mode)) }
    try self.init(taking: Int32(number), operation: operation, path: path)
  }

  deinit { close(number) }

  /// Reads once.
  ///
  /// - Returns: The bytes read; 0 at the end of the file; nil when there is nothing now (`EAGAIN`).
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
    let count = retryingInterrupted { Glibc.read(number, buffer.baseAddress, buffer.count) }
    if count >= 0 { return count }
    if errno == EAGAIN { return nil }
    throw .last("read")
  }

  /// Reads a value that the kernel returns completely or not at all, such as an event counter.
  package func readValue<Value: BitwiseCopyable>(_ zero: Value) throws(SystemError) -> Value? {
    var value = zero
    let count = try withUnsafeMutableBytes(of: &value) { buffer throws(SystemError) in
      try read(into: buffer)
    }
    return count == MemoryLayout<Value>.size ? value : nil
  }

  /// Writes all bytes, with as many calls as the kernel needs.
  ///
  /// - Throws: `SystemError` if a call fails; the bytes before it are written.
  package func writeAll(_ bytes: borrowing Span<UInt8>, path: String?) throws(SystemError) {
    try bytes.withUnsafeBytes { buffer throws(SystemError) in
      var written = 0
      while written < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        let count = retryingInterrupted { write(number, rest.baseAddress, rest.count) }
        guard count >= 0 else { throw .last("write", path: path) }
        written += count
      }
    }
  }
}
