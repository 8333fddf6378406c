internal import CLinux
internal import CSystemd
internal import Glibc

/// A program that was started because of an alert, or as a part of this one, without a shell.
///
/// It leads its own process group, and its output goes to the journal unless it is to go where ours goes. After its timeout the group gets SIGTERM, and
/// two seconds later SIGKILL. The descriptor is readable when the program has ended.
package struct Command: ~Copyable {
  /// How a child process ended.
  package enum Ending: Hashable, Sendable {
    case exited(status: Int32)
    case killed(signal: Int32)
    case timedOut
    /// `waitpid` failed with this errno: another part of the process has collected the status.
    case unknown(errno: Int32)
  }

  private static let graceMicroseconds: Int64 = 2_000_000

  private let process: Descriptor
  package let pid: Int32
  private var isTimedOut = false

  /// The latest time to call `check`, in `WallClock.monotonicMicroseconds`.
  package private(set) var deadlineMicroseconds: Int64

  /// - Parameters:
  ///   - arguments: The program, as a path or a name to be found in PATH, and its arguments.
  ///   - environment: Its complete environment, except that PATH is added.
  ///   - input: The bytes of its standard input; fewer than a pipe holds.
  ///   - showsOutput: Whether its output goes where ours goes, instead of the journal.
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
      // Without a descriptor the program would run without a time limit and become a zombie.
      kill(-pid, SIGKILL)
      _ = retryingInterrupted { Int(waitpid(pid, nil, 0)) }
      throw error
    }
    self.pid = pid
    deadlineMicroseconds = WallClock.monotonicMicroseconds + Int64(timeoutSeconds) * 1_000_000
  }

  package var descriptor: Int32 { process.number }

  /// Must be called when the descriptor is readable or the deadline has passed; ends a program that takes too long.
  ///
  /// - Returns: How it ended; nil while it runs. It must not be called again after it has returned a value.
  package mutating func check() -> Ending? {
    var status: Int32 = 0
    let waited = retryingInterrupted { Int(waitpid(pid, &status, WNOHANG)) }
    // Copied before another call changes it.
    let failure = errno
    if waited != 0 {
      // Ends what it left running in its group.
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
  /// Sends SIGTERM to the program and its process group.
  package func terminate() { kill(-pid, SIGTERM) }

  /// Sends SIGKILL to the program and its process group.
  package func killNow() { kill(-pid, SIGKILL) }

  /// Passes a signal on that this process received, to the program alone.
  package func forward(_ request: Signals.Request) { kill(pid, request.signal) }
}

/// - Returns: The process, which leads its own group, has no other descriptor of ours and no signal blocked or ignored.
private func spawn(
  _ arguments: [String], environment: [String], input: Int32, showsOutput: Bool
) throws(SystemError) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
  // Without a journal, its output goes to our standard error.
  let info = Int32(JournalMessage.Priority.info.rawValue)
  let output = showsOutput ? -1 : sd_journal_stream_fd("harbinger-exec", info, 0)
  defer { if output >= 0 { close(output) } }
  let target = output >= 0 ? output : STDERR_FILENO
  posix_spawn_file_actions_adddup2(&actions, target, STDOUT_FILENO)
  posix_spawn_file_actions_adddup2(&actions, target, STDERR_FILENO)
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)

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

/// - Returns: The read end of a pipe that holds the bytes and has no writer.
private func filledPipe(_ bytes: [UInt8]) throws(SystemError) -> Descriptor {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { throw .last("make a pipe") }
  let reader = try Descriptor(taking: ends[0], operation: "make a pipe")
  let writer = try Descriptor(taking: ends[1], operation: "make a pipe")
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  // There is no reader yet, so bytes that do not fit must be an error, not a wait.
  _ = fcntl(writer.number, F_SETFL, O_NONBLOCK)
  try writer.writeAll(bytes.span, path: nil)
  return reader
}

/// Calls `body` with a null-terminated array of C strings, as for exec(3).
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
