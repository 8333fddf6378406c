internal import Glibc

/// The service manager's end of sd_notify(3): a datagram socket in the abstract name space.
package struct NotifySocket: ~Copyable {
  /// For `NOTIFY_SOCKET`.
  package let name: String
  private let number: Int32

  package init(_ label: String) throws {
    name = "@harbinger-\(label)-\(getpid())"
    number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = [0] + name.utf8.dropFirst()
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let size = socklen_t(2 + bytes.count)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, size) }
    }
    guard bound == 0 else { throw Failure(code: errno) }
  }

  package struct Failure: Error { let code: Int32 }

  deinit { close(number) }

  /// The oldest datagram that was not received yet; empty if there is none.
  package func receive() -> String {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }
}
