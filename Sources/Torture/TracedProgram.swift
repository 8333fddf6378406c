import Foundation
import Glibc

/// A program in a session of its own, started without Foundation's `Process`: that waits for a descriptor which a
/// tracer in the background holds as well, and so for ever.
final class TracedProgram {
  private let id: pid_t
  /// Once it has ended: its exit code; less than zero: the signal.
  private(set) var ending: Int32?

  /// `POSIX_SPAWN_SETSID`, which Swift does not see; no signal blocked, and none ignored: a test's process blocks
  /// some, and a tracer that inherits this does not end when it is asked to.
  private static let startFlags = Int16(0x80 | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)

  /// - Parameter errors: A file that its standard error is appended to.
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
    // Nothing of the session that this runs in, such as a journal or a service manager.
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

  /// Asks it to end, and kills it if it does not.
  ///
  /// - Returns: Whether it ended in time.
  @discardableResult func end(_ signal: Int32, within seconds: Double) -> Bool {
    send(signal)
    let patience = Stage.now + seconds
    while isRunning, Stage.now < patience { usleep(10_000) }
    guard isRunning else { return true }
    kill(id, SIGKILL)
    while isRunning { usleep(10_000) }
    return false
  }

  var descriptorCount: Int { openFiles.count }

  /// What its descriptors are of.
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
