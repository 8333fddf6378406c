internal import CLinux
internal import Glibc

/// The service manager's end of sd_notify(3), for a process that this one has started.
///
/// The kernel says who has sent a message, so no other process can speak for the one that is watched.
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
  package let address: String

  private static let datagramBytesMax = 4_096
  private static let datagramsMax = 64
  /// An hour: what is longer does not help a watchdog.
  private static let busySecondsMax: Int64 = 3_600

  /// - Throws: `SystemError` if the kernel grants no socket.
  package init() throws(SystemError) {
    let socket = try LocalSocket.make()
    var one: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    guard setsockopt(socket.number, SOL_SOCKET, SO_PASSCRED, &one, size) == 0 else {
      throw .last("open a socket")
    }
    address = try Self.bindAnywhere(socket.number)
    self.socket = socket
  }

  /// Without a name in the request, the kernel chooses one that is free, in its abstract name space.
  private static func bindAnywhere(_ socket: Int32) throws(SystemError) -> String {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let familyBytes = socklen_t(MemoryLayout<sa_family_t>.size)
    var size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, familyBytes) == 0 ? getsockname(socket, $0, &size) : -1
      }
    }
    guard code == 0 else { throw .last("name a socket") }
    // After a zero, which stands as @ in the environment.
    let name = withUnsafeBytes(of: address.sun_path) {
      String(decoding: $0.prefix(Int(size - familyBytes)).dropFirst(), as: UTF8.self)
    }
    return "@" + name
  }

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
