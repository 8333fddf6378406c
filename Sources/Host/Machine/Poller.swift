internal import Glibc

/// Sleeps until one of several descriptors has something to read, or until a deadline.
///
/// `Source` is the caller's own enumeration of what it waits for.
package struct Poller<Source> {
  private var entries: [pollfd] = []
  private var sources: [Source] = []

  package init() {}

  /// - Parameter descriptor: stays the caller's, who must `forget` it before closing it.
  package mutating func watch(_ descriptor: Int32, as source: Source, events: Int32 = POLLIN) {
    entries.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
    sources.append(source)
  }

  /// Waits for a descriptor no more; to be called before it is closed.
  package mutating func forget(_ descriptor: Int32) {
    while let index = entries.firstIndex(where: { $0.fd == descriptor }) {
      entries.remove(at: index)
      sources.remove(at: index)
    }
  }

  /// - Parameter deadline: in `WallClock.monotonicMicroseconds`; nil waits for ever.
  /// - Returns: The sources that are ready, hung up or in error, in the order they were added; empty when
  ///   the deadline came first.
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

  /// Milliseconds for poll(2), rounded up so that a deadline is never met early.
  private static func timeout(until deadlineMicroseconds: Int64?) -> Int32 {
    guard let deadlineMicroseconds else { return -1 }
    let left = deadlineMicroseconds - WallClock.monotonicMicroseconds
    return Int32(clamping: max(0, (left + 999) / 1_000))
  }
}
