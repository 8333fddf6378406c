internal import CLinux
internal import Glibc

/// Many descriptors behind one, each reported once when something comes, not for as long as it is unread: so
/// that what cannot be read just now does not keep the loop awake.
package final class Wakeups {
  /// −1 if the kernel gives none.
  package let descriptor: Int32

  package init() {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Forgotten when the descriptor is closed.
  ///
  /// - Returns: False for what is always readable, such as a regular file.
  func add(_ watched: Int32, as number: Int, events: UInt32 = EPOLLIN.rawValue) -> Bool {
    var event = epoll_event()
    event.events = events | EPOLLET.rawValue
    event.data.u64 = UInt64(number)
    let isAdded = epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0
    return isAdded || errno == EEXIST
  }

  func remove(_ watched: Int32) {
    _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, watched, nil)
  }

  /// The numbers of those for which something has come.
  func take() -> [Int] {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    let count = epoll_wait(descriptor, &events, Int32(events.count), 0)
    return count > 0 ? events.prefix(Int(count)).map { Int($0.data.u64) } : []
  }
}
