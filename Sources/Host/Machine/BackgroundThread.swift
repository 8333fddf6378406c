internal import CLinux
internal import Glibc
internal import Synchronization

/// Does one long computation at a time beside the loop, and wakes it when the result is there.
///
/// Training takes seconds to minutes and intake must not wait for it. The work gets a copy of all it needs
/// and gives one value back, so this mailbox of one slot is the only thing two threads share.
package struct BackgroundThread<Result: Sendable>: ~Copyable {
  private let mailbox: Mailbox<Result>

  /// True from `start` until its result was taken.
  package private(set) var isBusy = false

  /// - Throws: `SystemError`, when the kernel gives no descriptor; the thread itself is made by `start`.
  package init() throws(SystemError) {
    // What the work needs in large pieces is mapped, whatever was freed before, so that it goes back whole.
    mallopt(M_MMAP_THRESHOLD, 256 << 10)
    mailbox = try Mailbox()
  }

  /// Readable when a result waits.
  package var descriptor: Int32 { mailbox.wakeup.number }

  /// Runs the work on a thread of its own, at the lowest priority.
  ///
  /// A thread that is still at work when the process ends is simply ended; it holds nothing that has to be
  /// put away.
  ///
  /// - Precondition: not busy.
  package mutating func start(_ work: @escaping @Sendable () -> Result) throws(SystemError) {
    precondition(!isBusy, "one computation at a time: the result of the last was not taken yet")
    let mailbox = self.mailbox
    try startThread {
      lowerPriority()
      let result = work()
      // What the work needed goes back to the machine; a daemon is idle for hours.
      ProcessMemory.returnUnused()
      mailbox.put(result)
    }
    isBusy = true
  }

  /// Takes the result, if it is there.
  package mutating func take() -> Result? {
    guard let result = mailbox.take() else { return nil }
    isBusy = false
    return result
  }
}

/// One slot and the descriptor that signals it. It is locked because a result is put in by the thread that
/// made it and taken out by the loop.
private final class Mailbox<Result: Sendable>: Sendable {
  let slot = Mutex<Result?>(nil)
  let wakeup: EventDescriptor

  init() throws(SystemError) { wakeup = try EventDescriptor() }

  func put(_ result: Result) {
    slot.withLock { $0 = result }
    wakeup.signal()
  }

  func take() -> Result? {
    wakeup.clear()
    return slot.withLock { $0.take() }
  }
}

/// An eventfd: a counter that one thread raises and another waits for.
private final class EventDescriptor: Sendable {
  let number: Int32

  init() throws(SystemError) {
    number = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    if number < 0 { throw .last("make an event descriptor") }
  }

  deinit { close(number) }

  // Neither can fail in a way that matters: a full counter is readable and an empty one has nothing to clear.
  func signal() { eventfd_write(number, 1) }

  func clear() {
    var count: eventfd_t = 0
    eventfd_read(number, &count)
  }
}

/// Gives way to everything else: nice 19 and SCHED_BATCH, for this thread alone (Linux keeps both per thread).
///
/// Not SCHED_IDLE, under which a machine that is always busy would never let a training end. It is a
/// courtesy: where a sandbox forbids it, the work is done all the same.
private func lowerPriority() {
  let batch: Int32 = 3  // SCHED_BATCH, which <sched.h> shows only to GNU sources.
  var parameters = sched_param(sched_priority: 0)
  sched_setscheduler(0, batch, &parameters)
  setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
}
