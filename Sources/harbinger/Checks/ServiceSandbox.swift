import Foundation
import Glibc
package import Host

/// The sandbox of the installed service, for other commands than the daemon: what works for root at a shell may be
/// out of the service's reach.
///
/// - Source: systemd-run(1), systemd.exec(5).
package struct ServiceSandbox: Equatable, Sendable {
  /// The service's own program: another may lie where the service sees nothing.
  package let program: String
  /// The settings file that the service reads.
  package let configPath: String
  /// As `systemd-run --property` takes them.
  package let properties: [String]
  /// Where the service's folders are, as systemd tells the service: what settings leave out depends on it.
  package let environment: [String]

  package static let unit = "harbinger.service"

  /// The service that systemd knows; nil where there is none, or no systemd.
  package static var installed: ServiceSandbox? {
    guard access("/run/systemd/system", F_OK) == 0, let text = try? output(["cat", unit]) else {
      return nil
    }
    return ServiceSandbox(unitText: text)
  }

  /// - Parameter unitText: A unit and its drop-ins, as `systemctl cat` prints them.
  /// - Returns: Nil if the unit starts something else than a harbinger with a settings file.
  package init?(unitText: String) {
    var properties: [String] = []
    var environment: [String] = []
    var start: [Substring] = []
    var section = ""
    for line in Self.lines(of: unitText) {
      if line.hasPrefix("[") { section = line }
      guard section == "[Service]", let equals = line.firstIndex(of: "=") else { continue }
      let key = line[..<equals].trimmingCharacters(in: .whitespaces)
      let value = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
      for (name, variable, root) in Self.folders where key == name && !value.isEmpty {
        environment.append("\(variable)=\(root)/\(value.prefix { $0 != " " })")
      }
      if key == "ExecStart" { start = value.split(separator: " ") }
      if Self.isOfDaemonOnly(key) { continue }
      properties.append("\(key)=\(value)")
    }
    guard let program = start.first, let flag = start.firstIndex(of: "--config"),
      flag + 1 < start.count
    else { return nil }
    self.program = String(program.drop { "@-:+!|".contains($0) })
    configPath = String(start[flag + 1])
    // A dynamic user is called as the unit, and has the same number for the same name.
    if !properties.contains(where: { $0.hasPrefix("User=") }) {
      properties.append("User=\(Self.unit.prefix { $0 != "." })")
    }
    self.properties = properties
    self.environment = environment
  }

  /// - Source: systemd.exec(5), of the services of the system.
  private static let folders = [
    ("StateDirectory", "STATE_DIRECTORY", "/var/lib"),
    ("RuntimeDirectory", "RUNTIME_DIRECTORY", "/run"),
  ]

  /// Becomes `systemd-run`, which runs the service's program in the sandbox and ends as it does.
  ///
  /// - Parameter arguments: Of the program.
  /// - Returns: Only if there is no systemd-run, with the reason.
  package func execute(_ arguments: [String]) -> SystemError {
    let tool = "systemd-run"
    let options =
      ["--quiet", "--collect", "--wait", "--pipe", "--service-type=exec"]
      + properties.map { "--property=\($0)" }
    // The terminal's width is known by its descriptor; what it can show, only by these.
    let shown = ["LANG", "LC_ALL", "LC_CTYPE", "TERM", "NO_COLOR"].filter { (name: String) in
      getenv(name) != nil
    }
    .map { "--setenv=\($0)" }
    let folders = environment.map { "--setenv=\($0)" }
    let words = [tool] + options + shown + folders + ["--", program] + arguments
    let pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    execvp(tool, pointers)
    return SystemError("start", path: tool, code: errno)
  }

  /// What concerns a daemon's life, and folders that systemd would empty or hand over when we end.
  private static func isOfDaemonOnly(_ key: String) -> Bool {
    let names = [
      "Type", "NotifyAccess", "WatchdogSec", "PIDFile", "BusName", "Sockets", "ReloadSignal",
    ]
    let beginnings = [
      "Exec", "Restart", "Timeout", "RuntimeDirectory", "StateDirectory", "CacheDirectory",
      "LogsDirectory", "FileDescriptorStore", "StandardInput", "StandardOutput", "StandardError",
    ]
    return names.contains(key) || beginnings.contains(where: key.hasPrefix)
  }

  /// Lines without comments, continued ones joined.
  private static func lines(of text: String) -> [String] {
    var lines: [String] = []
    var isContinued = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let trimmed = line.trimmingCharacters(in: .whitespaces)
      if trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
      let goesOn = trimmed.hasSuffix("\\")
      let part = goesOn ? String(trimmed.dropLast()) : trimmed
      if isContinued { lines[lines.count - 1] += " " + part } else { lines.append(part) }
      isContinued = goesOn
    }
    return lines
  }

  /// - Throws: If systemctl is not there or has nothing to say.
  private static func output(_ arguments: [String]) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["systemctl"] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: bytes, as: UTF8.self) : nil
  }
}
