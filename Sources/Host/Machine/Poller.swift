internal import Glibc

/// Waits until one of several descriptors is ready, or until a deadline.
///
/// `Source` is the caller's type that identifies the descriptors.
package struct Poller<Source> {
  private var entries: [pollfd] = []
  private var sources: [Source] = []

  package init() {}

  /// - Parameter descriptor: Stays owned by the caller, who must `forget` it before closing it.
  package mutating func watch(_ descriptor: Int32, as source: Source, events: Int32 = POLLIN) {
    entries.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
    sources.append(source)
  }

  /// Stops waiting for a descriptor. Must be called before it is closed.
  package mutating func forget(_ descriptor: Int32) {
    while let index = entries.firstIndex(where: { $0.fd == descriptor }) {
      entries.remove(at: index)
      sources.remove(at: index)
    }
  }

  /// - Parameter deadline: In `WallClock.monotonicMicroseconds`; nil waits without limit.
  /// - Returns: The sources that are ready, closed by their peer or in error, in the order in which they were added;
  ///   empty if the deadline passed first.
  package mutating func wait(until deadlineMicroseconds: Int64? = nil) throws(SystemError)
    -> [Source]
  {
    while true {
      let count = poll(&entries, nfds_t(entries.count), Self.timeout(until: deadlineMicroseconds))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .last("wait for descriptors") }
      if let closed = entries.first(where: { Int32($0.revents) & POLLNVAL != 0 }) {
        throw SystemError("wait for descriptor \(closed.fd)", code: EBADF)
      }
      return entries.indices.filter { entries[$0].revents != 0 }.map { sources[$0] }
    }
  }

  /// The timeout for poll(2) in milliseconds, rounded up so that it never returns before the deadline.
  private static func timeout(until deadlineMicroseconds: Int64?) -> Int32 {
    guard let deadlineMicroseconds else { return -1 }
    let left = deadlineMicroseconds - WallClock.monotonicMicroseconds
    return Int32(clamping: max(0, (left + 999) / 1_000))
  }
}
