import Alerts
import Arithmetic
import Foundation
import Glibc
import Monitoring
import Storage
import TestSupport
import Testing

/// Goal: whatever happens to members of a group, each partition's counts, forecasts and alerts are those of one machine
/// that reads its records undisturbed. Method: real processes against the brokers of librdkafka, or against those that
/// HARBINGER_TEST_BROKERS names; the reference is `harbinger replay`.
@Suite(.enabled(if: KafkaCluster.isPossible, "needs librdkafka1"), .serialized)
struct KafkaMemberTests {
  private static let takenOver = "A partition is taken over"
  private static let handedOver = "A partition is handed over"

  private func lines(_ partition: Int, days: Int) throws -> [String] {
    try DaemonBed().sampleLines(days: days, seed: partition + 1)
  }

  @Test(arguments: Fleet.tortureSeeds ?? [1])
  func partitionsThatMoveAreCountedAsByOneMachine(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let fleet = try Fleet(partitionCount: 3)
    let lines = try (0..<3).map { try self.lines($0, days: 30) }
    for partition in 0..<3 {
      fleet.cluster.write(lines[partition], to: fleet.topic, partition: Int32(partition))
    }
    let live = LiveRecords(to: fleet, partitionCount: 3)
    func pause() { _ = usleep(UInt32(chance.integer(in: 0...2_000_000))) }

    // One begins, another comes: partitions are handed over while their old records are read.
    try fleet.start("a")
    try fleet.wait(for: "a to hold a partition") { fleet.count("a", Self.takenOver) > 0 }
    pause()
    try fleet.start("b")
    try fleet.wait(for: "b to hold a partition") { fleet.count("b", Self.takenOver) > 0 }
    pause()
    // One is killed: what it had since its last snapshot is counted again.
    let killed = try #require(fleet.members["a"])
    killed.send(SIGKILL)
    #expect(killed.waitUntilExit() == 128 + SIGKILL)
    let left = (0..<3).compactMap { partition in
      (try? StateFile(readingAt: fleet.statePath("a", partition))).map { (partition, $0) }
    }
    let told = try left.map { (partition: $0.0, alerts: try $0.1.alerts()) }
    try fleet.start("c")
    try fleet.wait(for: "c to hold a partition") { fleet.count("c", Self.takenOver) > 0 }
    pause()
    // One does not answer any more, is put out of the group, and comes back.
    let stopped = try #require(fleet.members["b"])
    let taken = fleet.count("c", Self.takenOver)
    stopped.send(SIGSTOP)
    try fleet.wait(for: "c to take over") { fleet.count("c", Self.takenOver) > taken }
    stopped.send(SIGCONT)
    try fleet.wait(for: "b to notice") { fleet.count("b", "The group has gone on") > 0 }
    // The brokers are away for longer than a session.
    if fleet.cluster.isOwn {
      fleet.cluster.setDown(true)
      usleep(UInt32(fleet.cluster.sessionMilliseconds) * 1_500)
      fleet.cluster.setDown(false)
    }

    try fleet.expectAsReplayed(zip(lines, live.stop()).map { $0 + $1 }, told: told)
  }

  @Test func memberShowsWhatItsPartitionsSay() throws {
    let fleet = try Fleet(partitionCount: 2)
    for partition in 0..<2 {
      fleet.cluster.write(
        try lines(partition, days: 30), to: fleet.topic, partition: Int32(partition))
    }
    let member = try fleet.start("a")
    let config = try fleet.settingsPath("a")
    try fleet.wait(for: "both partitions to be read") {
      try (0..<2).allSatisfy { partition in
        let status = fleet.folder.path("a/partition-\(partition)/status.json")
        return try FileManager.default.fileExists(atPath: status)
          && fleet.states(partition).contains { try !$0.alerts().isEmpty }
      }
    }
    let status = try Program.run(["status", "--config", config], in: fleet.folder)
    #expect(status.status == 0)
    #expect(status.output.contains("a/partition-0/status.json:"))
    #expect(status.output.contains("a/partition-1/status.json:"))
    #expect(status.output.contains(", and holds partitions 0, 1\n"))
    let alerts = try Program.run(["alerts", "--config", config, "--json"], in: fleet.folder)
    #expect(alerts.status == 0)
    #expect(alerts.output.contains("web-0:") && alerts.output.contains("web-1:"))
    // Other commands need one of them.
    let report = try Program.run(["forecast", "--config", config], in: fleet.folder)
    #expect(report.status != 0)
    let explain = try Program.run(
      ["backup", "--config", config, fleet.folder.path("copy")], in: fleet.folder)
    #expect(explain.errors.contains("--state"), "\(explain.errors)")

    // A process that dies is started again; signals reach all.
    let child = try #require(fleet.processes(of: member).first)
    kill(child, SIGKILL)
    try fleet.wait(for: "the process to be started again") {
      fleet.count("a", "A partition's process has ended") == 1
        && fleet.processes(of: member).count == 2
    }
    try fleet.wait(for: "it to run") { fleet.count("a", "Harbinger started") == 4 }
    member.send(SIGUSR2)
    try fleet.wait(for: "all to report") { fleet.count("a", " streams") >= 2 }
    #expect(fleet.stop() == [0])
    #expect(fleet.count("a", Self.handedOver) == 2)
    #expect(fleet.processes(of: member).isEmpty)
  }

  /// Neither the group nor the service manager sees that a process of a member hangs.
  @Test func processThatDoesNotAnswerIsEndedAndStartedAgain() throws {
    let fleet = try Fleet(partitionCount: 1)
    fleet.cluster.write(try lines(0, days: 2), to: fleet.topic, partition: 0)
    let member = try fleet.start("a", environment: ["WATCHDOG_USEC": "3000000"])
    try fleet.wait(for: "the process") { fleet.count("a", "Harbinger started") == 2 }
    let child = try #require(fleet.processes(of: member).first)
    kill(child, SIGSTOP)
    try fleet.wait(for: "it to be ended") { fleet.count("a", "does not answer") == 1 }
    try fleet.wait(for: "another one") { fleet.count("a", "Harbinger started") == 3 }
    #expect(fleet.processes(of: member) != [child])
    #expect(fleet.stop() == [0])
    #expect(fleet.count("a", Self.handedOver) == 1)
    #expect(fleet.count("a", "does not answer") == 1)
  }

  /// The partition is handed over as after a kill: with what the process has committed.
  @Test func processThatDoesNotStopIsEndedAndHandedOver() throws {
    let fleet = try Fleet(partitionCount: 1)
    let lines = try lines(0, days: 12)
    fleet.cluster.write(lines, to: fleet.topic, partition: 0)
    let member = try fleet.start("a", environment: ["WATCHDOG_USEC": "6000000"])
    try fleet.wait(for: "the process") { fleet.count("a", "Harbinger started") == 2 }
    let child = try #require(fleet.processes(of: member).first)
    kill(child, SIGSTOP)
    member.send(SIGTERM)
    #expect(member.waitUntilExit() == 0)
    #expect(fleet.count("a", "does not answer") == 1)
    #expect(fleet.count("a", Self.handedOver) == 1)
    try fleet.start("b")
    try fleet.expectAsReplayed([lines], told: [])
  }

  @Test func memberWithoutAPartitionHasAStatus() throws {
    let fleet = try Fleet(partitionCount: 1)
    fleet.cluster.write(try lines(0, days: 2), to: fleet.topic, partition: 0)
    try fleet.start("a")
    try fleet.wait(for: "a to hold it") { fleet.holders(of: 0) == ["a"] }
    try fleet.start("b")
    func status(_ name: String, _ arguments: String...) throws -> Program.Result {
      try Program.run(
        ["status", "--config", try fleet.settingsPath(name)] + arguments, in: fleet.folder)
    }
    try fleet.wait(for: "b to be in the group") {
      try status("b").output.contains("has given it no partition")
    }
    let check = try status("b", "--check")
    #expect(check.status == 0 && check.output.hasPrefix("HARBINGER OK - "), "\(check)")
    #expect(try status("a").output.contains("web-0"))
    _ = fleet.stop()
    #expect(try status("b").output.contains("is not running"))
    #expect(try status("b", "--check").status == 2)
  }

  /// A partition whose process cannot be started has no status of its own. Method: another one's says that it is well.
  @Test func partitionThatIsNotCountedIsInTheStatus() throws {
    let fleet = try Fleet(partitionCount: 1)
    fleet.cluster.write(try lines(0, days: 2), to: fleet.topic, partition: 0)
    try fleet.start("a")
    try fleet.wait(for: "a to hold it") { fleet.holders(of: 0) == ["a"] }
    let place = URL(filePath: fleet.folder.path("a/member.json"))
    var member = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any])
    member["failures"] = ["1": "it ended with 74"]
    try JSONSerialization.data(withJSONObject: member).write(to: place)
    let sentence = "; partition 1 is not counted: it ended with 74"
    for (arguments, code) in [([], 0), (["--check"], 2)] as [([String], Int32)] {
      let status = try Program.run(
        ["status", "--config", try fleet.settingsPath("a")] + arguments, in: fleet.folder)
      #expect(status.status == code && status.output.contains(sentence), "\(status)")
    }
    _ = fleet.stop()
  }

  /// Of a topic that brokers deny, the network is no matter.
  @Test func checkSaysWhatIsWrongWithATopic() throws {
    let fleet = try Fleet(partitionCount: 1)
    guard fleet.cluster.isOwn else { return }
    fleet.cluster.deny(fleet.topic)
    let denied = try Program.run(["check", try fleet.settingsPath("a")], in: fleet.folder)
    #expect(denied.status == 1 && denied.output.contains("Unknown topic"), "\(denied)")
    #expect(!denied.output.contains("kafka.conf"))
    fleet.cluster.setDown(true)
    let away = try Program.run(["check", try fleet.settingsPath("a")], in: fleet.folder)
    #expect(away.status == 1 && away.output.contains("the unit needs kafka.conf"), "\(away)")
  }

  @Test func topicsThatDoNotFitAreOneSentence() throws {
    let fleet = try Fleet(partitionCount: 2, statePartitionCount: 1)
    let sentence = "they must have as many"
    let check = try Program.run(["check", try fleet.settingsPath("a")], in: fleet.folder)
    #expect(check.status == 1 && check.output.contains(sentence), "\(check.output)")
    try fleet.start("a")
    try fleet.wait(for: "the member to say so") { fleet.count("a", sentence) == 1 }
    #expect(fleet.stop() == [0])
  }
}
