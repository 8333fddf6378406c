internal import CLinux
internal import CSystemd
internal import Glibc

/// A program that was started because of an alert, without a shell between it and us.
///
/// It leads a process group of its own, and its output goes to the journal. It
/// may take so long and no longer: then it and whatever it started is asked to end, and two seconds later made
/// to. Its descriptor is readable when it has ended.
package struct Command: ~Copyable {
  /// How a child process ended.
  package enum Ending: Hashable, Sendable {
    case exited(status: Int32)
    case killed(signal: Int32)
    case timedOut
    /// The kernel does not say, for the errno given: another part of the process collected the status.
    case unknown(errno: Int32)
  }

  private static let graceMicroseconds: Int64 = 2_000_000

  private let process: Descriptor
  package let pid: Int32
  private var isTimedOut = false

  /// When `check` must be called at the latest, in `WallClock.monotonicMicroseconds`.
  package private(set) var deadlineMicroseconds: Int64

  /// - Parameters:
  ///   - arguments: the program, by its path or a name to be found in PATH, and what it is given.
  ///   - environment: all that it gets, beside our PATH.
  ///   - input: what it can read from its standard input; less than a pipe holds.
  ///   - showsOutput: its output goes where ours does.
  package init(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
    timeoutSeconds: Int, showsOutput: Bool = false
  ) throws(SystemError) {
    precondition(!arguments.isEmpty, "a command has at least the program")
    let path = ProcessFacts.environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
    let variables = environment.merging(["PATH": path]) { given, _ in given }
    let reader = try filledPipe(input)
    let pid = try spawn(
      arguments, environment: variables.map { "\($0)=\($1)" }.sorted(), input: reader.number,
      showsOutput: showsOutput)
    do throws(SystemError) {
      process = try Descriptor(
        taking: pidfd_open(pid, 0), operation: "watch the process of", path: arguments[0])
    } catch {
      // What cannot be watched would run without a limit, and stay a zombie afterwards.
      kill(-pid, SIGKILL)
      _ = retryingInterrupted { Int(waitpid(pid, nil, 0)) }
      throw error
    }
    self.pid = pid
    deadlineMicroseconds = WallClock.monotonicMicroseconds + Int64(timeoutSeconds) * 1_000_000
  }

  package var descriptor: Int32 { process.number }

  /// To be called when the descriptor is readable or the deadline has come; ends what took too long.
  ///
  /// - Returns: How it ended; nil while it runs. After that, it must not be called again.
  package mutating func check() -> Ending? {
    var status: Int32 = 0
    let waited = retryingInterrupted { Int(waitpid(pid, &status, WNOHANG)) }
    // Read before another call changes it.
    let failure = errno
    if waited != 0 {
      // What it left running in its group goes with it.
      kill(-pid, SIGKILL)
      if waited < 0 { return .unknown(errno: failure) }
      if isTimedOut { return .timedOut }
      let signal = status & 0x7F
      return signal == 0 ? .exited(status: status >> 8 & 0xFF) : .killed(signal: signal)
    }
    let now = WallClock.monotonicMicroseconds
    if now >= deadlineMicroseconds {
      kill(-pid, isTimedOut ? SIGKILL : SIGTERM)
      isTimedOut = true
      deadlineMicroseconds = now + Self.graceMicroseconds
    }
    return nil
  }
}

extension Command {
  /// Asks it, and whatever it started, to end.
  package func terminate() {
    kill(-pid, SIGTERM)
  }
}

/// - Returns: The process, which leads a group of its own and has no signal blocked or ignored.
private func spawn(
  _ arguments: [String], environment: [String], input: Int32, showsOutput: Bool
) throws(SystemError) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
  // Where there is no journal, its output goes where ours does.
  let info = Int32(JournalMessage.Priority.info.rawValue)
  let output = showsOutput ? -1 : sd_journal_stream_fd("harbinger-exec", info, 0)
  defer { if output >= 0 { close(output) } }
  let target = output >= 0 ? output : STDERR_FILENO
  posix_spawn_file_actions_adddup2(&actions, target, STDOUT_FILENO)
  posix_spawn_file_actions_adddup2(&actions, target, STDERR_FILENO)

  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  sigemptyset(&none)
  var all = sigset_t()
  sigfillset(&all)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setsigdefault(&attributes, &all)
  posix_spawnattr_setpgroup(&attributes, 0)
  posix_spawnattr_setflags(
    &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

  var pid: pid_t = 0
  let code = withCStrings(arguments) { arguments in
    withCStrings(environment) { environment in
      posix_spawnp(&pid, arguments[0]!, &actions, &attributes, arguments, environment)
    }
  }
  guard code == 0 else { throw SystemError("start", path: arguments[0], code: code) }
  return pid
}

/// - Returns: The end to read from, of a pipe that holds some bytes and has no writer any more.
private func filledPipe(_ bytes: [UInt8]) throws(SystemError) -> Descriptor {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { throw .last("make a pipe") }
  let reader = try Descriptor(taking: ends[0], operation: "make a pipe")
  let writer = try Descriptor(taking: ends[1], operation: "make a pipe")
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  // There is no reader yet: what does not fit is an error, not a wait.
  _ = fcntl(writer.number, F_SETFL, O_NONBLOCK)
  try writer.writeAll(bytes.span, path: nil)
  return reader
}

/// A null-terminated array of C strings, as exec wants it.
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
