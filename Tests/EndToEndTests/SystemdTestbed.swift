import Foundation
import Interchange
import Reporting
import Settings
import TestSupport

/// A whole machine with its own real systemd, for one test: booted beside this one, deleted afterwards.
final class SystemdTestbed {
  struct Output {
    var status: Int32
    var text: String
  }

  struct CommandFailed: Error, CustomStringConvertible {
    let command: String
    let output: Output

    var description: String {
      "`\(command)` ended with \(output.status):\n\(output.text)"
    }
  }

  static let tool = Checkout.shared.appending(path: "systemd-testbed/testbed").path
  static let isAvailable = geteuid() == 0 && FileManager.default.fileExists(atPath: tool)
  /// Such as `--prepare …/backports-systemd`, for another systemd than this machine's.
  private static let options = ProcessInfo.processInfo.environment["TESTBED_UP"] ?? ""
  /// Whether systemd may itself send the signal of a reload: from 253 on.
  static let knowsNotifyReload: Bool = {
    if options.contains("backports-systemd") { return true }
    let version = (try? run(["/usr/bin/env", "systemctl", "--version"]))?.text ?? ""
    return version.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 >= 253 }
      ?? false
  }()

  /// The program under test, which stands beside the program that tests it.
  static let binary = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "harbinger").path

  private let name = "harbinger-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

  /// - Parameter network: `private`, or `host` to reach what listens on this machine.
  init(network: String = "private") throws {
    let boot =
      [
        Self.tool, "-n", name, "up", "--timeout", "120", "--bind-ro", Checkout.root.path,
        "--with-pid", "\(getpid())", "--net", network,
      ] + Self.options.split(separator: " ").map(String.init)
    var output = try Self.run(boot)
    // Booting is no part of what is tested, and a busy machine may be too slow for some unit of it.
    if output.status != 0 { output = try Self.run(boot) }
    guard output.status == 0 else { throw CommandFailed(command: "testbed up", output: output) }
    // Inside a container Debian forbids packages to start services.
    try shell("rm -f /usr/sbin/policy-rc.d")
  }

  deinit {
    // A testbed that stays is ended with this process.
    _ = try? Self.run([Self.tool, "-n", name, "down"])
  }

  /// Runs a shell command inside, whatever its outcome.
  func attempt(_ command: String) throws -> Output {
    try Self.run([Self.tool, "-n", name, "exec", "--", "bash", "-c", command])
  }

  /// Runs a shell command inside that must succeed.
  ///
  /// - Returns: What it printed, without the last line break.
  @discardableResult
  func shell(_ command: String) throws -> String {
    let output = try attempt(command)
    guard output.status == 0 else { throw CommandFailed(command: command, output: output) }
    return output.text.trimmingCharacters(in: .newlines)
  }

  func write(_ text: String, to path: String) throws {
    let folder = NSString(string: path).deletingLastPathComponent
    let encoded = Data(text.utf8)
    let file = FileManager.default.temporaryDirectory.appending(path: name)
    try encoded.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try shell("mkdir -p '\(folder)'")
    try copy(file.path, to: path)
  }

  /// Copies a file of this machine to a path inside.
  func copy(_ file: String, to path: String) throws {
    let output = try Self.run([Self.tool, "-n", name, "cp", file, ":\(path)"])
    guard output.status == 0 else { throw CommandFailed(command: "testbed cp", output: output) }
  }

  /// Repeats a shell command until it succeeds, for about three minutes.
  @discardableResult
  func eventually(_ command: String) throws -> String {
    try shell("for try in {1..900}; do (\(command)) && exit; sleep 0.2; done; exit 99")
  }

  static func run(_ arguments: [String]) throws -> Output {
    let result = try ChildProcess.run(arguments, mergesErrors: true)
    return Output(status: result.status, text: result.output)
  }
}

// MARK: - The service inside

extension SystemdTestbed {
  static let log = "/var/log/watched/access.log"
  static let settingsFile = "/etc/harbinger/harbinger.yaml"

  static let settings = """
    sources:
      - name: backup
        files: \(log)
    forecast:
      grace: 0s
    alert:
      threshold: 0.3
      clear: 0.1

    """

  /// Puts a log where the settings look for it, readable by the group adm.
  func writeLog(_ lines: [String]) throws {
    try write(lines.map { $0 + "\n" }.joined(), to: Self.log)
    try shell("chown root:adm \(Self.log) && chmod 640 \(Self.log)")
  }

  /// Installs the service with a log that already has some lines, and starts it.
  func startService(log lines: [String], settings: String = settings) throws {
    try writeLog(lines)
    try shell("\(Checkout.root.path)/deploy/install --binary \(Self.binary)")
    try write(settings, to: Self.settingsFile)
    try shell("systemctl enable --quiet --now harbinger")
  }

  /// Builds the Debian package and puts it into /tmp inside.
  func buildPackage(version: String) throws {
    let folder = try TemporaryFolder()
    let package = try Self.package(version: version, into: folder)
    try copy(package.path, to: "/tmp/\(package.lastPathComponent)")
  }

  static func package(version: String, into folder: TemporaryFolder) throws -> URL {
    let output = try run([
      Checkout.root.appending(path: "deploy/package").path, "--binary", binary,
      "--version", version, "--into", folder.url.path,
    ])
    guard output.status == 0 else { throw CommandFailed(command: "deploy/package", output: output) }
    let packages = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    return folder.url.appending(path: packages.first { $0.hasSuffix(".deb") } ?? "")
  }

  /// Whether a program that only some tests want is in the usual places.
  static func has(_ program: String) -> Bool {
    ["/usr/bin", "/usr/local/bin", "/usr/sbin"].contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  func configureUnit(_ setting: String) throws {
    let folder = "/run/systemd/system/harbinger.service.d"
    try write("[Service]\n\(setting)\n", to: "\(folder)/test.conf")
    try shell("systemctl daemon-reload")
  }

  func append(_ lines: [String]) throws {
    try shell("cat >>\(Self.log) <<'END'\n\(lines.joined(separator: "\n"))\nEND")
  }

  /// The status, once a summary was asked for and the status satisfies a condition of Python, on `s`.
  @discardableResult
  func status(where condition: String) throws -> [String: Any] {
    let check =
      "import json; s = json.load(open('/run/harbinger/status.json')); assert \(condition)"
    try eventually("systemctl kill -s USR2 harbinger; python3 -c \"\(check)\" 2>/dev/null")
    let text = try shell("cat /run/harbinger/status.json")
    return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }

  /// Every entry of one kind.
  func entries(messageID: String) throws -> [[String: Any]] {
    try shell("journalctl --sync; journalctl -o json --all MESSAGE_ID=\(messageID)")
      .split(separator: "\n").compactMap {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
  }

  /// The entries of one kind, as soon as there are so many.
  func entries(messageID: String, atLeast count: Int) throws -> [[String: Any]] {
    let query = "journalctl -q -o cat MESSAGE_ID=\(messageID)"
    try eventually("(($(\(query) | wc -l) >= \(count)))")
    return try entries(messageID: messageID)
  }
}

// MARK: - Its log

/// Lines of a combined access log, made for the hour in which the test runs.
struct DailyLog {
  /// The hour whose request has not come yet, as the alert tells it: `2026-11-23T19`.
  let nextHour: String
  /// When each request came.
  let moments: [Date]

  var lines: [String] { moments.map { Self.line(at: $0) } }

  /// One request a day for so many days, the next of which would come in the hour that begins so many hours
  /// after the present one. In an hour's last two minutes the next hour counts as the present one.
  init(days: Int, hoursFromNow: Int) {
    let present = Date(
      timeIntervalSince1970: ((Date().timeIntervalSince1970 + 120) / 3600).rounded(.down) * 3600)
    let next = present.addingTimeInterval(Double(hoursFromNow) * 3600)
    nextHour = Self.text(next, "yyyy-MM-dd'T'HH")
    moments = (1...days).reversed().map { day in
      next.addingTimeInterval(Double(day) * -86_400 + Double(day * 37 % 3000))
    }
  }

  /// Requests of the present second. Each has its own size: two logs of equal lines cannot be told from a log and its copy.
  static func now(count: Int) -> [String] {
    let date = Date()
    let first = Int(date.timeIntervalSince1970 * 1e6)
    return (0..<count).map { line(at: date, size: first + $0) }
  }

  static func line(hoursAgo hours: Int) -> String {
    line(at: Date(timeIntervalSinceNow: -3600 * Double(hours)))
  }

  private static func line(at date: Date, size: Int = 512) -> String {
    #"192.0.2.1 - - [\#(text(date, "dd/MMM/yyyy:HH:mm:ss")) +0000] "GET /backup HTTP/1.1" 200 \#(size) "-" "test""#
  }

  private static func text(_ date: Date, _ format: String) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = format
    return formatter.string(from: date)
  }
}
