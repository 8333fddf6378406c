import Foundation
import Glibc

/// A program in its own session. Started without Foundation's `Process`, which waits for a descriptor that a tracer in
/// the background holds open, and so never ends.
final class TracedProgram {
  private let id: pid_t
  /// Its exit code once it has ended; a negative number is a signal.
  private(set) var ending: Int32?

  /// 0x80 is `POSIX_SPAWN_SETSID`, which Swift does not import. Signals are reset, because a test process blocks some,
  /// and a tracer that inherits them blocked does not end on SIGTERM.
  private static let startFlags = Int16(0x80 | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)

  /// - Parameter errors: The file to which its standard error is appended.
  init(_ command: [String], errors: String) throws {
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Self.startFlags)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    // Without variables of the current session, such as those of a journal or a service manager.
    let names: [String] = ["PATH=/usr/bin:/bin", "TZ=UTC", "HOME=/"]
    var environment = names.map { strdup($0) } + [nil]
    defer { for text in environment { free(text) } }
    var process: pid_t = 0
    let code = posix_spawnp(
      &process, command[0], &actions, &attributes, &arguments, &environment)
    guard code == 0 else { throw Failure("\(command[0]): \(String(cString: strerror(code)))") }
    id = process
  }

  deinit { end(SIGKILL, within: 5) }

  var identifier: pid_t { id }

  var isRunning: Bool {
    guard ending == nil else { return false }
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG) == id else { return true }
    let signal = status & 0x7f
    ending = signal == 0 ? (status >> 8) & 0xff : -signal
    return false
  }

  func send(_ signal: Int32) { if isRunning { kill(id, signal) } }

  /// Sends a signal, and kills the program if it does not end in time.
  ///
  /// - Returns: Whether it ended in time.
  @discardableResult func end(_ signal: Int32, within seconds: Double) -> Bool {
    send(signal)
    let deadline = Stage.now + seconds
    while isRunning, Stage.now < deadline { usleep(10_000) }
    guard isRunning else { return true }
    kill(id, SIGKILL)
    while isRunning { usleep(10_000) }
    return false
  }

  var descriptorCount: Int { openFiles.count }

  /// The targets of its descriptors.
  var openFiles: [String] {
    let folder = "/proc/\(id)/fd"
    let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return descriptors.compactMap {
      try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
    }
  }

  var residentKilobytes: Int {
    let text = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}
