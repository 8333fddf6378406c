import Arithmetic

/// A system call that fails in the daemon: which, with which error, and how often.
struct Fault: Equatable, CustomStringConvertible {
  /// The paths on which the call fails.
  enum Place: String, CaseIterable {
    case log, state, status
    /// Calls with any path or none.
    case anywhere
  }

  enum Moment: Equatable {
    /// The n-th such call after the start of the daemon.
    case starting(Int)
    /// The first such call while lines are written.
    case once
    /// All such calls, until a problem is reported or every line is counted nevertheless.
    case lasting
  }

  var place: Place
  var call: String
  var error: String
  var moment: Moment

  static let errors = ["EIO", "ENOSPC", "ENOMEM", "EINTR", "EMFILE", "EACCES"]

  /// The calls of a starting daemon, with their approximate numbers; 0 if the call must not fail during the start,
  /// because the dynamic loader uses it.
  static let calls: [(place: Place, call: String, startingCount: Int)] = [
    (.log, "openat", 6), (.log, "pread64", 10), (.log, "newfstatat", 36),
    (.log, "getdents64", 4), (.log, "inotify_add_watch", 3),
    (.state, "openat", 6), (.state, "pread64", 25), (.state, "pwrite64", 150),
    (.state, "write", 1), (.state, "fdatasync", 5), (.state, "newfstatat", 28),
    (.state, "fcntl", 120), (.state, "ftruncate", 2), (.state, "flock", 1),
    (.state, "mkdir", 1), (.state, "mmap", 1), (.state, "unlink", 1),
    (.status, "openat", 4), (.status, "write", 4), (.status, "rename", 4),
    (.status, "fchmod", 4), (.status, "newfstatat", 3), (.status, "mkdir", 1),
    (.anywhere, "inotify_init1", 1), (.anywhere, "inotify_add_watch", 12),
    (.anywhere, "poll", 4), (.anywhere, "clone3", 1), (.anywhere, "timerfd_settime", 1),
    (.anywhere, "read", 0), (.anywhere, "mmap", 0),
  ]

  /// Names of the same calls on other architectures; strace ignores unknown ones.
  private static let otherNames = [
    "newfstatat": ["stat", "lstat", "fstat", "statx", "fstatat64"],
    "fdatasync": ["fsync"], "rename": ["renameat", "renameat2"], "mkdir": ["mkdirat"],
    "unlink": ["unlinkat"], "poll": ["ppoll"], "clone3": ["clone"], "fchmod": ["fchmodat"],
  ]

  /// The names for strace.
  var callNames: String {
    ([call] + Self.otherNames[call, default: []]).map { "?" + $0 }.joined(separator: ",")
  }

  /// The part of strace's `inject=` after the calls.
  var injection: String {
    switch moment {
    case .starting(let number): "error=\(error):when=\(number)"
    case .once: "error=\(error):when=1"
    // A kernel does not interrupt a call without end.
    case .lasting: "error=\(error)" + (error == "EINTR" ? ":when=1..20" : "")
    }
  }

  var isStarting: Bool { if case .starting = moment { true } else { false } }

  var description: String {
    let time =
      switch moment {
      case .starting(let number): "start\(number)"
      case .once: "once"
      case .lasting: "lasting"
      }
    return "\(place.rawValue)/\(call)/\(error)/\(time)"
  }

  init(_ place: Place, _ call: String, _ error: String, _ moment: Moment) {
    self.place = place
    self.call = call
    self.error = error
    self.moment = moment
  }

  /// Parses a `description`.
  init?(_ text: String) {
    let parts = text.split(separator: "/").map(String.init)
    guard parts.count == 4, let place = Place(rawValue: parts[0]), Self.errors.contains(parts[2]),
      Self.calls.contains(where: { $0.place == place && $0.call == parts[1] })
    else { return nil }
    switch parts[3] {
    case "once": self.init(place, parts[1], parts[2], .once)
    case "lasting": self.init(place, parts[1], parts[2], .lasting)
    default:
      guard parts[3].hasPrefix("start"), let number = Int(parts[3].dropFirst(5)), number > 0 else {
        return nil
      }
      self.init(place, parts[1], parts[2], .starting(number))
    }
  }

  /// Every call with every error, place and moment; calls during the start fail at a random number.
  static func all(seed: UInt64) -> [Fault] {
    var chance = SplitMix64(seed: seed)
    return calls.flatMap { place, call, startingCount in
      errors.flatMap { error in
        let starting = max(1, startingCount)
        let start = Fault(place, call, error, .starting(chance.integer(in: 1...starting)))
        return (startingCount > 0 ? [start] : [])
          + [Fault(place, call, error, .once), Fault(place, call, error, .lasting)]
      }
    }
  }

  /// A random choice in which every call of every place occurs once before any occurs twice.
  static func chosen(_ count: Int, seed: UInt64) -> [Fault] {
    var chance = SplitMix64(seed: seed)
    var rest = all(seed: seed)
    var chosen: [Fault] = []
    var passed: [Fault] = []
    while chosen.count < count, !(rest.isEmpty && passed.isEmpty) {
      if rest.isEmpty { swap(&rest, &passed) }
      let fault = rest.remove(at: chance.integer(in: 0...rest.count - 1))
      chosen.append(fault)
      // The other faults of the same call wait for the next round.
      passed += rest.filter { $0.place == fault.place && $0.call == fault.call }
      rest.removeAll { $0.place == fault.place && $0.call == fault.call }
    }
    return chosen
  }
}
