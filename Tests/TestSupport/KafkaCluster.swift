internal import CRdKafka
internal import Foundation
internal import Glibc

/// Brokers that speak the real protocol, and a producer: the mock cluster within librdkafka, or others that are named.
package final class KafkaCluster {
  private nonisolated(unsafe) static let library = dlopen("librdkafka.so.1", RTLD_NOW)
  package static var isPossible: Bool { library != nil }

  private static func call<Function>(_ name: String, _ type: Function.Type = Function.self)
    -> Function
  {
    unsafeBitCast(dlsym(library, "rd_kafka_" + name)!, to: type)
  }

  private typealias Text = UnsafePointer<CChar>
  private let producer: OpaquePointer
  /// The library's own; nil if the brokers are others.
  private let cluster: OpaquePointer?
  private var topics: [String: OpaquePointer] = [:]
  package let brokers: [String]

  /// Whether the brokers are the library's own, which can be taken down.
  package var isOwn: Bool { cluster != nil }

  /// The shortest session that they are made for. Those of the library wait as long before they assign partitions.
  package var sessionMilliseconds: Int { isOwn ? 3_000 : 10_000 }

  /// The brokers that `HARBINGER_TEST_BROKERS` names, as `host:port,…`; nil if it names none.
  package static let named = ProcessInfo.processInfo.environment["HARBINGER_TEST_BROKERS"]

  /// - Parameter named: Other brokers than the library's own, with commas.
  package init(brokerCount: Int = 1, named: String? = nil) {
    let make: @convention(c) () -> OpaquePointer? = Self.call("conf_new")
    let set:
      @convention(c) (OpaquePointer, Text, Text, UnsafeMutablePointer<CChar>?, Int)
        -> rd_kafka_conf_res_t = Self.call("conf_set")
    let open:
      @convention(c) (rd_kafka_type_t, OpaquePointer, UnsafeMutablePointer<CChar>?, Int)
        -> OpaquePointer? = Self.call("new")
    let mock: @convention(c) (OpaquePointer) -> OpaquePointer? = Self.call("handle_mock_cluster")
    let addresses: @convention(c) (OpaquePointer) -> Text? = Self.call("mock_cluster_bootstraps")
    let configuration = make()!
    let place =
      named.map { ("bootstrap.servers", $0) } ?? ("test.mock.num.brokers", "\(brokerCount)")
    for (name, value) in [place, ("linger.ms", "0"), ("log_level", "0")] {
      precondition(set(configuration, name, value, nil, 0) == RD_KAFKA_CONF_OK)
    }
    producer = open(RD_KAFKA_PRODUCER, configuration, nil, 0)!
    cluster = named == nil ? mock(producer)! : nil
    let list = named ?? cluster.map { String(cString: addresses($0)!) } ?? ""
    brokers = list.split(separator: ",").map(String.init)
  }

  deinit {
    let drop: @convention(c) (OpaquePointer) -> Void = Self.call("topic_destroy")
    for topic in topics.values { drop(topic) }
    let destroy: @convention(c) (OpaquePointer) -> Void = Self.call("destroy")
    destroy(producer)
  }

  package func makeTopic(_ name: String, partitions: Int) {
    guard let cluster else { return requestTopic(name, partitions) }
    let make: @convention(c) (OpaquePointer, Text, CInt, CInt) -> rd_kafka_resp_err_t =
      Self.call("mock_topic_create")
    precondition(make(cluster, name, CInt(partitions), 1) == RD_KAFKA_RESP_ERR_NO_ERROR)
  }

  private func requestTopic(_ name: String, _ partitions: Int) {
    let make:
      @convention(c) (Text, CInt, CInt, UnsafeMutablePointer<CChar>?, Int) -> OpaquePointer? =
        Self.call("NewTopic_new")
    let create:
      @convention(c) (
        OpaquePointer, UnsafeMutablePointer<OpaquePointer?>, Int, OpaquePointer?, OpaquePointer
      ) -> Void = Self.call("CreateTopics")
    let newQueue: @convention(c) (OpaquePointer) -> OpaquePointer? = Self.call("queue_new")
    let poll: @convention(c) (OpaquePointer, CInt) -> OpaquePointer? = Self.call("queue_poll")
    let error: @convention(c) (OpaquePointer) -> rd_kafka_resp_err_t = Self.call("event_error")
    var topic = make(name, CInt(partitions), 1, nil, 0)
    let queue = newQueue(producer)!
    create(producer, &topic, 1, nil, queue)
    let answer = poll(queue, 30_000)
    precondition(answer.map(error) == RD_KAFKA_RESP_ERR_NO_ERROR, "no topic is made")
  }

  /// Writes records, one after the other, and waits until they are there.
  ///
  /// - Parameter key: Of all of them.
  package func write(
    _ records: [String], key: String? = nil, to topic: String, partition: Int32 = 0
  ) {
    let open: @convention(c) (OpaquePointer, Text, OpaquePointer?) -> OpaquePointer? =
      Self.call("topic_new")
    let produce:
      @convention(c) (
        OpaquePointer, Int32, CInt, UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int,
        UnsafeMutableRawPointer?
      ) -> CInt = Self.call("produce")
    let target = topics[topic] ?? open(producer, topic, nil)!
    topics[topic] = target
    for record in records {
      var bytes = Array(record.utf8)
      let count = bytes.count
      let copy: CInt = 2
      let status = bytes.withUnsafeMutableBytes { value in
        guard let key else {
          return produce(target, partition, copy, value.baseAddress, count, nil, 0, nil)
        }
        return Array(key.utf8).withUnsafeBytes {
          produce(target, partition, copy, value.baseAddress, count, $0.baseAddress, $0.count, nil)
        }
      }
      precondition(status == 0, "the record cannot be produced")
    }
    flush()
  }

  private func flush() {
    let flush: @convention(c) (OpaquePointer, CInt) -> rd_kafka_resp_err_t = Self.call("flush")
    precondition(flush(producer, 60_000) == RD_KAFKA_RESP_ERR_NO_ERROR)
  }

  /// Has the brokers say that there is no such topic.
  package func deny(_ topic: String) {
    let set: @convention(c) (OpaquePointer, Text, rd_kafka_resp_err_t) -> Void =
      Self.call("mock_topic_set_error")
    set(cluster!, topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
  }

  package func setDown(_ isDown: Bool) {
    let set: @convention(c) (OpaquePointer, Int32) -> rd_kafka_resp_err_t =
      Self.call(isDown ? "mock_broker_set_down" : "mock_broker_set_up")
    precondition(set(cluster!, 1) == RD_KAFKA_RESP_ERR_NO_ERROR)
  }
}
