internal import CLinux
internal import Glibc

/// The signals that the daemon handles, read from a descriptor in the loop.
///
/// An unblocked signal would kill the process, so this must be created before anything else, in particular before the
/// first thread, which inherits the blocked mask. While signals are blocked, the kernel keeps one of each pending:
/// equal ones are merged, and none is lost. SIGPIPE is ignored, so that writing to a closed pipe is an error of that
/// write.
package struct Signals: ~Copyable {
  /// What a signal requests, in the order in which the loop should handle it.
  package enum Request: CaseIterable, Sendable {
    case debugOn, debugOff, reload, retrain, report, stop
  }

  private let signals: Descriptor

  /// SIGRTMIN+22 and +23 turn debug logging on and off in systemd's own daemons, too.
  fileprivate static var table: [(number: Int32, request: Request)] {
    [
      (SIGHUP, .reload), (SIGUSR1, .retrain), (SIGUSR2, .report), (SIGTERM, .stop), (SIGINT, .stop),
      (__libc_current_sigrtmin() + 22, .debugOn), (__libc_current_sigrtmin() + 23, .debugOff),
    ]
  }

  /// Blocks the signals of the process and opens a descriptor for them.
  ///
  /// - Throws: `SystemError` if the kernel grants no descriptor.
  package init() throws(SystemError) {
    var mask = sigset_t()
    sigemptyset(&mask)
    for entry in Self.table { sigaddset(&mask, entry.number) }
    let blocked = pthread_sigmask(SIG_BLOCK, &mask, nil)
    guard blocked == 0 else { throw SystemError("block signals", code: blocked) }
    signal(SIGPIPE, SIG_IGN)
    signals = try Descriptor(
      taking: signalfd(-1, &mask, Int32(SFD_NONBLOCK | SFD_CLOEXEC)),
      operation: "open a descriptor for signals")
  }

  /// Resets signals that the parent process left blocked or ignored, which posix_spawn(3) and exec(3) pass on: with
  /// SIGCHLD ignored, for example, the kernel discards the exit status of our children.
  ///
  /// SIGHUP, SIGINT and SIGQUIT stay ignored, because nohup(1) and shells do that intentionally. Signals of crashes
  /// belong to the Swift runtime. Must be called before anything else, while there is only one thread.
  package static func resetInherited() {
    let kept = [SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP]
    // Fails for SIGKILL, SIGSTOP and two signals of the C library, which is right.
    for number in 1...__libc_current_sigrtmax() where !kept.contains(number) {
      signal(number, SIG_DFL)
    }
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
  }

  package var descriptor: Int32 { signals.number }

  /// Takes the pending signals.
  ///
  /// - Returns: Each request at most once, in the order of `Request`; empty if none is pending. If signals keep
  ///   arriving, reading stops after 1,024; the rest is pending at the next wait.
  package func take() throws(SystemError) -> [Request] {
    let table = Self.table
    var seen: Set<Request> = []
    for _ in 0..<1_024 {
      guard let signal = try signals.readValue(signalfd_siginfo()) else { break }
      if let entry = table.first(where: { $0.number == Int32(signal.ssi_signo) }) {
        seen.insert(entry.request)
      }
    }
    return Request.allCases.filter(seen.contains)
  }
}

extension Signals.Request {
  /// A signal that requests it.
  var signal: Int32 { Signals.table.first { $0.request == self }!.number }
}
