import Alerts
import Foundation
import Glibc
import Storage
import TestSupport
import Testing

/// Goal: wherever in a hand-over a member ends, or does not answer for so long that the group goes on without it, each
/// partition's counts, forecasts and alerts are those of one machine. Method: a chain of members, of which each takes
/// partitions from the one before while records come; one of the two is stopped before a known call, by
/// `Tests/CPauseAtCall`, and killed there, or left there until others have its partitions.
@Suite(.enabled(if: KafkaCluster.isPossible, "needs librdkafka1"), .serialized)
struct HandoverStepTests {
  struct Fault: CustomStringConvertible, Sendable {
    enum Side { case giving, taking }
    enum End { case killed, evicted, processKilled }

    var side: Side
    var step: PauseAtCall.Step
    var end = End.killed
    /// Whether the giving member is told to stop, and does not just share with another one.
    var stops = true

    var description: String { "\(side) \(step) \(end)\(stops ? ", stopping" : "")" }
  }

  /// To stop the process, copy its state, write it, have it acknowledged, delete the one before, commit the offset, leave
  /// the group, and let the partition go.
  private static let giving = [
    "kill 1", "fdatasync 1", "rd_kafka_produce 1", "rd_kafka_flush 1", "rd_kafka_produce 2",
    "rd_kafka_commit 1", "rd_kafka_consumer_close_queue 1", "rd_kafka_incremental_unassign 1",
  ]
  /// To be given the partition, read what snapshots there are, read one, put it in its place, start the process; and the
  /// process's first reading and writing.
  private static let taking = [
    "rd_kafka_incremental_assign 1", "rd_kafka_assign 1", "rd_kafka_assign 2", "rename 1",
    "posix_spawnp 1",
  ]
  private static let takingProcess = ["rd_kafka_assign 1", "fdatasync 2"]

  private static func step(_ text: String, in program: String = "member") -> PauseAtCall.Step {
    let words = text.split(separator: " ")
    return PauseAtCall.Step(String(words[0]), number: Int(words[1])!, in: program)
  }

  /// Every step with every end, in turn stopping and sharing; in a random order.
  private static func faults(seed: UInt64) -> [Fault] {
    var chance = Chance(seed: seed)
    var faults: [Fault] = []
    for end in [Fault.End.killed, .evicted] {
      faults += giving.map { Fault(side: .giving, step: step($0), end: end) }
      faults += taking.map { Fault(side: .taking, step: step($0), end: end) }
      for process in takingProcess {
        faults.append(Fault(side: .taking, step: step(process, in: "partition"), end: end))
      }
    }
    for process in takingProcess {
      faults.append(
        Fault(side: .taking, step: step(process, in: "partition"), end: .processKilled))
    }
    faults.shuffle(using: &chance)
    for index in faults.indices {
      // Who only shares does not leave the group.
      let leaves = faults[index].step.function == "rd_kafka_consumer_close_queue"
      faults[index].stops = leaves || chance.happens(0.5)
    }
    return faults
  }

  /// Chains that are played at the same time: in CI each kill once, and some members that do not answer; else all faults
  /// by the seeds that `deploy/torture` names.
  static let batches: [[[Fault]]] = {
    if let seeds = Fleet.tortureSeeds {
      return stride(from: 0, to: seeds.count, by: 4).map { start in
        seeds[start...].prefix(4).map { faults(seed: $0) }
      }
    }
    let all = faults(seed: 1)
    let chosen =
      all.filter { $0.end != .evicted } + all.filter { $0.end == .evicted }.prefix(4)
    let count = 6
    return [
      (0..<count).map { chain in
        chosen.enumerated().filter { $0.offset % count == chain }.map(\.element)
      }
    ]
  }()

  @Test(arguments: batches)
  func memberThatEndsAtAnyStepLosesNothing(chains: [[Fault]]) throws {
    let chains = try chains.map { try HandoverChain($0) }
    // They wait most of the time, so each has a thread of its own.
    let group = DispatchGroup()
    for chain in chains {
      group.enter()
      Thread.detachNewThread {
        chain.play()
        group.leave()
      }
    }
    group.wait()
    // All of them first: one that fails must not leave another writing to brokers that are gone.
    for chain in chains { chain.stop() }
    for chain in chains {
      do { try chain.expectNothingLost() } catch { Issue.record(error) }
    }
  }
}

/// Used by one thread at a time.
private final class HandoverChain: @unchecked Sendable {
  private let faults: [HandoverStepTests.Fault]
  private let fleet: Fleet
  private let lines: [[String]]
  private let live: LiveRecords
  private var holder = "m0"
  private var nextNumber = 1
  private var pauses: [String: PauseAtCall] = [:]
  private var told: [(partition: Int, alerts: [StateFile.JudgedAlert])] = []

  private var failure: (any Error)?
  private var written: [[String]] = []

  private struct Ended: Error {
    let sentence: String
  }

  init(_ faults: [HandoverStepTests.Fault]) throws {
    self.faults = faults
    fleet = try Fleet(partitionCount: 2)
    lines = try (0..<2).map { try DaemonBed().sampleLines(days: 12, seed: $0 + 1) }
    for (partition, lines) in lines.enumerated() {
      fleet.cluster.write(lines, to: fleet.topic, partition: Int32(partition))
    }
    live = LiveRecords(to: fleet, partitionCount: 2)
  }

  func play() {
    do {
      try start(holder)
      try wait(for: "\(holder) to hold all", without: "")
      // Of a partition of which nothing was read, nothing is written when it is given away.
      try fleet.wait(for: "\(holder) to read of all") {
        try (0..<2).allSatisfy { partition in
          try fleet.states(partition).contains { try !$0.counts().isEmpty }
        }
      }
      for fault in faults { try play(fault) }
    } catch {
      failure = error
    }
  }

  private func start(_ name: String) throws {
    let pause = pauses[name] ?? PauseAtCall(in: fleet.folder, name: name)
    pauses[name] = pause
    try fleet.start(name, environment: pause.environment)
  }

  private func newName() -> String {
    defer { nextNumber += 1 }
    return "m\(nextNumber)"
  }

  private func wait(for what: String, without victim: String) throws {
    try fleet.wait(for: what) {
      (0..<2).allSatisfy { partition in
        fleet.holders(of: partition).contains { $0 != victim }
      }
    }
  }

  private func play(_ fault: HandoverStepTests.Fault) throws {
    let next = newName()
    let victim = fault.side == .giving ? holder : next
    pauses[next] = PauseAtCall(in: fleet.folder, name: next)
    let pause = pauses[victim]!
    try pause.arm(fault.step)
    try start(next)
    if fault.stops { fleet.members[holder]?.send(SIGTERM) }
    try fleet.wait(for: "\(victim): \(fault)") { pause.isReached }
    note(victim)
    try end(victim, fault)
    let heir =
      fault.side == .giving || fault.end == .processKilled
      ? next : fault.stops ? newName() : holder
    if fleet.members[heir] == nil { try start(heir) }
    try wait(
      for: "others to hold all after \(fault)", without: fault.end == .processKilled ? "" : victim)
    if fault.end == .evicted {
      pause.release()
      fleet.members[victim]?.send(SIGCONT)
    }
    for (name, member) in fleet.members where member.isRunning && name != heir {
      member.send(SIGTERM)
      let code = member.waitUntilExit()
      guard code == 0 else {
        throw Ended(sentence: "\(name) after \(fault): \(code)\n\(member.errors)")
      }
    }
    holder = heir
    try wait(for: "\(heir) to hold all after \(fault)", without: "")
  }

  private func end(_ victim: String, _ fault: HandoverStepTests.Fault) throws {
    guard let member = fleet.members[victim] else { return }
    switch fault.end {
    case .killed:
      member.send(SIGKILL)
      member.waitUntilExit()
    case .evicted: member.send(SIGSTOP)
    case .processKilled:
      for child in fleet.processes(of: member) { kill(child, SIGKILL) }
      // Before it is started again.
      pauses[victim]?.release()
      try fleet.wait(for: "\(victim) to start it again") {
        fleet.count(victim, "A partition's process has ended") > 0
      }
    }
  }

  /// Notes what the states of a member say, of which others will know nothing.
  private func note(_ victim: String) {
    for partition in 0..<2 {
      let path = fleet.statePath(victim, partition)
      guard let alerts = try? StateFile(readingAt: path).alerts() else { continue }
      told.append((partition, alerts))
    }
  }

  func stop() {
    written = zip(lines, live.stop()).map { $0 + $1 }
  }

  func expectNothingLost() throws {
    if let failure { throw failure }
    try fleet.expectAsReplayed(written, told: told)
  }
}
