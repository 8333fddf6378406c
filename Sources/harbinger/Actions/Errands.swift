import Host

/// What is being done about alerts: a few at once, the others wait their turn. All of it is in memory, so that
/// what has not begun when the daemon ends is not done.
struct Errands: ~Copyable {
  /// A class, because a command has one owner and cannot lie in an array.
  private final class Running {
    let errand: Errand
    var command: Command

    init(_ errand: Errand, _ command: consuming Command) {
      self.errand = errand
      self.command = command
    }
  }

  /// One that is over, for good or to be tried again.
  struct Ended {
    let errand: Errand
    /// Nil: it went well.
    let failure: String?
    let isTriedAgain: Bool
  }

  static let atOnceMax = 4
  static let waitingMax = 200

  private var waiting: [Errand] = []
  private var running: [Running] = []
  private(set) var doneCount = 0
  private(set) var failedCount = 0
  /// Not begun, because too many waited.
  private(set) var droppedCount = 0
  /// Of each way the last failure; nil once it went well again.
  private(set) var failures: [Errand.Way: String] = [:]

  var waitingCount: Int { waiting.count }
  var runningCount: Int { running.count }

  /// The newest counts: should there be too many, it is the oldest that are not done.
  mutating func add(_ errands: [Errand]) {
    waiting += errands
    let excess = waiting.count - Self.waitingMax
    if excess > 0 {
      waiting.removeFirst(excess)
      droppedCount += excess
    }
  }

  /// When `turn` has something to do even if none of them ends.
  var deadline: Int64? {
    let starts = running.count < Self.atOnceMax ? waiting.map(\.due).min() : nil
    return (running.map { $0.command.deadlineMicroseconds } + [starts].compactMap { $0 }).min()
  }

  /// Sees who has ended, and starts who is due.
  ///
  /// - Returns: Those that ended, or could not start.
  mutating func turn<Source>(
    _ settings: ActionSettings, _ poller: inout Poller<Source>, as source: Source
  ) -> [Ended] {
    guard !running.isEmpty || !waiting.isEmpty else { return [] }
    var ended: [Ended] = []
    for child in running {
      guard let ending = child.command.check() else { continue }
      poller.forget(child.command.descriptor)
      running.removeAll { $0 === child }
      ended.append(settle(child.errand, ending.failure))
    }
    let now = WallClock.monotonicMicroseconds
    while running.count < Self.atOnceMax, let index = waiting.firstIndex(where: { $0.due <= now }) {
      let errand = waiting.remove(at: index)
      do {
        let child = Running(errand, try errand.start(settings))
        poller.watch(child.command.descriptor, as: source)
        running.append(child)
      } catch {
        ended.append(settle(errand, "\(error)"))
      }
    }
    return ended
  }

  /// The daemon ends, and they with it.
  func terminate() {
    for child in running { child.command.terminate() }
  }

  private mutating func settle(_ errand: Errand, _ failure: String?) -> Ended {
    failures[errand.way] = failure
    guard failure != nil else {
      doneCount += 1
      return Ended(errand: errand, failure: nil, isTriedAgain: false)
    }
    let next = errand.again(nowMicroseconds: WallClock.monotonicMicroseconds)
    if let next { add([next]) } else { failedCount += 1 }
    return Ended(errand: errand, failure: failure, isTriedAgain: next != nil)
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
    }
  }
}
