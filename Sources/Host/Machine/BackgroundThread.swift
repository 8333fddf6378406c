internal import CLinux
internal import Glibc
internal import Synchronization

/// Runs one long computation at a time on its own thread, and wakes the loop when the result is ready.
///
/// Training takes seconds to minutes, and intake must not wait for it. The work gets copies of its inputs and returns
/// one value, so a mailbox with one slot is all that the two threads share.
package struct BackgroundThread<Result: Sendable>: ~Copyable {
  private let mailbox: Mailbox<Result>

  /// True from `start` until the result is taken.
  package private(set) var isBusy = false

  /// - Throws: `SystemError` if the kernel grants no descriptor. The thread is created by `start`.
  package init() throws(SystemError) {
    // A fixed threshold: large allocations of the work are always mapped, so that their memory is returned when they
    // are freed.
    mallopt(M_MMAP_THRESHOLD, 256 << 10)
    mailbox = try Mailbox()
  }

  /// Readable when a result is ready.
  package var descriptor: Int32 { mailbox.wakeup.number }

  /// Runs the work on its own thread, at the lowest priority.
  ///
  /// A thread that is still working when the process exits ends with it; it holds nothing that must be closed or saved.
  ///
  /// - Precondition: `isBusy` is false.
  package mutating func start(_ work: @escaping @Sendable () -> Result) throws(SystemError) {
    precondition(!isBusy, "one computation at a time: the result of the last was not taken yet")
    let mailbox = self.mailbox
    try startThread {
      lowerPriority()
      let result = work()
      // Return the memory to the system, because a daemon is idle for hours.
      ProcessMemory.returnUnused()
      mailbox.put(result)
    }
    isBusy = true
  }

  /// Takes the result; nil if it is not ready.
  package mutating func take() -> Result? {
    guard let result = mailbox.take() else { return nil }
    isBusy = false
    return result
  }
}

/// One slot, and a descriptor that signals that it is full. It has a lock because the working thread fills it and the
/// loop empties it.
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

/// Sets nice 19 and SCHED_BATCH for this thread only (Linux keeps both per thread).
///
/// Not SCHED_IDLE, with which training would never end on a machine that is always busy. If a sandbox forbids it, the
/// work runs at normal priority.
private func lowerPriority() {
  let batch: Int32 = 3  // SCHED_BATCH, which <sched.h> shows only to GNU sources.
  var parameters = sched_param(sched_priority: 0)
  sched_setscheduler(0, batch, &parameters)
  setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
}
