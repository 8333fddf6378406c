import Foundation
import Host
import TestSupport
import Testing

/// Files of a test, and snapshots of them.
private struct SnapshotBed {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func file(_ name: String, _ bytes: [UInt8] = []) throws -> String {
    try Data(bytes).write(to: URL(filePath: folder.path(name)))
    return folder.path(name)
  }

  /// Bytes that cannot be compressed.
  static func bytes(_ count: Int, seed: UInt32 = 1) -> [UInt8] {
    var value = seed
    return (0..<count).map { _ in
      value = value &* 1_664_525 &+ 1_013_904_223
      return UInt8(value >> 24)
    }
  }

  /// The records of a snapshot of these bytes.
  func records(
    _ snapshot: PartitionSnapshot, _ bytes: [UInt8]
  ) throws -> [(key: [UInt8], value: [UInt8])] {
    var records: [(key: [UInt8], value: [UInt8])] = []
    var writer = SnapshotWriter(snapshot)
    try writer.write(file("source", bytes)) { header, chunk in
      records.append((header.key, header.bytes + chunk))
    }
    return records
  }
}

/// Goal: whoever is given a partition next finds the newest whole snapshot of it.
@Suite(.enabled(if: KafkaCluster.isPossible, "needs librdkafka1"), .serialized)
struct KafkaStateTopicTests {
  private let cluster = KafkaCluster()
  private let bed: SnapshotBed

  init() throws { bed = try SnapshotBed() }

  private func states(_ partition: Int32 = 0) -> KafkaStateTopic {
    KafkaStateTopic(KafkaTopic(brokers: cluster.brokers, topic: "state"), partition: partition)
  }

  /// - Parameter replaced: Nil for all that is there.
  private func write(
    _ generation: Int32, _ offset: Int64, _ bytes: [UInt8], to partition: Int32 = 0,
    replacing replaced: Set<[UInt8]>? = nil
  ) throws {
    let known = try replaced ?? states(partition).index().keys
    _ = try states(partition).write(
      PartitionSnapshot(generation: generation, offset: offset),
      of: bed.file("source", bytes), replacing: known)
  }

  /// The content of the newest snapshot.
  private func newest(_ partition: Int32 = 0) throws -> [UInt8]? {
    guard let entry = try states(partition).index().entries.first else { return nil }
    let path = try bed.file("target")
    #expect(try states(partition).fetch(entry, to: path))
    return Array(try Data(contentsOf: URL(filePath: path)))
  }

  @Test func snapshotOfManyRecordsIsReadAsItWasWritten() throws {
    cluster.makeTopic("state", partitions: 2)
    let bytes = SnapshotBed.bytes(2_000_001)
    #expect(try newest(1) == nil)
    try write(1, 5, [1], to: 1)
    try write(3, 1 << 40, bytes, to: 1)
    #expect(try newest(1) == bytes)
    #expect(try newest(0) == nil)
  }

  @Test func newestIsReadAndTheOthersAreDeleted() throws {
    cluster.makeTopic("state", partitions: 1)
    try write(1, 10, [1])
    try write(1, 30, [2])
    try write(2, 20, [3])
    #expect(try newest() == [3])
    #expect(try states().index().keys.count == 1)
  }

  /// While nothing is read, hours are closed and change the state.
  @Test func ofTheSameOffsetTheLastIsRead() throws {
    cluster.makeTopic("state", partitions: 1)
    for byte in [1, 2] as [UInt8] { try write(1, 10, [byte], replacing: []) }
    #expect(try newest() == [2])
  }

  /// A member that lost the partition without noticing writes beside its successor, and deletes nothing of it.
  @Test func memberOfAnEarlierGenerationReplacesNothing() throws {
    cluster.makeTopic("state", partitions: 1)
    let known = try states().index().keys
    try write(2, 10, [2], replacing: known)
    try write(1, 50, [1], replacing: known)
    #expect(try newest() == [2])
  }

  @Test func brokersThatAreAwayAreAnError() throws {
    let topic = KafkaTopic(brokers: ["127.0.0.1:1"], topic: "state")
    let states = KafkaStateTopic(topic, partition: 0, answerSeconds: 1)
    #expect(throws: (any Error).self) { try states.index() }
  }

  @Test func partitionsAreCounted() throws {
    cluster.makeTopic("logs", partitions: 3)
    let topic = KafkaTopic(brokers: cluster.brokers, topic: "logs")
    #expect(try topic.partitionCount(of: "logs") == 3)
  }
}

/// Records as a kill in the midst of writing, or damage, leaves them.
struct SnapshotTests {
  private let bed: SnapshotBed
  private let whole = PartitionSnapshot(generation: 1, offset: 10)
  private let large = PartitionSnapshot(generation: 1, offset: 20)
  private let records: [(key: [UInt8], value: [UInt8])]
  private let largeRecords: [(key: [UInt8], value: [UInt8])]

  init() throws {
    bed = try SnapshotBed()
    records = try bed.records(whole, [1, 2, 3])
    largeRecords = try bed.records(large, SnapshotBed.bytes(1_700_000))
  }

  private func newest(_ records: [(key: [UInt8], value: [UInt8])]) -> PartitionSnapshot? {
    var index = SnapshotIndex()
    for (offset, record) in records.enumerated() {
      record.value.withUnsafeBytes { index.add(key: record.key, value: $0, at: Int64(offset)) }
    }
    return index.entries.first?.snapshot
  }

  @Test func recordsStayBelowTheLimitOfBrokers() {
    #expect(largeRecords.count == 3)
    #expect(largeRecords.allSatisfy { $0.key.count + $0.value.count < 900_000 })
  }

  @Test(arguments: 0..<3) func unfinishedSnapshotIsPassedOver(missing: Int) {
    var some = largeRecords
    some.remove(at: missing)
    #expect(newest(records + some) == whole)
    #expect(newest(records + largeRecords) == large)
  }

  @Test func recordsOfOthersAreIgnored() {
    let others: [(key: [UInt8], value: [UInt8])] = [
      ([], []), ([1], [UInt8](repeating: 255, count: 99)),
    ]
    #expect(newest(others + records) == whole)
  }

  private func isWritten(_ records: [(key: [UInt8], value: [UInt8])], to path: String) throws
    -> Bool
  {
    var reader = try SnapshotReader(large, to: path)
    for record in records {
      if try record.value.withUnsafeBytes({ try reader.add($0) }) { return true }
    }
    return false
  }

  @Test(arguments: [32, 39, 40, 1_000]) func damageIsNoticed(byte: Int) throws {
    var some = largeRecords
    some[1].value[byte] ^= 1
    #expect(throws: (any Error).self) { try isWritten(some, to: bed.file("target")) }
    #expect(try isWritten(records + largeRecords, to: bed.file("target")))
    let again = [largeRecords[0]] + largeRecords[...1] + [largeRecords[0]] + largeRecords[1...]
    #expect(try isWritten(again, to: bed.file("target")))
    #expect(try !isWritten(largeRecords.dropLast(), to: bed.file("target")))
  }

  @Test(arguments: [0, 1, 262_144, 2_000_001])
  func fileIsTheSameAgain(byteCount: Int) throws {
    let bytes = SnapshotBed.bytes(byteCount, seed: 2)
    let path = try bed.file("target")
    #expect(try isWritten(bed.records(large, bytes), to: path))
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(bytes))
  }
}
