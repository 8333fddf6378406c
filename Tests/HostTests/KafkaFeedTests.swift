import Foundation
import Glibc
import Host
import Records
import TestSupport
import Testing

/// Goal: every record of a topic is read as one line, exactly once, whatever happens to the program and to the brokers.
/// Method: the real client against brokers of its own library, which speak the protocol on loopback.
@Suite(.enabled(if: KafkaCluster.isPossible, "needs librdkafka1"), .serialized)
struct KafkaFeedTests {
  private let cluster = KafkaCluster()

  private func bed(
    start: TailSource.Start = .beginning, maxLineBytes: Int = 1_000, group: String = "harbinger"
  ) throws -> FeedBed {
    try FeedBed { _ in
      let topic = KafkaTopic(
        brokers: cluster.brokers, topic: "logs", group: group,
        properties: [.init(name: "reconnect.backoff.max.ms", value: "100")])
      return SourceDescription(
        name: "web", origin: topic, start: start, maxLineBytes: maxLineBytes)
    }
  }

  /// Waits until there are `count` lines, or no more come for a minute.
  private func lines(_ bed: FeedBed, _ count: Int) -> [String] {
    var lines = bed.drain()
    while lines.count < count {
      let more = bed.awaitLines()
      if more.isEmpty { break }
      lines += more
    }
    return lines
  }

  private func waitFor(_ bed: FeedBed, _ condition: () -> Bool) -> Bool {
    waitFor {
      _ = bed.drain()
      return condition()
    }
  }

  private func waitFor(_ condition: () -> Bool) -> Bool {
    for _ in 0..<600 {
      if condition() { return true }
      usleep(100_000)
    }
    return false
  }

  private func numbers(_ range: Range<Int>) -> [String] { range.map { "line \($0)" } }

  @Test func recordsAreLinesAndAreReadOnce() throws {
    cluster.makeTopic("logs", partitions: 1)
    cluster.write(numbers(0..<5_000), to: "logs")
    let bed = try bed()
    #expect(lines(bed, 5_000) == numbers(0..<5_000))
    cluster.write(["two\nlines\r\n", "", "last"], to: "logs")
    #expect(lines(bed, 3) == ["two lines", "", "last"])
    bed.restart()
    cluster.write(["new"], to: "logs")
    #expect(lines(bed, 1) == ["new"])
    #expect(bed.problems == [])
  }

  /// The stored offset has precedence over that of the consumer group, which only informs other programs.
  @Test func readAgainWhatWasNotStored() throws {
    cluster.makeTopic("logs", partitions: 1)
    let bed = try bed()
    cluster.write(numbers(0..<10), to: "logs")
    #expect(lines(bed, 10).count == 10)
    let stored = bed.cursors
    #expect(stored == ["web": ["logs/0": "10"]])
    cluster.write(numbers(10..<20), to: "logs")
    #expect(lines(bed, 10).count == 10)
    bed.restart(at: stored)
    #expect(lines(bed, 10) == numbers(10..<20))
  }

  /// A partition that is added after the topic was first read has no old records, whatever `start` says. Method: the
  /// state knows one of two partitions, as after a stop in which the other was added.
  @Test func addedPartitionIsReadFromItsBeginning() throws {
    cluster.makeTopic("logs", partitions: 2)
    for number in 0..<20 {
      cluster.write(["line \(number)"], to: "logs", partition: Int32(number % 2))
    }
    let bed = try bed(start: .end)
    bed.restart(at: ["web": ["logs/0": "10"]])
    #expect(lines(bed, 10) == (0..<10).map { "line \(2 * $0 + 1)" })
  }

  @Test func partitionsAreMergedByTheTimesOfTheirRecords() throws {
    cluster.makeTopic("logs", partitions: 3)
    for number in 0..<60 {
      cluster.write(["line \(number)"], to: "logs", partition: Int32(number / 20))
      usleep(2_000)
    }
    cluster.write(["line 60"], to: "logs", partition: 0)
    let bed = try bed()
    #expect(lines(bed, 61) == numbers(0..<61))
    #expect(bed.cursors["web"] == ["logs/0": "21", "logs/1": "20", "logs/2": "20"])
  }

  /// A partition without records delays nothing, and the source is drained once all partitions are read.
  @Test func emptyPartitionsHoldNothingUp() throws {
    cluster.makeTopic("logs", partitions: 4)
    cluster.write(numbers(0..<3), to: "logs", partition: 2)
    let bed = try bed()
    #expect(lines(bed, 3) == numbers(0..<3))
    #expect(waitFor(bed) { bed.feed.status().isDrained })
  }

  @Test func startAtTheEndSkipsWhatWasThereAndNothingElse() throws {
    cluster.makeTopic("logs", partitions: 1)
    cluster.write(numbers(0..<10), to: "logs")
    let bed = try bed(start: .end)
    #expect(waitFor(bed) { bed.cursors["web"] == ["logs/0": "10"] })
    bed.restart()
    cluster.write(numbers(10..<20), to: "logs")
    #expect(lines(bed, 10) == numbers(10..<20))
  }

  @Test func recordsBeyondTheLimitAreCutWhereTheParserRejectsThem() throws {
    cluster.makeTopic("logs", partitions: 1)
    cluster.write([String(repeating: "x", count: 5_000), "next"], to: "logs")
    let bed = try bed(maxLineBytes: 1_000)
    #expect(lines(bed, 2) == [String(repeating: "x", count: 1_001), "next"])
  }

  @Test func brokersThatWereAwayAreReadOn() throws {
    cluster.makeTopic("logs", partitions: 1)
    cluster.write(numbers(0..<10), to: "logs")
    let bed = try bed()
    #expect(lines(bed, 10).count == 10)
    cluster.setDown(true)
    #expect(waitFor(bed) { !bed.problems.isEmpty })
    cluster.setDown(false)
    cluster.write(numbers(10..<20), to: "logs")
    #expect(lines(bed, 10) == numbers(10..<20))
    #expect(bed.problems == [])
  }

  /// The cluster keeps five megabytes of a partition.
  @Test func recordsDeletedBeforeTheyWereReadAreReported() throws {
    cluster.makeTopic("logs", partitions: 1)
    cluster.write(numbers(0..<10), to: "logs")
    let bed = try bed(maxLineBytes: 200_000)
    #expect(lines(bed, 10).count == 10)
    let stored = bed.cursors
    bed.stop()
    for number in 0..<120 {
      cluster.write(["\(number) " + String(repeating: "x", count: 100_000)], to: "logs")
    }
    bed.restart(at: stored)
    var last = ""
    while !last.hasPrefix("119 "), let line = lines(bed, 1).last { last = line }
    #expect(last.hasPrefix("119 "))
    #expect(
      bed.problems == [
        .kafka(
          topic: "logs",
          reason: "records that were to be read next are deleted; lines are missing")
      ])
  }

  @Test func partitionsThatAreTooManyAreReported() throws {
    cluster.makeTopic("logs", partitions: 258)
    cluster.write(["read"], to: "logs", partition: 255)
    cluster.write(["not read"], to: "logs", partition: 256)
    let problem = IntakeProblem.kafka(
      topic: "logs",
      reason: "2 of its partitions are not read, because a process reads 256 at most; "
        + "with a state_topic each has its own")
    let bed = try bed()
    #expect(lines(bed, 1) == ["read"])
    #expect(bed.problems == [problem])
    var topic = KafkaTopic(brokers: cluster.brokers, topic: "logs")
    let sample = topic.sample(maxLineBytes: 100)
    #expect(sample.problem == problem && sample.partitionCount == 258)
    // Of one that is shared, each partition has a process of its own.
    topic.stateTopic = "states"
    #expect(topic.sample(maxLineBytes: 100).problem == nil)
  }

  @Test func keysOfRecordsAreKeysOfStreams() throws {
    cluster.makeTopic("logs", partitions: 2)
    let line = #"{"time": 1767225600}"#
    for (key, partition) in [("a", 0), ("b", 1), ("a", 0), (nil, 1)] as [(String?, Int32)] {
      cluster.write([line], key: key, to: "logs", partition: partition)
    }
    let bed = try FeedBed { _ in
      SourceDescription(
        name: "web", origin: KafkaTopic(brokers: cluster.brokers, topic: "logs"),
        needsRecordKeys: true)
    }
    var parser = try RecordParser(
      settings: ParserSettings(format: .json, key: "{record_key}", hasRecordKeys: true),
      compilePattern: Pattern.compile)
    var batch = RecordBatch()
    #expect(
      waitFor {
        batch.append(bed.count(by: &parser), graceSeconds: 60)
        return batch.lineCount == 4
      })
    let counts = batch.segments.flatMap(\.tallies).map { "\($0.key) \($0.count)" }
    #expect(counts == ["a 2", "b 1"])
    #expect(batch.rejections.mapValues(\.count) == [.missingField: 1])
  }

  @Test func absentTopicIsReported() throws {
    let bed = try FeedBed { _ in
      SourceDescription(
        name: "web", origin: KafkaTopic(brokers: ["127.0.0.1:1"], topic: "absent"))
    }
    bed.advanceClock(seconds: 31)
    #expect(waitFor(bed) { !bed.problems.isEmpty })
    #expect(bed.drain() == [])
    // It delays no other source.
    #expect(bed.feed.status().isDrained || bed.feed.isReady)
  }

  @Test func lookAtATopicReadsItsFirstRecordsAndStoresNothing() throws {
    cluster.makeTopic("logs", partitions: 2)
    let topic = KafkaTopic(brokers: cluster.brokers, topic: "logs")
    #expect(topic.sample(maxLineBytes: 100).lines == [])
    cluster.write(["first", "second"], to: "logs")
    let sample = topic.sample(maxLineBytes: 100)
    #expect(sample.partitionCount == 2)
    #expect(sample.problem == nil)
    #expect(sample.lines == Array("first\nsecond\n".utf8))
    let bed = try bed()
    #expect(lines(bed, 2) == ["first", "second"])
  }

  @Test func propertiesAreChecked() {
    #expect(KafkaTopic.refusal(of: .init(name: "security.protocol", value: "ssl")) == nil)
    let refusal = KafkaTopic.refusal(of: .init(name: "security.protocol", value: "tls"))
    #expect(refusal?.contains("security.protocol") ?? false)
    for name in KafkaTopic.propertyNames {
      let refusal = KafkaTopic.refusal(of: .init(name: name, value: "\u{1}"))
      #expect(!(refusal?.contains("No such configuration property") ?? false), "\(name)")
    }
  }
}
