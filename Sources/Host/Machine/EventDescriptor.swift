internal import CLinux
internal import Glibc

/// An eventfd, a counter that one thread increments and another waits for.
final class EventDescriptor: Sendable {
  let number: Int32

  init() throws(SystemError) {
    number = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    if number < 0 { throw .last("make an event descriptor") }
  }

  deinit { close(number) }

  // Errors do not matter: a full counter is readable already, and an empty one needs no clearing.
  func signal() { eventfd_write(number, 1) }

  func clear() {
    var count: eventfd_t = 0
    eventfd_read(number, &count)
  }
}
