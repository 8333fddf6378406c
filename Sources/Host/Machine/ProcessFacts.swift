internal import Glibc

/// What the machine and the service manager say about this process.
package enum ProcessFacts {
  /// - Returns: Bytes of memory in use (resident set); nil where /proc is not readable.
  package static var residentBytes: Int? {
    // A figure for the status; without /proc there is none to show.
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

  /// A variable of the environment; nil when it is not set or empty.
  package static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// Whether there is such a process, of whatever program and user.
  package static func isRunning(_ pid: Int) -> Bool {
    kill(pid_t(clamping: pid), 0) == 0 || errno == EPERM
  }

  /// Where a program is, by its path or a name to be found in PATH; nil if it cannot be run from here.
  package static func programPath(_ program: String) -> String? {
    let folders = (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    let candidates = program.contains("/") ? [program] : folders.map { "\($0)/\(program)" }
    return candidates.first { access($0, X_OK) == 0 }
  }

  /// The folder systemd made for `RuntimeDirectory=`, `StateDirectory=` or `CREDENTIALS`; the first if it
  /// made several.
  package static func folder(_ kind: ServiceFolder) -> String? {
    environment(kind.rawValue).map { firstFolder($0) }
  }

  private static func firstFolder(_ list: String) -> String {
    String(list.prefix { $0 != ":" })
  }
}

/// A folder that the service manager makes for a service and names in its environment.
package enum ServiceFolder: String, Sendable {
  case runtime = "RUNTIME_DIRECTORY"
  case state = "STATE_DIRECTORY"
  case configuration = "CONFIGURATION_DIRECTORY"
  case credentials = "CREDENTIALS_DIRECTORY"
}
