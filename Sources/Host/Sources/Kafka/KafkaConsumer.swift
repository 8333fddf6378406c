import CRdKafka
import Glibc

/// A member of a consumer group that reads one topic, each partition from its stored offset.
///
/// Offsets are stored with our counts. They are also committed to the group, for tools that show its lag; the committed
/// offsets are never read.
final class KafkaConsumer {
  /// An assigned partition, and its next record.
  final class Partition {
    let number: Int32
    fileprivate let queue: KafkaLibrary.Queue
    fileprivate var head: KafkaLibrary.Message?
    /// The timestamp of its next record, in milliseconds since the epoch; nil if no record has been fetched.
    fileprivate(set) var time: Int64?
    /// All records that it had at the last poll have been taken.
    fileprivate(set) var isAtEnd = false

    fileprivate init(_ number: Int32, _ queue: KafkaLibrary.Queue) {
      self.number = number
      self.queue = queue
    }
  }

  private let library: KafkaLibrary
  private let topic: KafkaTopic
  private let startsAtEnd: Bool
  /// The partitions that existed when the topic was first read, nil before that. A partition that is added later has no
  /// old records to skip.
  private var first: Set<Int32>?
  private var client: KafkaLibrary.Client?
  private let wakeup: Int32
  private(set) var partitions: [Partition] = []
  /// Whether the brokers have assigned partitions, even an empty set.
  private(set) var isAssigned = false
  /// The offset of the next record, by partition.
  private(set) var positions: [Int32: Int64]
  /// The partitions whose position has changed since `takePositions`.
  private var moved: Set<Int32> = []
  /// Why records cannot be read; nil if they can.
  private(set) var failure: String?
  /// How often the next record had been deleted before it was read.
  private(set) var gapCount = 0

  /// Removes the variable part of `Connection refused (after 2ms in state CONNECT, 3 identical error(s) suppressed)`,
  /// so that it stays one failure.
  private static func withoutTimes(_ reason: String) -> String {
    reason.firstRange(of: " (after ").map { String(reason[..<$0.lowerBound]) } ?? reason
  }

  /// The most partitions that one member reads.
  static let partitionsMax = 256

  /// - Parameters:
  ///   - positions: The stored offsets, by partition.
  ///   - startsAtEnd: Whether the partitions that exist when the topic is first read are read from their end.
  ///   - wakeup: An eventfd that is written to when a queue receives something.
  init(
    _ topic: KafkaTopic, by library: KafkaLibrary, positions: [Int32: Int64], startsAtEnd: Bool,
    wakeup: Int32
  ) throws {
    self.library = library
    self.topic = topic
    self.positions = positions
    self.startsAtEnd = startsAtEnd
    self.wakeup = wakeup
    let secrets = try topic.secretProperties()
    let configuration = try library.configuration(
      Self.defaults + topic.properties + secrets + [
        .init(name: "bootstrap.servers", value: topic.brokers.joined(separator: ",")),
        .init(name: "group.id", value: topic.group),
      ])
    library.setOpaque(configuration, Unmanaged.passUnretained(self).toOpaque())
    library.setOnRebalance(configuration) { _, code, list, consumer in
      KafkaConsumer.from(consumer).rebalance(code, list)
    }
    library.setOnError(configuration) { _, _, reason, consumer in
      KafkaConsumer.from(consumer).failure = reason.map {
        KafkaConsumer.withoutTimes(String(cString: $0))
      }
    }
    library.setOnLog(configuration) { _, _, _, _ in }
    var client: KafkaLibrary.Client?
    let complaint = library.withComplaint { room, size in
      client = library.newClient(RD_KAFKA_CONSUMER, configuration, room, size)
      return client != nil
    }
    guard let client else {
      library.destroyConfiguration(configuration)
      throw KafkaFailure(complaint ?? "no memory")
    }
    self.client = client
    _ = library.pollByConsumer(client)
    if let queue = library.consumerQueue(client) {
      wake(by: queue)
      library.destroyQueue(queue)
    }
    let code = withPartitions([(RD_KAFKA_PARTITION_UA, 0)]) { library.subscribe(client, $0) }
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
      close()
      throw KafkaFailure(library.sentence(code))
    }
  }

  private static let defaults: [KafkaTopic.Property] = [
    .init(name: "enable.auto.commit", value: "false"),
    .init(name: "enable.auto.offset.store", value: "false"),
    .init(name: "enable.partition.eof", value: "true"),
    // An error instead of a reset, so that deleted records are reported.
    .init(name: "auto.offset.reset", value: "error"),
    // A day, because closing hours and training may happen between two polls.
    .init(name: "max.poll.interval.ms", value: "86400000"),
    .init(name: "session.timeout.ms", value: "10000"),
    .init(name: "queued.max.messages.kbytes", value: "4096"),
    .init(name: "client.id", value: "harbinger"),
  ]

  private static func from(_ pointer: UnsafeMutableRawPointer?) -> KafkaConsumer {
    Unmanaged<KafkaConsumer>.fromOpaque(pointer!).takeUnretainedValue()
  }

  /// Leaves the group and frees the client. No other method may be called afterwards.
  func close() {
    guard let client else { return }
    _ = library.closeConsumer(client)
    leavePartitions()
    library.destroyClient(client)
    self.client = nil
  }

  private func wake(by queue: KafkaLibrary.Queue) {
    var one: UInt64 = 1
    library.enableWakeups(queue, wakeup, &one, MemoryLayout<UInt64>.size)
  }

  /// - Parameter offsets: By partition.
  private func withPartitions<Result>(
    _ offsets: [(partition: Int32, offset: Int64)], _ body: (KafkaLibrary.Partitions) -> Result
  ) -> Result {
    let list = library.newPartitions(CInt(offsets.count))!
    defer { library.destroyPartitions(list) }
    for (partition, offset) in offsets {
      library.addPartition(list, topic.topic, partition)?.pointee.offset = offset
    }
    return body(list)
  }

  // MARK: Partitions

  private func rebalance(_ code: KafkaLibrary.Code, _ list: KafkaLibrary.Partitions?) {
    guard let client else { return }
    leavePartitions()
    guard code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, let list else {
      isAssigned = false
      _ = library.assign(client, nil)
      return
    }
    let all = UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    isAssigned = true
    join(all.map(\.partition).sorted().prefix(Self.partitionsMax))
  }

  private func join(_ numbers: some Sequence<Int32>) {
    guard let client else { return }
    for number in numbers {
      guard let queue = library.partitionQueue(client, topic.topic, number) else { continue }
      // A separate queue for each partition, so that their records can be merged by time.
      library.forward(queue, nil)
      wake(by: queue)
      partitions.append(Partition(number, queue))
    }
    let first = first ?? Set(partitions.map(\.number))
    if !first.isEmpty { self.first = first }
    let starts = partitions.map { partition in
      let isAtEnd = startsAtEnd && first.contains(partition.number)
      let start = Int64(isAtEnd ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING)
      return (partition.number, positions[partition.number] ?? start)
    }
    let code = withPartitions(starts) {
      library.assign(client, $0)
    }
    failure = code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : library.sentence(code)
  }

  private func leavePartitions() {
    for partition in partitions {
      drop(partition)
      library.destroyQueue(partition.queue)
    }
    partitions = []
  }

  // MARK: Records

  /// Handles events of the group, and fetches the next record of each partition.
  func poll() {
    guard let client else { return }
    while let message = library.poll(client, 0) {
      failure = library.sentence(message.pointee.err)
      library.destroyMessage(message)
    }
    var lost: Int32?
    for partition in partitions where !fetchHead(partition) { lost = partition.number }
    if let lost { restart(lost) }
  }

  /// - Returns: False if its next record no longer exists.
  private func fetchHead(_ partition: Partition) -> Bool {
    while partition.head == nil, let message = library.consume(partition.queue, 0) {
      let code = message.pointee.err
      if code == RD_KAFKA_RESP_ERR_NO_ERROR {
        partition.head = message
        partition.time = library.timestamp(message, nil)
        partition.isAtEnd = false
        failure = nil
        return true
      }
      defer { library.destroyMessage(message) }
      switch code {
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        partition.isAtEnd = true
        failure = nil
        // The starting offset, if reading starts at the end.
        if positions[partition.number] == nil { move(partition, to: message.pointee.offset) }
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return false
      default: failure = library.sentence(code)
      }
    }
    return true
  }

  /// Restarts a partition at its beginning, because the next record was deleted before it was read, or the topic was
  /// created again.
  private func restart(_ number: Int32) {
    gapCount += 1
    positions[number] = Int64(RD_KAFKA_OFFSET_BEGINNING)
    let numbers = partitions.map(\.number)
    leavePartitions()
    join(numbers)
    positions[number] = nil
  }

  /// Takes the next record of a partition.
  ///
  /// - Parameter body: Receives its bytes; none if the record has no value.
  func take(_ partition: Partition, _ body: (UnsafeRawBufferPointer) -> Void) {
    guard let message = partition.head else { return }
    body(UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len))
    move(partition, to: message.pointee.offset + 1)
    drop(partition)
    if !fetchHead(partition) { restart(partition.number) }
  }

  private func drop(_ partition: Partition) {
    if let head = partition.head { library.destroyMessage(head) }
    partition.head = nil
    partition.time = nil
  }

  private func move(_ partition: Partition, to offset: Int64) {
    positions[partition.number] = offset
    moved.insert(partition.number)
  }

  /// The positions that have changed since the last call.
  func takePositions() -> [Int32: Int64] {
    defer { moved = [] }
    return positions.filter { moved.contains($0.key) }
  }

  /// Commits the offsets to the group, for monitoring tools.
  func publish(_ positions: [Int32: Int64]) {
    guard let client, !positions.isEmpty else { return }
    _ = withPartitions(positions.map { ($0.key, $0.value) }) { library.commit(client, $0, 1) }
  }
}
