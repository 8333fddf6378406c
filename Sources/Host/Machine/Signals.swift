internal import CLinux
internal import Glibc

/// The signals the daemon answers, read from a descriptor in the loop.
///
/// A signal that arrives before it is handled would kill the process, so this must be made before
/// anything else starts, above all before the first thread, which inherits the blocked mask. While they are
/// blocked the kernel keeps one of each pending: equal ones merge, none is lost, none queues up. SIGPIPE is
/// ignored, so that writing to a reader who left is an error of that write.
package struct Signals: ~Copyable {
  /// What a signal asks for, in the order in which a loop should answer.
  package enum Request: CaseIterable, Sendable {
    case debugOn, debugOff, reload, retrain, report, stop
  }

  private let signals: Descriptor

  /// The numbers systemd's own daemons use for debug logging on and off.
  private static var table: [(number: Int32, request: Request)] {
    [
      (SIGHUP, .reload), (SIGUSR1, .retrain), (SIGUSR2, .report), (SIGTERM, .stop), (SIGINT, .stop),
      (__libc_current_sigrtmin() + 22, .debugOn), (__libc_current_sigrtmin() + 23, .debugOff),
    ]
  }

  /// Blocks the signals of the process and opens a descriptor for them.
  ///
  /// - Throws: `SystemError`, when the kernel gives none.
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

  /// Undoes what the program that started us left blocked or ignored, as posix_spawn(3) and exec(3) hand it on:
  /// with SIGCHLD ignored, the kernel forgets how our own children ended.
  ///
  /// SIGHUP, SIGINT and SIGQUIT stay ignored: nohup(1) and the shell's background jobs mean it. Those of crashes
  /// belong to the Swift runtime. To be called before anything else, in the only thread.
  package static func resetInherited() {
    let kept = [SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP]
    // For SIGKILL, SIGSTOP and the two of the C library it fails, as it should.
    for number in 1...__libc_current_sigrtmax() where !kept.contains(number) {
      signal(number, SIG_DFL)
    }
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
  }

  package var descriptor: Int32 { signals.number }

  /// Takes what is pending.
  ///
  /// - Returns: Each request at most once, in the order of `Request`; empty when nothing is pending. A
  ///   storm that continues while we read is cut off; the rest is still pending at the next wait.
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
