internal import Glibc

/// Whether this process can open a connection to a host.
package enum Reachability {
  private static let timeoutMilliseconds: Int32 = 5_000

  /// Connects, sends nothing, and closes.
  ///
  /// - Returns: Why it cannot connect; nil if it can.
  package static func problem(host: String, port: Int) -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &found)
    guard code == 0 else { return String(cString: gai_strerror(code)) }
    defer { freeaddrinfo(found) }
    var reason = "it has no address"
    var next = found
    while let address = next?.pointee {
      guard let problem = problem(address) else { return nil }
      reason = problem
      next = address.ai_next
    }
    return reason
  }

  private static func problem(_ address: addrinfo) -> String? {
    let flags = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, flags, 0)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    defer { close(descriptor) }
    if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return nil }
    guard errno == EINPROGRESS else { return String(cString: strerror(errno)) }
    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&wanted, 1, timeoutMilliseconds) > 0 else { return "it does not answer" }
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    return error == 0 ? nil : String(cString: strerror(error))
  }
}
