import Foundation
import Glibc
import TestSupport
import Testing

/// The status may be read by more people than the logs.
@Suite struct StatusPrivacyTests {
  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  private func group(_ path: String) -> gid_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_gid : nil
  }

  /// Goal: only the shape of a rejected line is shown. Method: secrets in letters of several scripts, digits, emoji and
  /// bytes that are no text, in lines of every kind of reject; then the test reads everything that the daemon wrote
  /// except its state.
  @Test func aRejectedLineIsShownByItsShapeAlone() throws {
    let bed = try DaemonBed(settings: "status_mode: 0640")
    let secrets = ["hunter2", "пароль", "密码", "٤٢", "🔑", "e\u{301}clair", "\u{e000}"]
    for secret in secrets {
      try bed.append("password=\(secret)\n")
      try bed.append(
        "1.2.3.4 - \(secret) [99/Abc/2026:10:00:00 +0000] \"GET /\(secret) HTTP/1.1\" 200 5\n")
      try bed.append(
        "1.2.3.4 - \(secret) [01/Jan/2099:10:00:00 +0000] \"GET /\(secret) HTTP/1.1\" 200 5\n")
      try bed.append(String(repeating: secret, count: 70_000) + "\n")
    }
    let daemon = try bed.start(environment: ["HARBINGER_LOG_LEVEL": "debug"])
    try daemon.wait(for: "all lines to be rejected") {
      daemon.send(SIGUSR2)
      let source = (try bed.status()?["sources"] as? [[String: Any]])?.first
      return source?["lines"] as? Int == 4 * secrets.count
    }
    let shown = try Program.run(["status", "--config", bed.settingsPath], in: bed.folder)
    let json = try Program.run(["status", "--json", "--config", bed.settingsPath], in: bed.folder)
    let metrics = try Program.run(
      ["status", "--metrics", "--config", bed.settingsPath], in: bed.folder)
    #expect([shown, json, metrics].allSatisfy { $0.status == 0 })
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    let files = try [bed.statusPath, bed.folder.path("metrics.prom")].map {
      try String(contentsOfFile: $0, encoding: .utf8)
    }
    #expect(files[0].contains("[00/xxx/0000:00:00:00 +0000]"))
    let told = files + [shown.output, json.output, metrics.output, daemon.errors, daemon.output]
    for (secret, text) in secrets.flatMap({ secret in told.map { (secret, $0) } }) {
      #expect(!text.contains(secret))
      let escaped = secret.unicodeScalars.map { "\\u" + String($0.value, radix: 16) }.joined()
      #expect(!text.lowercased().contains(escaped))
    }
    for path in [bed.statusPath, bed.folder.path("metrics.prom")] { #expect(mode(path) == 0o640) }
  }

  @Test func theGroupOfTheStatusIsASetting() throws {
    var groups = [gid_t](repeating: 0, count: 1_024)
    let count = Int(getgroups(Int32(groups.count), &groups))
    // Root may give files away; anybody else must be a member.
    let number = getuid() == 0 ? 4 : count > 0 ? groups[count - 1] : getgid()
    let entry = try #require(getgrgid(number))
    let bed = try DaemonBed(
      settings: "status_mode: 0440\nstatus_group: \(String(cString: entry.pointee.gr_name))")
    let daemon = try bed.start()
    try daemon.wait(for: "the status") { try bed.status() != nil }
    for path in [bed.statusPath, bed.folder.path("metrics.prom")] {
      try daemon.wait(for: path) { FileManager.default.fileExists(atPath: path) }
      #expect(group(path) == number && mode(path) == 0o440)
    }
  }

  @Test func anAbsentGroupIsReported() throws {
    let bed = try DaemonBed(settings: "status_group: no-such-group-here")
    let daemon = try bed.start()
    try daemon.wait(for: "the problem") {
      daemon.errors.contains("cannot find the group no-such-group-here: No such file or directory")
    }
    #expect(try bed.status() == nil)
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }
}
