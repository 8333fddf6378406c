import Alerts
import Foundation
import Glibc
import Host
import TestSupport
import Testing

/// The container of the quadlet among the examples, run by a real Podman with the options that stand there.
@Suite(
  .enabled(
    if: ContainerBed.isSupported,
    "needs root, Podman, and a runtime, crun or runc, that may start containers here"))
struct ContainerTests {
  private let bed: ContainerBed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)

  init() throws { bed = try ContainerBed.shared.get() }

  /// Goal: in the container it reads the machine's logs, keeps its state, tells the machine's journal with all fields, and has
  /// no rights. Method: its journal is a socket that we read.
  @Test func itCountsTellsAndIsConfined() throws {
    let folder = bed.folder
    for name in ["etc", "log"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: true)
    }
    try folder.write(
      SystemdTestbed.settings.replacing(SystemdTestbed.log, with: "/var/log/access.log"),
      to: "etc/harbinger.yaml")
    try folder.write(daily.lines.map { $0 + "\n" }.joined(), to: "log/access.log")
    chown(folder.path("log/access.log"), 0, 4)
    chmod(folder.path("log/access.log"), 0o640)
    let journal = try JournalSocket(folder.path("journal-socket"))

    try bed.start()
    defer { _ = try? bed.podman(["rm", "--force", "--time", "10", "harbinger"]) }
    let alert = try journal.entry(with: AlertKind.upcoming.messageID)
    #expect(alert.contains("HARBINGER_STREAM=backup\n") && alert.contains("PRIORITY=5\n"))
    #expect(try bed.inside("status").contains("40 counted"))

    let pid = try bed.podman(["inspect", "--format", "{{.State.Pid}}", "harbinger"])
    let facts = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    for fact in [
      "Uid:\t65534\t65534\t65534\t65534", "Gid:\t4\t4\t4\t4", "CapEff:\t0000000000000000",
      "NoNewPrivs:\t1",
    ] { #expect(facts.contains(fact), "\(facts)") }
    let mounts = try String(contentsOfFile: "/proc/\(pid)/mounts", encoding: .utf8)
    for place in ["/", "/etc/harbinger", "/var/log"] {
      let options = mounts.split(separator: "\n").map { $0.split(separator: " ") }
        .last { $0[1] == place }?[3]
      #expect(options?.split(separator: ",").contains("ro") == true, "\(mounts)")
    }
    let routes = try String(contentsOfFile: "/proc/\(pid)/net/route", encoding: .utf8)
    #expect(routes.split(separator: "\n").count <= 1, "\(routes)")

    // As ExecReload= does it.
    try bed.podman(["kill", "--signal", "HUP", "harbinger"])
    _ = try journal.entry(with: MessageID.reloaded.rawValue)
    // A new container goes on with the state of the old one.
    try bed.podman(["rm", "--force", "--time", "10", "harbinger"])
    try bed.start()
    _ = try journal.entry(with: MessageID.started.rawValue)
    #expect(try bed.inside("status").contains("40 counted"))
  }
}

/// An image with the program under test, in a store of its own.
final class ContainerBed: Sendable {
  /// Made once.
  static let shared = Result { try ContainerBed() }

  private struct NoRuntime: Error {}

  static let isSupported: Bool = {
    guard geteuid() == 0, SystemdTestbed.has("podman") else { return false }
    if case .failure(is NoRuntime) = shared { return false }
    return true
  }()

  let folder: TemporaryFolder
  /// Of `podman`, and of `podman run`, so that a container starts here.
  private let global: [String]
  private let limits: [String]

  private init() throws {
    folder = try TemporaryFolder()
    let store = ["--root", folder.path("store"), "--runroot", folder.path("run")]
    let base = ["/usr/bin/podman"] + store + ["--storage-driver", "vfs"]
    // The program with its libraries and the zones: a Debian from a registry is not needed to run it.
    let made = try SystemdTestbed.run([
      "/bin/bash", "-c",
      """
      set -e -o pipefail; cd '\(folder.url.path)'; mkdir -p root/usr/bin root/usr/share root/tmp
      cp '\(SystemdTestbed.binary)' root/usr/bin/harbinger
      ldd root/usr/bin/harbinger | grep -o '/[^ ]*' | sort -u | while read -r library; do
        mkdir -p "root$(dirname "$library")"; cp -L "$library" "root$library"
      done
      if [ -d /usr/share/zoneinfo ]; then cp -r /usr/share/zoneinfo root/usr/share/; fi
      tar -C root -c . | \(base.joined(separator: " ")) import --change 'ENTRYPOINT ["harbinger"]' \
        - localhost/harbinger 2>&1
      rm -r root
      """,
    ])
    guard made.status == 0 else {
      throw SystemdTestbed.CommandFailed(command: "podman import", output: made)
    }
    // In a container itself, this machine may lack cgroups that crun wants, or the right to raise limits.
    let low = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]
    for (runtime, limits) in [([], []), ([], low), (["--runtime", "runc"], low)] {
      let tried = try SystemdTestbed.run(
        base + runtime + ["run", "--rm", "--network", "none"] + limits
          + ["localhost/harbinger", "--version"])
      if tried.status == 0 {
        self.global = Array(base.dropFirst()) + runtime
        self.limits = limits
        return
      }
    }
    throw NoRuntime()
  }

  @discardableResult
  func podman(_ arguments: [String]) throws -> String {
    let output = try SystemdTestbed.run(["/usr/bin/podman"] + global + arguments)
    guard output.status == 0 else {
      throw SystemdTestbed.CommandFailed(
        command: "podman \(arguments.joined(separator: " "))", output: output)
    }
    return output.text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// What a command of harbinger prints in the running container.
  func inside(_ command: String) throws -> String {
    try podman(["exec", "harbinger", "harbinger", command])
  }

  /// Starts the container of the quadlet, with this folder in the place of the machine's.
  func start() throws {
    var options: [String] = []
    var image = ""
    var command: [String] = []
    var user: (name: String, group: String) = ("", "")
    let text = try Example("podman/harbinger.container").text
    let section = text.split(separator: "[Container]\n").last?.split(separator: "\n[").first ?? ""
    for line in section.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      let value = try #require(parts.last)
      switch parts[0] {
      case "Image": image = value
      case "Exec": command = value.split(separator: " ").map(String.init)
      case "ContainerName": options += ["--name", value]
      // There is no manager here to be notified.
      case "Notify": break
      case "User": user.name = value
      case "Group": user.group = value
      case "ReadOnly": options.append("--read-only")
      case "DropCapability": options += ["--cap-drop", value]
      case "NoNewPrivileges": options.append("--security-opt=no-new-privileges")
      case "Network": options += ["--network", value]
      case "Tmpfs": options += ["--tmpfs", value]
      case "Volume": options += ["--volume", here(value)]
      case "Environment":
        options += value.split(separator: " ").flatMap { ["--env", String($0)] }
      case let other: Issue.record("\(other) of the quadlet is not tried")
      }
    }
    // What watches the container stays, and keeps what `podman run` has open: its output, and the socket by which
    // Foundation sees the end of a process.
    let errors = folder.path("start-errors")
    let script = """
      for file in /proc/$$/fd/*; do ((${file##*/} < 3)) || closed+=" ${file##*/}>&-"; done
      eval '"$@" >/dev/null 2>"$0"' "$closed"
      """
    let output = try SystemdTestbed.run(
      ["/bin/bash", "-c", script, errors, "/usr/bin/podman"] + global
        + ["run", "--detach", "--log-driver", "k8s-file"] + limits + options
        + ["--user", "\(user.name):\(user.group)", image] + command)
    guard output.status == 0 else {
      throw SystemdTestbed.CommandFailed(
        command: "podman run",
        output: .init(
          status: output.status, text: try String(contentsOfFile: errors, encoding: .utf8)))
    }
  }

  private func here(_ volume: String) -> String {
    for (there, here) in [
      ("/etc/harbinger:", "etc:"), ("/var/log:", "log:"),
      ("/run/systemd/journal/socket:", "journal-socket:"),
    ] where volume.hasPrefix(there) {
      return folder.path(here) + volume.dropFirst(there.count)
    }
    return volume
  }
}

/// journald's end of its native protocol.
private final class JournalSocket {
  private let number: Int32

  init(_ path: String) throws {
    number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(LocalSocket.withAddress(path) { bind(number, $0, $1) } == 0)
    chmod(path, 0o666)
    var patience = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(
      number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(number) }

  /// The next entry of a kind.
  func entry(with messageID: String) throws -> String {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(number, &buffer, buffer.count, 0)
      guard count > 0 else {
        throw TookTooLong(what: messageID, why: "nothing came for two minutes", errors: "")
      }
      let text = String(decoding: buffer.prefix(count), as: UTF8.self)
      if text.contains("MESSAGE_ID=\(messageID)\n") { return text }
    }
  }
}
