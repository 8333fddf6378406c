import Glibc
import Host
import Settings
import Synchronization
import TestSupport
import Testing
import harbinger

/// A time that only a test changes.
final class SetTime: Sendable {
  private let now: Mutex<(wall: Int64, monotonic: Int64)>

  init(startingAt seconds: Int64) {
    now = Mutex((seconds * 1_000_000, 1_000_000_000))
  }

  var source: TimeSource {
    TimeSource(
      nowMicroseconds: { self.now.withLock { $0.wall } },
      monotonicMicroseconds: { self.now.withLock { $0.monotonic } })
  }

  /// Time passes for everybody.
  func advance(microseconds: Int64) {
    now.withLock {
      $0.wall += microseconds
      $0.monotonic += microseconds
    }
  }

  /// The clock is set, and no time passes.
  func set(forwardSeconds: Int64) { now.withLock { $0.wall += forwardSeconds * 1_000_000 } }
}

/// Wakes the loop according to a list, one step whenever the loop has nothing left to do. After the last step it stops
/// the loop.
struct ScriptedTriggers: Triggers {
  enum Step {
    case deliver([Trigger])
    /// Runs the test's own code between the loop's steps.
    case perform(() throws -> Void)
    /// Time passes up to the loop's own next deadline, if it has one.
    case awaitDeadline
    /// For real work beside the loop: waits for its descriptor, repeatedly until a condition holds.
    case await(Trigger, until: () throws -> Bool)
  }

  var poller = Poller<Trigger>()
  private let time: SetTime
  private var steps: [Step]
  /// The armed timer times, in seconds since the epoch.
  private(set) var armed: [Int64] = []

  init(_ time: SetTime, _ steps: [Step]) {
    self.time = time
    self.steps = steps
  }

  mutating func wait(until deadline: Int64?) throws -> [Trigger] {
    if let deadline, deadline <= time.source.monotonicMicroseconds() { return [] }
    guard !steps.isEmpty else { return [.request(.stop)] }
    let step = steps.removeFirst()
    switch step {
    case .deliver(let triggers): return triggers
    case .perform(let action): try action()
    case .awaitDeadline:
      guard let deadline else { break }
      time.advance(microseconds: deadline - time.source.monotonicMicroseconds())
    case .await(let trigger, let isSo):
      if try isSo() { break }
      steps.insert(step, at: 0)
      return try come(trigger)
    }
    return []
  }

  /// Other ready descriptors are left for later: they stay ready.
  private mutating func come(_ trigger: Trigger) throws -> [Trigger] {
    let limit = WallClock.monotonicMicroseconds + 180_000_000
    while WallClock.monotonicMicroseconds < limit {
      if try poller.wait(until: limit).contains(trigger) { return [trigger] }
    }
    throw NeverCame(trigger: trigger)
  }

  mutating func arm(atSeconds seconds: Int64) -> Bool {
    armed.append(seconds)
    return false
  }
}

/// Runs its check when the loop waits for the first time, and stops the loop.
struct OneLook: Triggers {
  var poller = Poller<Trigger>()
  private let look: () throws -> Void

  init(_ look: @escaping () throws -> Void) { self.look = look }

  mutating func wait(until deadline: Int64?) throws -> [Trigger] {
    try look()
    return [.request(.stop)]
  }

  mutating func arm(atSeconds seconds: Int64) -> Bool { false }
}

struct NeverCame: Error { let trigger: Trigger }

/// A journal that records its messages, or refuses them.
final class RecordingJournal: Sendable {
  private let contents = Mutex<(texts: [String], isAway: Bool)>(([], false))

  var journal: Journal {
    Journal { message throws(SystemError) in
      let isTaken = self.contents.withLock {
        if !$0.isAway {
          $0.texts.append(Journal.readableLine(message, atSeconds: 0))
        }
        return !$0.isAway
      }
      if !isTaken { throw SystemError("write to the journal", code: ECONNREFUSED) }
    }
  }

  var isAway: Bool {
    get { contents.withLock { $0.isAway } }
    set { contents.withLock { $0.isAway = newValue } }
  }

  /// How many messages contain a text.
  func count(_ text: String) -> Int { contents.withLock { $0.texts.count { $0.contains(text) } } }

  var text: String { contents.withLock { $0.texts.joined(separator: "\n") } }
}

extension DaemonBed {
  /// Runs the daemon's loop in this process until the triggers stop it.
  func run(
    _ triggers: inout some Triggers & ~Copyable, _ time: SetTime, _ journal: RecordingJournal
  ) throws {
    let settings = try SettingsReader.ofThisMachine.read(path: settingsPath)
    var daemon = try Daemon.open(
      settingsFile: SettingsFile(settingsPath), settings: settings, journal: journal.journal,
      time: time.source)
    try daemon.run(&triggers)
  }

  /// - Returns: The moments that were armed.
  @discardableResult func run(
    _ steps: [ScriptedTriggers.Step], _ time: SetTime, _ journal: RecordingJournal
  ) throws -> [Int64] {
    var triggers = ScriptedTriggers(time, steps)
    try run(&triggers, time, journal)
    return triggers.armed
  }

  /// Changes a state by another program.
  func sql(_ statements: String, in path: String) throws {
    try folder.write(
      """
      import sqlite3
      state = sqlite3.connect('\(path)')
      state.executescript(\"\"\"\(statements)\"\"\")
      state.commit()

      """, to: "change.py")
    #expect(
      try SystemdTestbed.run(["/usr/bin/env", "python3", folder.path("change.py")]).status == 0)
  }
}
