import Foundation
import Glibc
import Host
import Monitoring
import Records
import Settings
import Storage
import TestSupport
import Testing
import harbinger

/// One partition of a member, with a set time: its brokers, its thread and its processes are real.
@Suite(.enabled(if: KafkaCluster.isPossible, "needs librdkafka1"), .serialized)
struct HeldPartitionTests {
  private static let second: Int64 = 1_000_000
  private let cluster = KafkaCluster()
  private let folder: TemporaryFolder
  private let settings: ServiceSettings
  private let journal = RecordingJournal()

  init() throws {
    cluster.makeTopic("states", partitions: 1)
    folder = try TemporaryFolder()
    try folder.write(
      """
      sources:
        - name: web
          kafka: { brokers: [\(cluster.brokers.joined(separator: ", "))], topic: access, state_topic: states }
      state: \(folder.path("state.sqlite"))
      status: \(folder.path("status.json"))

      """, to: "harbinger.yaml")
    settings = try SettingsReader.ofThisMachine.read(path: folder.path("harbinger.yaml"))
  }

  private var statePath: String { folder.path("partition-0/state.sqlite") }

  /// - Parameter script: What its process does.
  private func hold(
    _ script: String, formerGeneration: Int32? = nil, _ poller: inout Poller<Trigger>
  ) throws -> HeldPartition {
    let topic = try #require(settings.sharedTopic)
    return try HeldPartition(
      0, PartitionHandover(settings, topic, partition: 0), formerGeneration: formerGeneration,
      command: ["/bin/sh", "-c", script, statePath, folder.path("good.sqlite")],
      watchdogMicroseconds: 3_600 * Self.second, &poller)
  }

  /// Lets it do what it has to do until something is so, at one moment.
  private func advance(
    _ partition: HeldPartition, at now: Int64, _ poller: inout Poller<Trigger>,
    until isSo: () -> Bool
  ) throws {
    for _ in 0..<600 {
      partition.advance(now, mayWork: true, &poller, Log(journal.journal))
      if isSo() { return }
      _ = try poller.wait(until: WallClock.monotonicMicroseconds + 100_000)
    }
    throw TookTooLong(what: "a partition", why: "a minute is over", errors: journal.text)
  }

  /// The state that is here is the one to go on with even if the partition is lost again before it was looked at.
  @Test func partitionThatIsLostTwiceKeepsItsState() throws {
    var poller = Poller<Trigger>()
    let partition = try hold("true", formerGeneration: 7, &poller)
    partition.leave(isLost: true)
    try advance(partition, at: 0, &poller) { partition.isReleased }
    #expect(partition.keptGeneration == 7)
  }

  /// A process that cannot use its state is not started every second for ever, and is said to count nothing.
  @Test func pauseBetweenStartsGrowsWhateverTheReason() throws {
    var poller = Poller<Trigger>()
    let partition = try hold("exit 74", &poller)
    var (now, pauses) = (Int64(0), [Int64]())
    for count in 1...4 {
      try advance(partition, at: now, &poller) {
        journal.count("A partition's process has ended") == count
      }
      #expect(partition.problem == "it ended with 74")
      let due = try #require(partition.deadline)
      pauses.append((due - now) / Self.second)
      now = due
    }
    #expect(pauses == [1, 2, 4, 8])
  }

  /// Goal: only a damaged state is replaced by that of the topic, which has none here. Method: the process leaves a state,
  /// and says that it cannot use it.
  @Test(arguments: [
    (script: "cp $1 $0", isKept: true), (script: "echo damaged >$0", isKept: false),
  ])
  func onlyADamagedStateIsReplaced(script: String, isKept: Bool) throws {
    var changes = Changes()
    changes.positions.cursors = ["web-0": ["access/0": "10"]]
    try StateFile(path: folder.path("good.sqlite")).commit(changes)
    var poller = Poller<Trigger>()
    let partition = try hold(
      "test -e \(folder.path("once")) || { \(script); touch \(folder.path("once")); exit 74; }; exec sleep 60",
      &poller)
    try advance(partition, at: 0, &poller) {
      journal.count("A partition's process has ended") == 1
    }
    #expect(FileManager.default.fileExists(atPath: statePath))
    try advance(partition, at: Self.second, &poller) {
      journal.count("A partition is taken over") == 2
    }
    #expect(FileManager.default.fileExists(atPath: statePath) == isKept)
    partition.leave(isLost: true)
    try advance(partition, at: Self.second, &poller) { partition.isReleased }
  }
}
