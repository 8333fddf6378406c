internal import CLinux
internal import Foundation
import Glibc

/// A program that a test starts; it is killed when the last reference is released.
///
/// Foundation's `Process` learns of an end by a socket that the program inherits: it waits as well for whatever the
/// program leaves behind, and for what another thread starts at the same moment. This one waits for the process itself,
/// and not for ever.
package final class ChildProcess {
  package let processIdentifier: Int32
  private let command: [String]
  private var waitStatus: Int32?

  /// How long a program may take to end.
  private static let limitSeconds = 600.0

  /// Starts a program without any descriptor of ours beyond these three, and with no signal blocked or ignored.
  ///
  /// - Parameters:
  ///   - command: Its path, or its name if PATH leads to it; and its arguments.
  ///   - environment: Nil for our own.
  ///   - input: Nil for none.
  ///   - output: A file, which is replaced; nil for none.
  ///   - errors: As `output`; both may be the same.
  package init(
    _ command: [String], in folder: String? = nil, environment: [String: String]? = nil,
    input: Int32? = nil, output: String? = nil, errors: String? = nil
  ) throws {
    self.command = command
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    for (number, path) in [(STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
      // Appended, so that both may go to one file.
      if let path { try Data().write(to: URL(filePath: path)) }
      posix_spawn_file_actions_addopen(
        &actions, number, path ?? "/dev/null", O_WRONLY | O_APPEND, 0)
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
    if let folder { posix_spawn_file_actions_addchdir_np(&actions, folder) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let variables = environment ?? ProcessInfo.processInfo.environment
    var arguments = command.map { strdup($0) } + [nil]
    var assignments = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + assignments { free(text) } }
    var started: pid_t = 0
    let code = posix_spawnp(
      &started, command[0], &actions, &attributes, &arguments, &assignments)
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
    processIdentifier = started
  }

  deinit {
    guard isRunning else { return }
    send(SIGKILL)
    waitUntilExit()
  }

  package func send(_ signal: Int32) {
    if waitStatus == nil { kill(processIdentifier, signal) }
  }

  package var isRunning: Bool {
    guard waitStatus == nil else { return false }
    var status: Int32 = 0
    if waitpid(processIdentifier, &status, WNOHANG) == processIdentifier { waitStatus = status }
    return waitStatus == nil
  }

  /// Waits until it ends; if that takes minutes, it is killed, which is said on standard error.
  ///
  /// - Returns: Its exit code; 128 + n if signal n ended it.
  @discardableResult package func waitUntilExit() -> Int32 {
    let deadline = Date() + Self.limitSeconds
    var hasBeenKilled = false
    while isRunning {
      if Date() > deadline, !hasBeenKilled {
        hasBeenKilled = true
        print("killed, because it did not end:", command.joined(separator: " "))
        send(SIGKILL)
      }
      usleep(2_000)
    }
    // The macros of wait(2), which are not imported.
    let signal = waitStatus! & 0x7f
    return signal == 0 ? waitStatus! >> 8 & 0xff : 128 + signal
  }

  package struct Result: Sendable {
    /// As of `waitUntilExit`.
    package let status: Int32
    package let output: String
    package let errors: String
  }

  /// Runs a program until it ends.
  ///
  /// - Parameter mergesErrors: Whether `output` has what it writes to standard error, too, in its order.
  package static func run(
    _ command: [String], in folder: String? = nil, environment: [String: String]? = nil,
    input: Int32? = nil, mergesErrors: Bool = false
  ) throws -> Result {
    let place = try TemporaryFolder()
    let paths = (place.path("output"), place.path(mergesErrors ? "output" : "errors"))
    let child = try ChildProcess(
      command, in: folder, environment: environment, input: input, output: paths.0,
      errors: paths.1)
    let status = child.waitUntilExit()
    func text(_ path: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }
    return Result(
      status: status, output: try text(paths.0), errors: mergesErrors ? "" : try text(paths.1))
  }
}
