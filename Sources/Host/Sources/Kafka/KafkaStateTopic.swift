import CRdKafka
import Glibc

/// One partition of the compacted topic that holds the snapshots of the partition of the same number.
///
/// It is read twice: once to its end for what is there, and then the one snapshot that is wanted; so no snapshot is in
/// memory as a whole.
package struct KafkaStateTopic: Sendable {
  private let topic: KafkaTopic
  private let partition: Int32

  private static let flushMilliseconds: CInt = 30_000
  private let answerSeconds: Double

  /// - Parameters:
  ///   - topic: The topic itself, with the connection of the source.
  ///   - answerSeconds: How long brokers may be silent while something is read.
  package init(_ topic: KafkaTopic, partition: Int32, answerSeconds: Double = 30) {
    self.topic = topic
    self.partition = partition
    self.answerSeconds = answerSeconds
  }

  // MARK: Reading

  /// Reads the partition to its end.
  ///
  /// - Throws: `KafkaFailure`, also if the brokers do not answer; `SystemError` and `Secret.Missing`
  ///   if the password cannot be read.
  package func index() throws -> SnapshotIndex {
    var index = SnapshotIndex()
    try read(from: Int64(RD_KAFKA_OFFSET_BEGINNING)) { key, value, offset in
      index.add(key: Array(key), value: value, at: offset)
      return true
    }
    return index
  }

  /// Writes a snapshot to a file.
  ///
  /// - Parameter path: A file that is there, and empty.
  /// - Returns: False if the snapshot is damaged.
  /// - Throws: As `index`; also `SystemError` if the file cannot be written.
  package func fetch(_ entry: SnapshotIndex.Entry, to path: String) throws -> Bool {
    var reader = try SnapshotReader(entry.snapshot, to: path)
    var isWhole = false
    do {
      try read(from: entry.start) { _, value, _ in
        isWhole = try reader.add(value)
        return !isWhole
      }
    } catch is DecodingFailure {}
    return isWhole
  }

  /// - Parameter body: Receives key, value and offset of a record, and returns whether to go on.
  private func read(
    from offset: Int64,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, Int64) throws -> Bool
  ) throws {
    let library = try KafkaLibrary.required()
    let client = try library.client(
      RD_KAFKA_CONSUMER, of: topic,
      properties: [
        // A consumer that joins no group must name one, too.
        .init(name: "group.id", value: topic.group),
        .init(name: "enable.auto.commit", value: "false"),
        .init(name: "enable.partition.eof", value: "true"),
        .init(name: "auto.offset.reset", value: "earliest"),
        .init(name: "queued.max.messages.kbytes", value: "4096"),
      ])
    defer { library.destroyClient(client) }
    _ = library.pollByConsumer(client)
    let code = library.withPartitions(of: topic, [(partition, offset)]) {
      library.assign(client, $0)
    }
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaFailure(library.sentence(code)) }
    // What the library says of its connections is no answer, and may come for ever.
    var lastAnswer = WallClock.monotonicMicroseconds
    while WallClock.monotonicMicroseconds < lastAnswer + Int64(answerSeconds * 1e6) {
      guard let message = library.poll(client, CInt(answerSeconds * 1e3)) else { break }
      defer { library.destroyMessage(message) }
      let content = message.pointee
      switch content.err {
      case RD_KAFKA_RESP_ERR_NO_ERROR:
        lastAnswer = WallClock.monotonicMicroseconds
        let goesOn = try body(
          UnsafeRawBufferPointer(start: content.key, count: content.key_len),
          UnsafeRawBufferPointer(start: content.payload, count: content.len), content.offset)
        if !goesOn { return }
      case RD_KAFKA_RESP_ERR__PARTITION_EOF: return
      case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: break
      case let code: throw KafkaFailure(library.sentence(code))
      }
    }
    throw KafkaFailure("no broker answers")
  }

  // MARK: Writing

  /// Writes a file as a snapshot, and once all brokers in sync have acknowledged it, deletes those that it replaces.
  ///
  /// - Parameter replaced: The keys of all records that were there before, as far as they are known.
  /// - Returns: The keys of the records that are there now, and how many bytes they have.
  /// - Throws: As `index`; also `SystemError` if the file cannot be read or is too large. The snapshots before are there
  ///   then.
  package func write(
    _ snapshot: PartitionSnapshot, of path: String, replacing replaced: Set<[UInt8]>
  ) throws -> (keys: Set<[UInt8]>, byteCount: Int) {
    let library = try KafkaLibrary.required()
    let report = DeliveryReport()
    let client = try library.client(
      RD_KAFKA_PRODUCER, of: topic,
      properties: [
        .init(name: "acks", value: "all"), .init(name: "enable.idempotence", value: "true"),
        .init(name: "linger.ms", value: "0"), .init(name: "message.timeout.ms", value: "25000"),
      ]
    ) { configuration in
      library.setOpaque(configuration, Unmanaged.passUnretained(report).toOpaque())
      library.setOnDelivery(configuration) { _, message, report in
        guard let message, message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        Unmanaged<DeliveryReport>.fromOpaque(report!).takeUnretainedValue().failure =
          message.pointee.err
      }
    }
    defer { library.destroyClient(client) }
    guard let target = library.openTopic(client, topic.topic, nil) else {
      throw KafkaFailure("no memory")
    }
    defer { library.destroyTopic(target) }
    func deliver(_ key: [UInt8], _ value: [UInt8]?) throws(KafkaFailure) {
      try library.produce(key, value, to: target, partition)
      // One by one, so that only one is in memory.
      let flushed = library.flush(client, Self.flushMilliseconds)
      let code = flushed == RD_KAFKA_RESP_ERR_NO_ERROR ? report.failure : flushed
      if let code { throw KafkaFailure(library.sentence(code)) }
    }
    var keys: Set<[UInt8]> = []
    var byteCount = 0
    var writer = SnapshotWriter(snapshot)
    try writer.write(path) { header, chunk in
      try deliver(header.key, header.bytes + chunk)
      keys.insert(header.key)
      byteCount += chunk.count
    }
    for key in replaced.subtracting(keys) { try deliver(key, nil) }
    return (keys, byteCount)
  }
}

/// What the brokers said of the records that were written; filled by calls of the client.
private final class DeliveryReport {
  var failure: KafkaLibrary.Code?
}

extension KafkaLibrary {
  /// - Parameter value: Nil deletes what the key has.
  fileprivate func produce(
    _ key: [UInt8], _ value: [UInt8]?, to topic: OpaquePointer, _ partition: Int32
  ) throws(KafkaFailure) {
    let status = key.withUnsafeBytes { key in
      func produce(_ value: UnsafeRawBufferPointer) -> CInt {
        self.produce(
          topic, partition, CInt(RD_KAFKA_MSG_F_COPY),
          UnsafeMutableRawPointer(mutating: value.baseAddress), value.count, key.baseAddress,
          key.count, nil)
      }
      return value.map { $0.withUnsafeBytes(produce) }
        ?? produce(UnsafeRawBufferPointer(start: nil, count: 0))
    }
    guard status == 0 else { throw KafkaFailure(SystemError.last("produce").description) }
  }
}
