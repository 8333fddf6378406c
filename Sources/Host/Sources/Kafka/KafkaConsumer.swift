import CRdKafka
import Glibc

/// A member of a consumer group that reads one topic, each partition from its stored offset; or, for a topic of which
/// one partition is to be read, a reader of that without a group.
///
/// Offsets are stored with our counts. They are also committed to the group, for tools that show its lag; the committed
/// offsets are never read.
final class KafkaConsumer {
  /// An assigned partition, and its next record.
  final class Partition {
    let number: Int32
    fileprivate let queue: KafkaLibrary.Queue
    /// What was fetched at once; `next` is the first that is not taken or handled yet.
    fileprivate var batch: [KafkaLibrary.Message?] = []
    fileprivate var next = 0
    fileprivate var head: KafkaLibrary.Message?
    /// The timestamp of its next record, in milliseconds since the epoch; nil if no record has been fetched.
    fileprivate(set) var time: Int64?
    /// All records that it had at the last poll have been taken.
    fileprivate(set) var isAtEnd = false
    /// The offset of the next record; nil if unknown.
    fileprivate(set) var position: Int64?
    /// Whether its position has changed since `takePositions`.
    fileprivate var hasMoved = false

    fileprivate init(_ number: Int32, _ queue: KafkaLibrary.Queue, position: Int64?) {
      self.number = number
      self.queue = queue
      self.position = position
    }

    fileprivate func move(to offset: Int64) {
      position = offset
      hasMoved = true
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
  /// The offset of the next record, by partition: where those that are not assigned were left.
  private var positions: [Int32: Int64]
  /// The positions that changed before their partitions were left.
  private var moved: [Int32: Int64] = [:]
  /// Why records cannot be read; nil if they can.
  var failure: String? { fault.sentence }
  private(set) var fault = KafkaFault()
  /// How often the next record had been deleted before it was read.
  private(set) var gapCount = 0

  /// How many of the assigned partitions are not read, because they are too many.
  private(set) var unreadCount = 0

  /// The most partitions that are read.
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
    let client = try library.client(
      RD_KAFKA_CONSUMER, of: topic, defaults: Self.defaults,
      properties: [.init(name: "group.id", value: topic.group)]
    ) { configuration in
      library.setOpaque(configuration, Unmanaged.passUnretained(self).toOpaque())
      library.setOnRebalance(configuration) { _, code, list, consumer in
        KafkaConsumer.from(consumer).rebalance(code, list)
      }
      library.setOnError(configuration) { _, code, reason, consumer in
        guard let reason else { return }
        KafkaConsumer.from(consumer).fault.note(code, KafkaFailure.sentence(reason))
      }
    }
    self.client = client
    _ = library.pollByConsumer(client)
    if let queue = library.consumerQueue(client) {
      library.wake(wakeup, by: queue)
      library.destroyQueue(queue)
    }
    if let partition = topic.partition {
      isAssigned = true
      join([partition])
      return
    }
    let code = library.withPartitions(of: topic, [(RD_KAFKA_PARTITION_UA, 0)]) {
      library.subscribe(client, $0)
    }
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
    .init(name: "session.timeout.ms", value: "\(KafkaTopic.sessionMilliseconds)"),
    .init(name: "queued.max.messages.kbytes", value: "4096"),
    .init(name: "client.id", value: "harbinger"),
  ]

  private static func from(_ pointer: UnsafeMutableRawPointer?) -> KafkaConsumer {
    Unmanaged<KafkaConsumer>.fromOpaque(pointer!).takeUnretainedValue()
  }

  /// Leaves the group and frees the client. No other method may be called afterwards.
  func close() {
    guard let client else { return }
    if topic.partition != nil { _ = library.assign(client, nil) }
    let hasLeft = library.leaveGroup(client)
    leavePartitions()
    if hasLeft { library.destroyClient(client) }
    self.client = nil
  }

  // MARK: Partitions

  private func rebalance(_ code: KafkaLibrary.Code, _ list: KafkaLibrary.Partitions?) {
    guard let client else { return }
    leavePartitions()
    guard code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, let list else {
      isAssigned = false
      unreadCount = 0
      _ = library.assign(client, nil)
      return
    }
    let all = UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    isAssigned = true
    unreadCount = max(0, all.count - Self.partitionsMax)
    join(all.map(\.partition).sorted().prefix(Self.partitionsMax))
  }

  private func join(_ numbers: some Sequence<Int32>) {
    guard let client else { return }
    for number in numbers {
      guard let queue = library.partitionQueue(client, topic.topic, number) else { continue }
      // A separate queue for each partition, so that their records can be merged by time.
      library.forward(queue, nil)
      library.wake(wakeup, by: queue)
      partitions.append(Partition(number, queue, position: positions[number]))
    }
    let first = first ?? Set(partitions.map(\.number))
    if !first.isEmpty { self.first = first }
    let starts = partitions.map { partition in
      let isAtEnd = startsAtEnd && first.contains(partition.number)
      let start = Int64(isAtEnd ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING)
      return (partition.number, partition.position ?? start)
    }
    let code = library.withPartitions(of: topic, starts) { library.assign(client, $0) }
    fault.end()
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { note(code) }
  }

  private func note(_ code: KafkaLibrary.Code) { fault.note(code.rawValue, library.sentence(code)) }

  private func leavePartitions() {
    for partition in partitions {
      for message in partition.batch[partition.next...] { message.map(library.destroyMessage) }
      drop(partition)
      library.wake(-1, by: partition.queue)
      library.destroyQueue(partition.queue)
      positions[partition.number] = partition.position
      if partition.hasMoved { moved[partition.number] = partition.position }
    }
    partitions = []
  }

  // MARK: Records

  /// Handles events of the group, and fetches the next record of each partition.
  func poll() {
    guard let client else { return }
    while let message = library.poll(client, 0) {
      note(message.pointee.err)
      library.destroyMessage(message)
    }
    var lost: Int32?
    for partition in partitions where !fetchHead(partition) { lost = partition.number }
    if let lost { restart(lost) }
  }

  /// - Returns: False if its next record no longer exists.
  private func fetchHead(_ partition: Partition) -> Bool {
    while partition.head == nil, let message = nextMessage(partition) {
      let code = message.pointee.err
      if code == RD_KAFKA_RESP_ERR_NO_ERROR {
        partition.head = message
        partition.time = library.timestamp(message, nil)
        partition.isAtEnd = false
        fault.end()
        return true
      }
      defer { library.destroyMessage(message) }
      switch code {
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        partition.isAtEnd = true
        fault.end()
        // The starting offset, if reading starts at the end.
        if partition.position == nil { partition.move(to: message.pointee.offset) }
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return false
      default: note(code)
      }
    }
    return true
  }

  /// The most records that are fetched from the library at once.
  private static let batchMax = 256

  /// - Returns: A record or an event, to be destroyed by the caller; nil if there is none for now.
  private func nextMessage(_ partition: Partition) -> KafkaLibrary.Message? {
    if partition.next == partition.batch.count {
      partition.next = 0
      partition.batch = Array(unsafeUninitializedCapacity: Self.batchMax) { buffer, count in
        count = max(0, library.consumeBatch(partition.queue, 0, buffer.baseAddress!, buffer.count))
      }
    }
    guard partition.next < partition.batch.count else { return nil }
    defer { partition.next += 1 }
    return partition.batch[partition.next]
  }

  /// Restarts a partition at its beginning, because the next record was deleted before it was read, or the topic was
  /// created again.
  private func restart(_ number: Int32) {
    gapCount += 1
    let numbers = partitions.map(\.number)
    leavePartitions()
    positions[number] = Int64(RD_KAFKA_OFFSET_BEGINNING)
    join(numbers)
    positions[number] = nil
    partitions.first { $0.number == number }?.position = nil
  }

  /// The bytes of a record; those without a pointer are absent.
  struct Record {
    let value: UnsafeRawBufferPointer
    let key: UnsafeRawBufferPointer
  }

  /// Takes records of a partition, as long as `body` wants and they are not newer than `until`.
  ///
  /// - Parameters:
  ///   - until: In milliseconds since the epoch.
  ///   - body: Receives a record, and returns whether to go on.
  func take(_ partition: Partition, until: Int64, _ body: (Record) -> Bool) {
    repeat {
      guard let message = partition.head else { return }
      let content = message.pointee
      let goesOn = body(
        Record(
          value: UnsafeRawBufferPointer(start: content.payload, count: content.len),
          key: UnsafeRawBufferPointer(start: content.key, count: content.key_len)))
      partition.move(to: content.offset + 1)
      drop(partition)
      guard fetchHead(partition) else { return restart(partition.number) }
      guard goesOn else { return }
    } while partition.time.map { $0 <= until } ?? false
  }

  private func drop(_ partition: Partition) {
    if let head = partition.head { library.destroyMessage(head) }
    partition.head = nil
    partition.time = nil
  }

  /// The positions that have changed since the last call.
  func takePositions() -> [Int32: Int64] {
    for partition in partitions where partition.hasMoved {
      moved[partition.number] = partition.position
      partition.hasMoved = false
    }
    defer { moved = [:] }
    return moved
  }

  /// Commits the offsets to the group, for monitoring tools.
  func publish(_ positions: [Int32: Int64]) {
    // Without being a member there is nothing to commit to.
    guard let client, !positions.isEmpty, topic.partition == nil else { return }
    _ = library.withPartitions(of: topic, positions.map { ($0.key, $0.value) }) {
      library.commit(client, $0, 1)
    }
  }
}
