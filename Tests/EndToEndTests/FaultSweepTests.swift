import Foundation
import Host
import Settings
import TestSupport
import Testing

/// The daemon while system calls fail, one kind at a time, by strace. `deploy/torture --faults` injects all faults,
/// this suite some, and checks the documented guarantees.
@Suite(.serialized) struct FaultSweepTests {
  private static let program = Program.url.deletingLastPathComponent().appending(path: "Torture")
  private static let atOnce = 3
  /// No fault takes a quarter of it.
  private static let secondsMax = 400.0

  static let isPossible = (try? faults(seed: 1, count: 1)) != nil

  private static func faults(seed: UInt64, count: Int) throws -> [String] {
    let result = try SystemdTestbed.run([program.path, "--faults", "\(seed)", "\(count)"])
    guard result.status == 0 else { throw SystemError("trace", code: result.status) }
    return result.text.split(separator: "\n").map(String.init)
  }

  /// Runs the faults, several at a time.
  ///
  /// - Returns: The outcome of each.
  private func play(_ faults: [String]) throws -> [String] {
    let folder = try TemporaryFolder()
    var waiting = faults[...]
    var running: [(fault: String, process: ChildProcess, deadline: Date)] = []
    var results: [String] = []
    while !waiting.isEmpty || !running.isEmpty {
      while running.count < Self.atOnce, let fault = waiting.popFirst() {
        let process = try ChildProcess(
          [Self.program.path, "--fault", fault],
          output: folder.path(fault.replacing("/", with: "-")))
        running.append((fault, process, Date() + Self.secondsMax))
      }
      usleep(20_000)
      for (index, (fault, process, deadline)) in running.enumerated().reversed() {
        if process.isRunning, Date() < deadline { continue }
        process.send(SIGKILL)
        let output = folder.path(fault.replacing("/", with: "-"))
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        results.append(text.isEmpty ? "\(fault)\t0\tit took too long" : text)
        running.remove(at: index)
      }
    }
    return results
  }

  /// - Returns: How many faults there were.
  private func expectExact(_ faults: [String]) throws -> Int {
    var hitCount = 0
    for result in try play(faults) {
      let fields = result.split(separator: "\t")
      #expect(fields.count == 3 && fields[2] == "exact\n", "\(result)")
      if fields.count == 3, fields[1] != "0" { hitCount += 1 }
    }
    return hitCount
  }

  /// Goal: whichever call fails, the daemon continues or ends as documented, reports it, and counts every line once.
  /// Method: each kind of call in each place once, with an error and at a time that the seed chooses.
  @Test(.enabled(if: isPossible, "strace is not installed, or may not trace"))
  func anyCallMayFail() throws {
    let faults = try Self.faults(seed: Fuzzing.seed, count: Fuzzing.rounds(usually: 30))
    let hitCount = try expectExact(faults)
    // Not every call comes as often in every run.
    #expect(hitCount > faults.count / 2, "only \(hitCount) of \(faults.count) calls failed")
  }

  /// Faults after which earlier versions read or reported nothing any more.
  @Test(.enabled(if: isPossible, "strace is not installed, or may not trace"))
  func callsThatFoundOutWhatToReadMayFail() throws {
    let faults = [
      "log/newfstatat/EIO/lasting", "log/newfstatat/ENOMEM/once", "log/getdents64/EIO/once",
      "log/inotify_add_watch/EACCES/start2", "log/inotify_add_watch/EIO/once",
      "anywhere/inotify_add_watch/ENOMEM/lasting", "log/openat/EACCES/lasting",
      "anywhere/poll/ENOMEM/lasting", "state/pwrite64/EACCES/lasting",
    ]
    #expect(try expectExact(faults) >= faults.count - 2)
  }
}
