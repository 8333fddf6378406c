import Arithmetic
import Foundation
import Glibc

// Problems of the machine: full disks, permissions, kernel limits, clock steps. Each problem and its end must be
// reported, and every line counted once.
extension Scenario {
  /// A problem that recurs sooner is not reported again, because its end is only detected with the status, every five
  /// seconds.
  private static let troubleIsOverSeconds = 6.0

  static let troubles = [
    Scenario("full-disk", needs: .smallDisk) { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.writeUntilDiskIsFull(to: pen)
        try stage.rotate()
        pen = try Pen(stage.log)
        try stage.write(seconds: stage.moment(0.5), to: pen)
        try stage.freeDisk()
        stage.waitUntilRead()
      }
    },
    Scenario("killed-while-disk-is-full", needs: .smallDisk) { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.writeUntilDiskIsFull(to: pen)
        stage.end(stage.chance.integer(in: 0...1) == 0 ? Signal.terminate : Signal.kill)
        try stage.freeDisk()
        try stage.start()
        stage.waitUntilRead()
      }
    },
    Scenario("permission-lost", needs: .ordinaryUser) { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.3), to: pen)
        for _ in 0..<2 {
          try stage.rotate()
          // Like a log that logrotate creates with the wrong owner.
          pen = try Pen(stage.log, mode: 0)
          try stage.write(seconds: stage.moment(0.3), to: pen)
        }
        try stage.repeatUntilLogged("Permission denied") { $0.wait(0.2) }
        if stage.chance.integer(in: 0...1) == 0 {
          stage.end(Signal.kill)
          try stage.start()
        }
        try shell("chmod 644 '\(stage.log)'*")
        try stage.write(seconds: stage.moment(0.3), to: pen)
        stage.waitUntilRead()
        stage.wait(Self.troubleIsOverSeconds)
      }
    },
    Scenario("watches-exhausted", pattern: "*.log", needs: .ownLimits) { stage in
      var pens = [try Pen(stage.log)]
      try stage.rounds { stage in
        try stage.limitWatches(to: 0)
        pens.append(try Pen("\(stage.folderOfLog)/\(pens.count).log"))
        try stage.repeatUntilLogged("watches are exhausted") {
          try $0.write(0.3, alternatingBetween: pens)
        }
        try stage.rotate()
        pens[0] = try Pen(stage.log)
        try stage.write(stage.moment(0.5), alternatingBetween: pens)
        stage.waitUntilRead()
        try stage.limitWatches(to: 10_000)
        try stage.write(stage.moment(0.5), alternatingBetween: pens)
        stage.waitUntilRead()
        stage.wait(2 * Self.troubleIsOverSeconds)
      }
    },
    Scenario("queue-overflow", pattern: "*.log", needs: .nothingButUs) { stage in
      var pens = [try Pen(stage.log), try Pen("\(stage.folderOfLog)/other.log")]
      try stage.rounds { stage in
        stage.waitUntilRead()
        stage.freeze(true)
        // The kernel merges consecutive events of one file; alternating events of two files fill the queue.
        for number in 0..<stage.queueLength + 1_000 { try stage.burst(1, to: pens[number % 2]) }
        try stage.rotate()
        pens[0] = try Pen(stage.log)
        try stage.burst(100, to: pens[0])
        stage.freeze(false)
        try stage.repeatUntilLogged("events were dropped") {
          try $0.write(seconds: 0.2, to: pens[0])
        }
      }
    },
    Scenario("clock-steps", needs: .ownClock) { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.stepClock()
        try stage.burstOutOfOrder(100, to: pen)
        try stage.repeatUntilLogged("The clock was set") { try $0.write(seconds: 0.1, to: pen) }
        try stage.rotate()
        pen = try Pen(stage.log)
        try stage.burst(stage.chance.integer(in: 1...1_000), to: pen)
        // Often before the lines are read.
        try stage.stepClock()
        try stage.write(seconds: stage.moment(0.3), to: pen)
      }
    },
    Scenario("killed-while-clock-steps", needs: .ownClock) { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.2), to: pen)
        try stage.stepClock()
        try stage.burstOutOfOrder(100, to: pen)
        stage.wait(stage.moment(0.02))
        stage.end(Signal.kill)
        try stage.burst(stage.chance.integer(in: 1...1_000), to: pen)
        if stage.chance.integer(in: 0...1) == 0 { try stage.stepClock() }
        try stage.start()
      }
    },
  ]
}

extension Stage {
  private var stateFolder: String { ownFolder + "/state" }

  /// Mounts a small file system for the state.
  mutating func mountSmallDisk() throws {
    try shell("mkdir -p '\(stateFolder)' && mount -t tmpfs -o size=12m none '\(stateFolder)'")
    hasSmallDisk = true
  }

  func unmountSmallDisk() throws {
    if hasSmallDisk { try shell("umount '\(stateFolder)'") }
  }

  /// Writes until the disk is full and Harbinger has reported it.
  mutating func writeUntilDiskIsFull(to pen: Pen) throws {
    try write(seconds: moment(0.5), to: pen)
    try shell("cat /dev/zero >'\(stateFolder)/ballast' 2>/dev/null || true")
    try repeatUntilLogged("the state cannot be used") { try $0.write(seconds: 0.3, to: pen) }
  }

  func freeDisk() throws { try shell("rm '\(stateFolder)/ballast'") }

  /// Limits the inotify watches of Harbinger only, which runs in its own user namespace.
  func limitWatches(to count: Int) throws {
    guard let id = ours?.processIdentifier else { return }
    try shell(
      "nsenter --user --preserve-credentials --target \(id) "
        + "sh -c 'echo \(count) >/proc/sys/user/max_inotify_watches'")
  }

  var queueLength: Int {
    let text = try? String(
      contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
    return text.flatMap { Int($0.prefix { $0.isNumber }) } ?? 16_384
  }

  /// Repeats `body` until Harbinger has logged the text once more.
  mutating func repeatUntilLogged(_ text: String, _ body: (inout Stage) throws -> Void) throws {
    let deadline = Self.now + 30
    let before = loggedCounts[text, default: 0]
    var count = before
    while count <= before {
      guard Self.now < deadline else { throw Failure("it was not logged: \(text)") }
      try body(&self)
      count = ours?.occurrences(of: text) ?? .max
    }
    loggedCounts[text] = count
  }
}

/// The requirements of a scenario.
enum Needs: Equatable {
  case nothing
  /// The scenario runs only with Harbinger.
  case nothingButUs
  case smallDisk
  /// An unprivileged user for the reader.
  case ordinaryUser
  /// A user namespace with its own kernel limits.
  case ownLimits
  /// A separate clock for Harbinger.
  case ownClock
  /// Programs that may not be installed.
  case tools([String])

  static func tool(_ name: String) -> Needs { .tools([name]) }

  var isPossible: Bool {
    switch self {
    case .nothing, .nothingButUs: true
    case .smallDisk: geteuid() == 0 && succeeds("unshare --mount mount -t tmpfs none /mnt")
    case .ordinaryUser: geteuid() != 0 || succeeds("\(Self.asNobody.joined(separator: " ")) true")
    case .ownLimits: succeeds("unshare --user --map-root-user true")
    case .tools(let names): names.allSatisfy { succeeds("command -v \($0)") }
    case .ownClock: FileManager.default.fileExists(atPath: SetClock.library)
    }
  }

  /// The command that starts Harbinger.
  var launcher: [String] {
    switch self {
    case .ordinaryUser where geteuid() == 0: Self.asNobody
    case .ownLimits: ["unshare", "--user", "--map-root-user"]
    default: []
    }
  }

  private static let asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

  private func succeeds(_ command: String) -> Bool {
    (try? shell("\(command) >/dev/null 2>&1")) != nil
  }
}
