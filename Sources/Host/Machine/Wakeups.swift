internal import CLinux
internal import Glibc

/// An edge-triggered epoll instance. A descriptor is reported once when it becomes readable, not as long as it is
/// readable, so that input that cannot be handled just now does not keep the loop busy.
package final class Wakeups {
  /// Readable when an added descriptor becomes ready; −1 if the kernel grants no epoll instance.
  package let descriptor: Int32

  package init() {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Adds a descriptor. The kernel removes it when it is closed.
  ///
  /// - Returns: False for descriptors that epoll does not support, such as those of regular files.
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

  /// The numbers of the descriptors that became ready.
  func take() -> [Int] {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    let count = epoll_wait(descriptor, &events, Int32(events.count), 0)
    return count > 0 ? events.prefix(Int(count)).map { Int($0.data.u64) } : []
  }
}
