// The library's variable for the stream is not marked as safe to read, and never changes.
@preconcurrency import Glibc
import Host

/// What a command prints. It is buffered, so whether all of it was written is known at the end only.
enum StandardOutput {
  /// Writes bytes that are no text.
  static func write(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stdout) }
  }

  /// Writes what is buffered.
  ///
  /// - Returns: Why not everything could be written since the start, such as a full disk; nil if it was.
  static func problem() -> String? {
    if fflush(stdout) != 0 {
      return SystemError("write to standard output", code: errno).description
    }
    return ferror(stdout) == 0 ? nil : "standard output: not everything could be written"
  }
}
