import Glibc

/// A child process with our environment; its output is discarded.
struct Child {
  let id: pid_t

  /// - Returns: Nil if it cannot be started.
  init?(_ command: [String]) {
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var process: pid_t = 0
    guard posix_spawnp(&process, command[0], &actions, nil, &arguments, environ) == 0 else {
      return nil
    }
    id = process
  }

  /// Waits for its end. Returns its resource usage; nil if it failed.
  func wait() -> rusage? {
    var status: Int32 = 0
    var usage = rusage()
    return wait4(id, &status, 0, &usage) == id && status == 0 ? usage : nil
  }

  /// The path of this program, which its children can open, too.
  static let ownPath: String = {
    var path = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    return String(decoding: path[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()

  /// The path of the measured program, in the same folder.
  static let harbingerPath =
    ownPath.split(separator: "/").dropLast()
    .reduce(into: "") { $0 += "/" + $1 } + "/harbinger"
}

extension rusage {
  var processorSeconds: Double {
    [ru_utime, ru_stime].reduce(0) { $0 + Double($1.tv_sec) + 1e-6 * Double($1.tv_usec) }
  }
}
