internal import CLinux
internal import Glibc

/// The service manager's end of sd_notify(3), for a process that this one has started.
///
/// Only processes of this user reach the socket, and the kernel says which of them has sent a message: so no other can
/// speak for the one that is watched, or keep it from speaking.
package struct NotifyReceiver: ~Copyable {
  /// What a process says, as far as a watchdog needs it.
  package enum Message: Equatable, Sendable {
    case ready
    case alive
    /// What it is doing takes so much longer, counted from now.
    case busy(seconds: Int64)
  }

  private let socket: Descriptor
  /// The value of `NOTIFY_SOCKET` for the process.
  package let path: String

  private static let datagramBytesMax = 4_096
  private static let datagramsMax = 64
  /// An hour: what is longer does not help a watchdog.
  private static let busySecondsMax: Int64 = 3_600

  /// - Parameter path: Of the socket, in a folder that is there; nobody else's.
  /// - Throws: `SystemError` if it cannot be made.
  package init(at path: String) throws(SystemError) {
    let socket = try LocalSocket.make()
    var one: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    // That of a process that was killed.
    unlink(path)
    // The file gets the mode of the socket.
    guard setsockopt(socket.number, SOL_SOCKET, SO_PASSCRED, &one, size) == 0,
      fchmod(socket.number, 0o600) == 0,
      LocalSocket.withAddress(path, { bind(socket.number, $0, $1) }) == 0
    else { throw .last("open the socket", path: path) }
    self.path = path
    self.socket = socket
  }

  deinit { unlink(path) }

  /// Readable when there are messages.
  package var descriptor: Int32 { socket.number }

  /// Takes what has come, oldest first; there may be more, for which the descriptor stays readable.
  ///
  /// - Parameter pid: The process that is watched; what others sent is dropped.
  package func take(from pid: Int32) -> [Message] {
    var messages: [Message] = []
    var buffer = [UInt8](repeating: 0, count: Self.datagramBytesMax)
    for _ in 0..<Self.datagramsMax {
      var sender: Int32 = 0
      let count = buffer.withUnsafeMutableBytes {
        receive_with_sender(socket.number, $0.baseAddress, $0.count, &sender)
      }
      guard count >= 0 else { break }
      if sender == pid { messages += Self.messages(buffer[..<count]) }
    }
    return messages
  }

  private static func messages(_ datagram: ArraySlice<UInt8>) -> [Message] {
    String(decoding: datagram, as: UTF8.self).split(separator: "\n").compactMap { line in
      let (name, value) = (line.prefix { $0 != "=" }, line.drop { $0 != "=" }.dropFirst())
      switch name {
      case "READY": return .ready
      case "WATCHDOG" where value == "1": return .alive
      case "EXTEND_TIMEOUT_USEC":
        return Int64(value).map { .busy(seconds: max(0, min($0 / 1_000_000, busySecondsMax))) }
      default: return nil
      }
    }
  }
}
