import CRdKafka
import Glibc

/// The functions of librdkafka that a consumer needs, loaded from the shared library if it is installed.
///
/// It is loaded, not linked, so that an installation without Kafka neither needs it nor has it in memory.
struct KafkaLibrary: Sendable {
  typealias Client = OpaquePointer
  typealias Configuration = OpaquePointer
  typealias Queue = OpaquePointer
  typealias Message = UnsafeMutablePointer<rd_kafka_message_t>
  typealias Partitions = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
  typealias Partition = UnsafeMutablePointer<rd_kafka_topic_partition_t>
  typealias Text = UnsafePointer<CChar>
  typealias Code = rd_kafka_resp_err_t
  typealias OnRebalance =
    @convention(c) (Client?, Code, Partitions?, UnsafeMutableRawPointer?) -> Void
  typealias OnDelivery =
    @convention(c) (Client?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void
  typealias OnError = @convention(c) (Client?, CInt, Text?, UnsafeMutableRawPointer?) -> Void
  typealias OnLog = @convention(c) (Client?, CInt, Text?, Text?) -> Void

  let newConfiguration: @Sendable @convention(c) () -> Configuration?
  let destroyConfiguration: @Sendable @convention(c) (Configuration) -> Void
  /// Configuration, name, value, buffer for an error message, and its size.
  let setProperty:
    @Sendable @convention(c) (Configuration, Text, Text, UnsafeMutablePointer<CChar>, Int)
      -> rd_kafka_conf_res_t
  let setOpaque: @Sendable @convention(c) (Configuration, UnsafeMutableRawPointer) -> Void
  let setOnDelivery: @Sendable @convention(c) (Configuration, OnDelivery) -> Void
  let setOnRebalance: @Sendable @convention(c) (Configuration, OnRebalance) -> Void
  let setOnError: @Sendable @convention(c) (Configuration, OnError) -> Void
  let setOnLog: @Sendable @convention(c) (Configuration, OnLog) -> Void
  /// Takes ownership of the configuration, unless it returns nil.
  let newClient:
    @Sendable @convention(c) (rd_kafka_type_t, Configuration, UnsafeMutablePointer<CChar>, Int)
      -> Client?
  let pollByConsumer: @Sendable @convention(c) (Client) -> Code
  /// Begins to close it; it is closed while the queue is served. Returns an error that is to be destroyed, or nil.
  let beginClosingConsumer: @Sendable @convention(c) (Client, Queue) -> OpaquePointer?
  let isConsumerClosed: @Sendable @convention(c) (Client) -> CInt
  /// Closes a consumer, too.
  let destroyClient: @Sendable @convention(c) (Client) -> Void
  let newPartitions: @Sendable @convention(c) (CInt) -> Partitions?
  let addPartition: @Sendable @convention(c) (Partitions, Text, Int32) -> Partition?
  let destroyPartitions: @Sendable @convention(c) (Partitions) -> Void
  let subscribe: @Sendable @convention(c) (Client, Partitions) -> Code
  let unsubscribe: @Sendable @convention(c) (Client) -> Code
  /// The list is to be destroyed.
  let assignment: @Sendable @convention(c) (Client, UnsafeMutablePointer<Partitions?>) -> Code
  let assign: @Sendable @convention(c) (Client, Partitions?) -> Code
  /// Both return an error that is to be destroyed; nil if there is none.
  let assignMore: @Sendable @convention(c) (Client, Partitions) -> OpaquePointer?
  let assignLess: @Sendable @convention(c) (Client, Partitions) -> OpaquePointer?
  let destroyError: @Sendable @convention(c) (OpaquePointer) -> Void
  let isAssignmentLost: @Sendable @convention(c) (Client) -> CInt
  let pause: @Sendable @convention(c) (Client, Partitions) -> Code
  let commit: @Sendable @convention(c) (Client, Partitions, CInt) -> Code
  let poll: @Sendable @convention(c) (Client, CInt) -> Message?
  let newQueue: @Sendable @convention(c) (Client) -> Queue?
  /// Calls the callbacks of what is in a queue, and waits at most so many milliseconds for it.
  let serve: @Sendable @convention(c) (Queue, CInt) -> CInt
  let consumerQueue: @Sendable @convention(c) (Client) -> Queue?
  let partitionQueue: @Sendable @convention(c) (Client, Text, Int32) -> Queue?
  let forward: @Sendable @convention(c) (Queue, Queue?) -> Void
  /// Queue, descriptor (−1 for none), and the bytes that are written to it when an empty queue receives something.
  let enableWakeups: @Sendable @convention(c) (Queue, CInt, UnsafeRawPointer, Int) -> Void
  /// Queue, timeout in milliseconds, and an array of messages with its size; −1 if it fails.
  let consumeBatch:
    @Sendable @convention(c) (Queue, CInt, UnsafeMutablePointer<Message?>, Int) -> Int
  let destroyQueue: @Sendable @convention(c) (Queue) -> Void
  let destroyMessage: @Sendable @convention(c) (Message) -> Void
  /// In milliseconds since the epoch; −1 if the message has none.
  let timestamp:
    @Sendable @convention(c) (Message, UnsafeMutablePointer<rd_kafka_timestamp_type_t>?) -> Int64
  let openTopic: @Sendable @convention(c) (Client, Text, OpaquePointer?) -> OpaquePointer?
  let destroyTopic: @Sendable @convention(c) (OpaquePointer) -> Void
  /// Client, whether of all topics, the topic, the answer, and the timeout in milliseconds.
  let metadata:
    @Sendable @convention(c) (
      Client, CInt, OpaquePointer?, UnsafeMutablePointer<UnsafePointer<rd_kafka_metadata>?>, CInt
    ) -> Code
  let destroyMetadata: @Sendable @convention(c) (UnsafePointer<rd_kafka_metadata>) -> Void
  /// Topic, partition, flags, value and its size, key and its size, and a pointer for the delivery report.
  let produce:
    @Sendable @convention(c) (
      OpaquePointer, Int32, CInt, UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int,
      UnsafeMutableRawPointer?
    ) -> CInt
  /// Waits until all records are delivered, at most so many milliseconds.
  let flush: @Sendable @convention(c) (Client, CInt) -> Code
  let text: @Sendable @convention(c) (Code) -> Text?

  /// Nil if the library is not installed.
  static let installed = try? KafkaLibrary()

  /// - Throws: That it is not installed.
  static func required() throws(KafkaFailure) -> KafkaLibrary {
    guard let installed else { throw KafkaFailure(KafkaTopic.notInstalled) }
    return installed
  }

  private struct Missing: Error {}

  private init() throws(Missing) {
    // The number is that of the binary interface to which the imported types belong.
    guard let library = dlopen("librdkafka.so.1", RTLD_NOW | RTLD_LOCAL) else { throw Missing() }
    func find<Function>(_ name: String) throws(Missing) -> Function {
      guard let symbol = dlsym(library, "rd_kafka_" + name) else { throw Missing() }
      return unsafeBitCast(symbol, to: Function.self)
    }
    newConfiguration = try find("conf_new")
    destroyConfiguration = try find("conf_destroy")
    setProperty = try find("conf_set")
    setOpaque = try find("conf_set_opaque")
    setOnDelivery = try find("conf_set_dr_msg_cb")
    setOnRebalance = try find("conf_set_rebalance_cb")
    setOnError = try find("conf_set_error_cb")
    setOnLog = try find("conf_set_log_cb")
    newClient = try find("new")
    pollByConsumer = try find("poll_set_consumer")
    beginClosingConsumer = try find("consumer_close_queue")
    isConsumerClosed = try find("consumer_closed")
    destroyClient = try find("destroy")
    newPartitions = try find("topic_partition_list_new")
    addPartition = try find("topic_partition_list_add")
    destroyPartitions = try find("topic_partition_list_destroy")
    subscribe = try find("subscribe")
    unsubscribe = try find("unsubscribe")
    assignment = try find("assignment")
    assign = try find("assign")
    assignMore = try find("incremental_assign")
    assignLess = try find("incremental_unassign")
    destroyError = try find("error_destroy")
    isAssignmentLost = try find("assignment_lost")
    pause = try find("pause_partitions")
    commit = try find("commit")
    poll = try find("consumer_poll")
    newQueue = try find("queue_new")
    serve = try find("queue_poll_callback")
    consumerQueue = try find("queue_get_consumer")
    partitionQueue = try find("queue_get_partition")
    forward = try find("queue_forward")
    enableWakeups = try find("queue_io_event_enable")
    consumeBatch = try find("consume_batch_queue")
    destroyQueue = try find("queue_destroy")
    destroyMessage = try find("message_destroy")
    timestamp = try find("message_timestamp")
    openTopic = try find("topic_new")
    destroyTopic = try find("topic_destroy")
    metadata = try find("metadata")
    destroyMetadata = try find("metadata_destroy")
    produce = try find("produce")
    flush = try find("flush")
    text = try find("err2str")
  }

  /// Writes to an eventfd when an empty queue receives something.
  ///
  /// - Parameter descriptor: −1 for none.
  func wake(_ descriptor: Int32, by queue: Queue) {
    var one: UInt64 = 1
    enableWakeups(queue, descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// Leaves a consumer group, and calls its callbacks meanwhile.
  ///
  /// The subscription ends first, because librdkafka before 2.4 never finishes closing a consumer that is given partitions
  /// while it closes (its issue 4527). Whatever else keeps it open, nobody waits for it for longer than ten seconds.
  ///
  /// - Returns: Whether it has left. If not, the client must not be destroyed, which would wait for the same; the group goes
  ///   on without it after the session's time.
  func leaveGroup(_ client: Client) -> Bool {
    let deadline = WallClock.monotonicMicroseconds + 10_000_000
    if let queue = consumerQueue(client) {
      // Its eventfd may be closed before the client is.
      wake(-1, by: queue)
      destroyQueue(queue)
    }
    _ = unsubscribe(client)
    repeat {
      if let message = poll(client, 50) { destroyMessage(message) }
    } while hasAssignment(client) && WallClock.monotonicMicroseconds < deadline
    guard let queue = newQueue(client) else { return false }
    defer { destroyQueue(queue) }
    if let error = beginClosingConsumer(client, queue) {
      destroyError(error)
      return false
    }
    while isConsumerClosed(client) == 0, WallClock.monotonicMicroseconds < deadline {
      _ = serve(queue, 50)
    }
    return isConsumerClosed(client) != 0
  }

  private func hasAssignment(_ client: Client) -> Bool {
    var list: Partitions?
    guard assignment(client, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return false }
    defer { destroyPartitions(list) }
    return list.pointee.cnt > 0
  }

  func sentence(_ code: Code) -> String {
    text(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
  }

  /// A client with the connection of a topic.
  ///
  /// - Parameters:
  ///   - defaults: The properties of the topic have precedence over these.
  ///   - prepare: Sets callbacks.
  /// - Throws: `KafkaFailure`; `SystemError` and `Secret.Missing` if the password cannot be read.
  func client(
    _ kind: rd_kafka_type_t, of topic: KafkaTopic, defaults: [KafkaTopic.Property] = [],
    properties: [KafkaTopic.Property] = [], _ prepare: (Configuration) -> Void = { _ in }
  ) throws -> Client {
    let configuration = try configuration(
      defaults + topic.properties + (try topic.secretProperties()) + properties + [
        .init(name: "bootstrap.servers", value: topic.brokers.joined(separator: ","))
      ])
    prepare(configuration)
    setOnLog(configuration) { _, _, _, _ in }
    var client: Client?
    let refusal = withErrorText { room, size in
      client = newClient(kind, configuration, room, size)
      return client != nil
    }
    guard let client else {
      destroyConfiguration(configuration)
      throw KafkaFailure(refusal ?? "no memory")
    }
    return client
  }

  /// - Parameter offsets: By partition.
  func withPartitions<Result>(
    of topic: KafkaTopic, _ offsets: [(partition: Int32, offset: Int64)],
    _ body: (Partitions) -> Result
  ) -> Result {
    let list = newPartitions(CInt(offsets.count))!
    defer { destroyPartitions(list) }
    for (partition, offset) in offsets {
      addPartition(list, topic.topic, partition)?.pointee.offset = offset
    }
    return body(list)
  }

  /// A configuration with these properties.
  ///
  /// - Throws: The library's message about the first property that it rejects.
  func configuration(_ properties: [KafkaTopic.Property]) throws(KafkaFailure) -> Configuration {
    guard let configuration = newConfiguration() else { throw KafkaFailure("no memory") }
    for property in properties {
      if let refusal = refusal(of: property, in: configuration) {
        destroyConfiguration(configuration)
        throw KafkaFailure(refusal)
      }
    }
    return configuration
  }

  private func refusal(of property: KafkaTopic.Property, in configuration: Configuration)
    -> String?
  {
    withErrorText { room, size in
      setProperty(configuration, property.name, property.value, room, size) == RD_KAFKA_CONF_OK
    }
  }

  /// - Parameter body: Returns whether it succeeded; if not, it has written a message into the buffer.
  func withErrorText(_ body: (UnsafeMutablePointer<CChar>, Int) -> Bool) -> String? {
    var isGood = false
    let room = [CChar](unsafeUninitializedCapacity: 512) { buffer, count in
      buffer.initialize(repeating: 0)
      isGood = body(buffer.baseAddress!, buffer.count)
      count = buffer.count
    }
    return isGood ? nil : room.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
}

/// Why a topic cannot be read or written, as librdkafka puts it.
package struct KafkaFailure: Error, Equatable, CustomStringConvertible {
  let sentence: String

  init(_ sentence: String) { self.sentence = sentence }

  package var description: String { sentence }

  /// The reason of an error of a connection, without the variable part of
  /// `Connection refused (after 2ms in state CONNECT, 3 identical error(s) suppressed)`, so that it stays one failure.
  static func sentence(_ reason: UnsafePointer<CChar>) -> String {
    let reason = String(cString: reason)
    return reason.firstRange(of: " (after ").map { String(reason[..<$0.lowerBound]) } ?? reason
  }
}
