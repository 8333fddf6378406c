import Arithmetic

/// One kind of call of the kernel that fails in the daemon: where, how, and for how long.
struct Fault: Equatable, CustomStringConvertible {
  /// Whose paths the call has.
  enum Place: String, CaseIterable {
    case log, state, status
    /// Whatever path, or none.
    case anywhere
  }

  enum Moment: Equatable {
    /// The n-th such call since the daemon was started.
    case starting(Int)
    /// The first one while lines come.
    case once
    /// All of them, until the operator was told or every line is counted nevertheless.
    case lasting
  }

  var place: Place
  var call: String
  var error: String
  var moment: Moment

  static let errors = ["EIO", "ENOSPC", "ENOMEM", "EINTR", "EMFILE", "EACCES"]

  /// What a daemon calls while it starts, with about how often; 0: it is not made to fail then, for it is the loader
  /// that calls it first.
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

  /// Names that the same call has on other machines; strace passes over those that it does not know.
  private static let otherNames = [
    "newfstatat": ["stat", "lstat", "fstat", "statx", "fstatat64"],
    "fdatasync": ["fsync"], "rename": ["renameat", "renameat2"], "mkdir": ["mkdirat"],
    "unlink": ["unlinkat"], "poll": ["ppoll"], "clone3": ["clone"], "fchmod": ["fchmodat"],
  ]

  /// As strace takes them.
  var callNames: String {
    ([call] + Self.otherNames[call, default: []]).map { "?" + $0 }.joined(separator: ",")
  }

  /// The part of strace's `inject=` behind the calls.
  var injection: String {
    switch moment {
    case .starting(let number): "error=\(error):when=\(number)"
    case .once: "error=\(error):when=1"
    // No kernel interrupts a call for ever.
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

  /// As `description` has it.
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

  /// Every call with every error, in every place and at every moment, each start's at a moment of its own.
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

  /// Some of them, chosen so that every call of every place is among them once before any is twice.
  static func chosen(_ count: Int, seed: UInt64) -> [Fault] {
    var chance = SplitMix64(seed: seed)
    var rest = all(seed: seed)
    var chosen: [Fault] = []
    var passed: [Fault] = []
    while chosen.count < count, !(rest.isEmpty && passed.isEmpty) {
      if rest.isEmpty { swap(&rest, &passed) }
      let fault = rest.remove(at: chance.integer(in: 0...rest.count - 1))
      chosen.append(fault)
      // What is like it comes in the next round.
      passed += rest.filter { $0.place == fault.place && $0.call == fault.call }
      rest.removeAll { $0.place == fault.place && $0.call == fault.call }
    }
    return chosen
  }
}
