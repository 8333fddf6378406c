import CRdKafka

/// Membership in a consumer group that only says which partitions are ours: others read them.
///
/// Partitions move one by one (cooperative assignment), so that those which stay are not interrupted, and a partition is
/// given back when its state has been handed over, not before.
package final class KafkaGroup {
  /// What has changed.
  package enum Event: Equatable, Sendable {
    case assigned([Int32])
    /// Must be answered with `release`; until then nobody else is given the partitions, unless they are lost.
    case revoked([Int32])
    /// The group has gone on without us; another member may have the partitions already. To be answered, too.
    case lost([Int32])
  }

  private let library: KafkaLibrary
  private let topic: KafkaTopic
  private var client: KafkaLibrary.Client?
  private let wakeup: EventDescriptor
  private var events: [Event] = []
  private var isClosing = false
  private var wasAssigned = false
  /// Why there is no connection to the group; nil if there is.
  package var failure: String? { fault.sentence }
  private var fault = KafkaFault()

  /// Joins the group.
  ///
  /// - Throws: `KafkaFailure`, `SystemError`, `Secret.Missing`
  package init(_ topic: KafkaTopic) throws {
    library = try KafkaLibrary.required()
    self.topic = topic
    wakeup = try EventDescriptor()
    let own = [
      ("group.id", topic.group), ("enable.auto.commit", "false"),
      ("partition.assignment.strategy", "cooperative-sticky"),
      ("max.poll.interval.ms", "\(KafkaTopic.handoverMilliseconds)"),
    ]
    let client = try library.client(
      RD_KAFKA_CONSUMER, of: topic,
      defaults: [
        .init(name: "session.timeout.ms", value: "\(KafkaTopic.sessionMilliseconds)"),
        .init(name: "client.id", value: "harbinger"),
      ], properties: own.map { .init(name: $0.0, value: $0.1) }
    ) { configuration in
      library.setOpaque(configuration, Unmanaged.passUnretained(self).toOpaque())
      library.setOnRebalance(configuration) { _, code, list, group in
        Unmanaged<KafkaGroup>.fromOpaque(group!).takeUnretainedValue().rebalance(code, list)
      }
      library.setOnError(configuration) { _, code, reason, group in
        guard let reason else { return }
        Unmanaged<KafkaGroup>.fromOpaque(group!).takeUnretainedValue()
          .fault.note(code, KafkaFailure.sentence(reason))
      }
    }
    self.client = client
    _ = library.pollByConsumer(client)
    if let queue = library.consumerQueue(client) {
      library.wake(wakeup.number, by: queue)
      library.destroyQueue(queue)
    }
    let code = library.withPartitions(of: topic, [(RD_KAFKA_PARTITION_UA, 0)]) {
      library.subscribe(client, $0)
    }
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
      close()
      throw KafkaFailure(library.sentence(code))
    }
  }

  deinit { close() }

  /// Readable when `poll` has something to do. It must also be called once a minute, or the group goes on without us.
  package var descriptor: Int32 { wakeup.number }

  /// Leaves the group, and frees the client where that is safe. What was not released yet is.
  package func close() {
    guard let client else { return }
    isClosing = true
    // librdkafka before 2.3 aborts if a client is destroyed that has joined and was given nothing yet (its issue 4312).
    if library.leaveGroup(client), wasAssigned { library.destroyClient(client) }
    self.client = nil
  }

  /// Handles what the brokers sent.
  package func poll() -> [Event] {
    guard let client else { return [] }
    wakeup.clear()
    while let message = library.poll(client, 0) {
      // Records do not come, for all partitions are paused.
      let code = message.pointee.err
      if code == RD_KAFKA_RESP_ERR_NO_ERROR {
        fault.end()
      } else {
        fault.note(code.rawValue, library.sentence(code))
      }
      library.destroyMessage(message)
    }
    defer { events = [] }
    return events
  }

  private func rebalance(_ code: KafkaLibrary.Code, _ list: KafkaLibrary.Partitions?) {
    guard let client, let list else { return }
    let all = UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    let numbers = all.map(\.partition)
    fault.end()
    switch code {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
      wasAssigned = true
      for index in 0..<Int(list.pointee.cnt) {
        list.pointee.elems[index].offset = Int64(RD_KAFKA_OFFSET_END)
      }
      note(library.assignMore(client, list))
      _ = library.pause(client, list)
      events.append(.assigned(numbers))
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS where !isClosing:
      events.append(isLost ? .lost(numbers) : .revoked(numbers))
    default: note(library.assignLess(client, list))
    }
  }

  private func note(_ error: OpaquePointer?) {
    guard let error else { return }
    fault.note(RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS.rawValue, "the group's assignment is refused")
    library.destroyError(error)
  }

  /// Whether the group has gone on without us.
  package var isLost: Bool { client.map { library.isAssignmentLost($0) != 0 } ?? true }

  /// Gives partitions back that were revoked or lost.
  ///
  /// - Parameter partitions: All of one event.
  package func release(_ partitions: [Int32]) {
    guard let client else { return }
    library.withPartitions(of: topic, partitions.map { ($0, 0) }) {
      note(library.assignLess(client, $0))
    }
  }

  /// Commits the offset of a partition's next record, for tools that show how far behind a group is; it is never read.
  package func publish(_ offset: Int64, of partition: Int32) {
    guard let client else { return }
    _ = library.withPartitions(of: topic, [(partition, offset)]) { library.commit(client, $0, 1) }
  }
}
