import Alerts
package import Host
import Reporting
package import Settings

/// What is being done about alerts: a few of each kind at once, the others wait their turn. What the state has to know,
/// so that the rest is done after a restart, is in `unsaved`.
package struct ActionRunner: ~Copyable {
  /// A class, because a command has one owner and cannot lie in an array.
  private final class Running {
    let action: AlertAction
    var command: Command

    init(_ action: AlertAction, _ command: consuming Command) {
      self.action = action
      self.command = command
    }
  }

  /// One that is over, for good or to be tried again.
  package struct Ended {
    let action: AlertAction
    /// Nil: it went well.
    let failure: String?
    let isTriedAgain: Bool
  }

  /// What the state does not know yet of an action.
  struct Change {
    let action: AlertAction
    let isOutstanding: Bool
  }

  /// Of each kind.
  package static let atOnceMax = 4
  /// As many as there may be streams by far: that all of them fall silent is one hour's alerts.
  package static let waitingMax = 10_000

  /// About the oldest alert first.
  private var waiting: [AlertAction] = []
  private var running: [Running] = []
  package private(set) var doneCount = 0
  package private(set) var failedCount = 0
  /// Not begun, because too many waited, or because the settings no longer name such an action.
  package private(set) var droppedCount = 0
  /// The last failure of each kind of action; nil after a success.
  private(set) var failures: [ActionKind: String] = [:]

  private(set) var unsaved: [AlertAction.ID: Change] = [:]

  package init() {}

  package var waitingCount: Int { waiting.count }
  package var runningCount: Int { running.count }
  /// Those that another process may do.
  var leftCount: Int { waiting.count + running.count { $0.action.isRepeatable } }

  /// The newest counts: should there be too many, it is the oldest that are not done.
  package mutating func add(_ actions: [AlertAction]) {
    waiting += actions
    for action in actions { note(action, isOutstanding: true) }
    let excess = waiting.count - Self.waitingMax
    if excess > 0 {
      drop(Array(waiting.prefix(excess)))
      waiting.removeFirst(excess)
    }
  }

  private mutating func putBack(_ action: AlertAction) {
    let origin = action.payload.alert.origin
    let index = waiting.firstIndex { $0.payload.alert.origin >= origin }
    waiting.insert(action, at: index ?? waiting.endIndex)
    note(action, isOutstanding: true)
  }

  /// These are not done.
  mutating func drop(_ actions: [AlertAction]) {
    droppedCount += actions.count
    for action in actions { note(action, isOutstanding: false) }
  }

  /// The state knows all.
  mutating func noteSaved() { unsaved = [:] }

  private mutating func note(_ action: AlertAction, isOutstanding: Bool) {
    unsaved[action.id] = Change(action: action, isOutstanding: isOutstanding)
  }

  /// When `advance` has something to do even if none of them ends.
  package var deadline: Int64? {
    let free = freeKinds
    let starts = waiting.lazy.filter { free.contains($0.kind) }.map(\.due).min()
    return (running.map { $0.command.deadlineMicroseconds } + [starts].compactMap { $0 }).min()
  }

  /// Sees who has ended, and starts who is due.
  ///
  /// - Parameter nowMicroseconds: In the time of the actions' `due`.
  /// - Returns: Those that ended, or could not start.
  package mutating func advance<Source>(
    _ settings: ActionSettings, _ poller: inout Poller<Source>, as source: Source,
    nowMicroseconds now: Int64
  ) -> [Ended] {
    guard !running.isEmpty || !waiting.isEmpty else { return [] }
    let kinds = settings.kinds
    drop(waiting.filter { !kinds.contains($0.kind) })
    waiting.removeAll { !kinds.contains($0.kind) }
    var ended = collect(&poller, now)
    while true {
      let free = freeKinds
      let due = waiting.indices.filter {
        waiting[$0].due <= now && free.contains(waiting[$0].kind)
      }
      // What has not been tried yet does not wait for what has failed.
      guard let index = due.min(by: { waiting[$0].due < waiting[$1].due }) else { break }
      let action = waiting.remove(at: index)
      if !action.isRepeatable { note(action, isOutstanding: false) }
      do {
        let child = Running(action, try action.start(settings))
        poller.watch(child.command.descriptor, as: source)
        running.append(child)
      } catch {
        ended.append(finish(action, "\(error)", now))
      }
    }
    return ended
  }

  /// Sees who has ended.
  private mutating func collect<Source>(_ poller: inout Poller<Source>, _ now: Int64) -> [Ended] {
    var ended: [Ended] = []
    for child in running {
      guard let ending = child.command.check() else { continue }
      poller.forget(child.command.descriptor)
      running.removeAll { $0 === child }
      ended.append(finish(child.action, ending.failure, now))
    }
    return ended
  }

  /// Those of which another may begin: programs do not wait for a slow receiver of webhooks.
  private var freeKinds: [ActionKind] {
    ActionKind.allCases.filter { kind in
      running.count { $0.action.kind == kind } < Self.atOnceMax
    }
  }

  private static let stopMicroseconds: Int64 = 5_000_000

  /// The daemon ends, and they with it; but a webhook that is being sent has some seconds, so that it is not sent again.
  ///
  /// - Parameter now: As in `advance`.
  /// - Returns: Those that ended meanwhile.
  mutating func terminate(nowMicroseconds now: Int64) -> [Ended] {
    var ended: [Ended] = []
    var poller = Poller<Void>()
    let deadline = WallClock.monotonicMicroseconds + Self.stopMicroseconds
    for child in running where child.action.isRepeatable {
      poller.watch(child.command.descriptor, as: ())
    }
    while running.contains(where: { $0.action.isRepeatable }),
      WallClock.monotonicMicroseconds < deadline,
      // If nothing can be waited for, nothing is.
      (try? poller.wait(until: deadline)) != nil
    { ended += collect(&poller, now) }
    for child in running { child.command.terminate() }
    return ended
  }

  private mutating func finish(
    _ action: AlertAction, _ failure: String?, _ now: Int64
  ) -> Ended {
    failures[action.kind] = failure
    note(action, isOutstanding: false)
    guard failure != nil else {
      doneCount += 1
      return Ended(action: action, failure: nil, isTriedAgain: false)
    }
    let next = waiting.count < Self.waitingMax ? action.again(nowMicroseconds: now) : nil
    if let next { putBack(next) } else { failedCount += 1 }
    return Ended(action: action, failure: failure, isTriedAgain: next != nil)
  }
}

extension Command.Ending {
  /// Nil: it went well.
  var failure: String? {
    switch self {
    case .exited(status: 0): nil
    case .exited(let status): "it ended with \(status)"
    case .killed(let signal): "signal \(signal) ended it"
    case .timedOut: "it took too long"
    case .unknown(let errno): "how it ended is not known (errno \(errno))"
    }
  }
}
