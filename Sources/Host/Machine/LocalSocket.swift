internal import Glibc

/// Unix datagram sockets, addressed by path.
package enum LocalSocket {
  /// The longest path that the kernel accepts, without the terminating zero.
  package static let pathBytesMax = 107

  /// - Returns: An unbound, non-blocking socket.
  package static func make() throws(SystemError) -> Descriptor {
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    return try Descriptor(taking: socket(AF_UNIX, type, 0), operation: "open a socket")
  }

  /// Calls `body` with the address of a path, for `bind`, `connect` and the like.
  ///
  /// - Returns: The result of `body`; −1, with `errno` = `ENAMETOOLONG`, for a path that is too long.
  package static func withAddress<Result: SignedInteger>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    guard path.utf8.count <= pathBytesMax else {
      errno = ENAMETOOLONG
      return -1
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
