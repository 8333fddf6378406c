internal import CLinux
internal import Glibc

/// Facts about this process, from the kernel and the service manager.
package enum ProcessFacts {
  /// - Returns: The resident set size in bytes; nil if /proc is not readable.
  package static var residentBytes: Int? {
    // The figure is optional in the status, so an error is ignored.
    guard let bytes = try? SmallFile.read("/proc/self/status", limitBytes: 64 * 1_024) else {
      return nil
    }
    return residentBytes(status: String(decoding: bytes, as: UTF8.self))
  }

  private static func residentBytes(status: String) -> Int? {
    for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
      return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        .flatMap { Int($0) }.map { $0 * 1_024 }
    }
    return nil
  }

  /// An environment variable; nil if it is not set or empty.
  package static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// Whether a process with this ID exists, of any program and user.
  package static func isRunning(_ pid: Int) -> Bool {
    kill(pid_t(clamping: pid), 0) == 0 || errno == EPERM
  }

  /// Has the kernel kill this process when the one that started it ends.
  ///
  /// - Parameter pid: The process that is expected to have started it.
  /// - Returns: False if that one has ended already.
  package static func endWithParent(_ pid: Int) -> Bool {
    set_parent_death_signal(SIGKILL) == 0 && getppid() == pid_t(clamping: pid)
  }

  /// The path of a program, given its path or a name to be found in PATH; nil if it cannot be executed.
  package static func programPath(_ program: String) -> String? {
    let folders = (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    let candidates = program.contains("/") ? [program] : folders.map { "\($0)/\(program)" }
    return candidates.first { access($0, X_OK) == 0 }
  }

  /// The folder that systemd created for a setting such as `StateDirectory=`; the first if there are several, nil if
  /// there is none.
  package static func folder(_ kind: ServiceFolder) -> String? {
    environment(kind.rawValue).map { firstFolder($0) }
  }

  private static func firstFolder(_ list: String) -> String {
    String(list.prefix { $0 != ":" })
  }
}

/// The folders that the service manager creates for a service and passes in its environment.
package enum ServiceFolder: String, Sendable {
  case runtime = "RUNTIME_DIRECTORY"
  case state = "STATE_DIRECTORY"
  case configuration = "CONFIGURATION_DIRECTORY"
  case credentials = "CREDENTIALS_DIRECTORY"
}
