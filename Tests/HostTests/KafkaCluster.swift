import CRdKafka
import Glibc

/// Brokers on this machine that speak the real protocol: the mock cluster within librdkafka, and a producer.
final class KafkaCluster {
  private nonisolated(unsafe) static let library = dlopen("librdkafka.so.1", RTLD_NOW)
  static var isPossible: Bool { library != nil }

  private static func call<Function>(_ name: String, _ type: Function.Type = Function.self)
    -> Function
  {
    unsafeBitCast(dlsym(library, "rd_kafka_" + name)!, to: type)
  }

  private typealias Text = UnsafePointer<CChar>
  private let producer: OpaquePointer
  private let cluster: OpaquePointer
  private var topics: [String: OpaquePointer] = [:]
  let brokers: [String]

  init(brokerCount: Int = 1) {
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
    for (name, value) in [
      ("test.mock.num.brokers", "\(brokerCount)"), ("linger.ms", "0"), ("log_level", "0"),
    ] {
      precondition(set(configuration, name, value, nil, 0) == RD_KAFKA_CONF_OK)
    }
    producer = open(RD_KAFKA_PRODUCER, configuration, nil, 0)!
    cluster = mock(producer)!
    brokers = String(cString: addresses(cluster)!).split(separator: ",").map(String.init)
  }

  deinit {
    let drop: @convention(c) (OpaquePointer) -> Void = Self.call("topic_destroy")
    for topic in topics.values { drop(topic) }
    let destroy: @convention(c) (OpaquePointer) -> Void = Self.call("destroy")
    destroy(producer)
  }

  func makeTopic(_ name: String, partitions: Int) {
    let make: @convention(c) (OpaquePointer, Text, CInt, CInt) -> rd_kafka_resp_err_t =
      Self.call("mock_topic_create")
    precondition(make(cluster, name, CInt(partitions), 1) == RD_KAFKA_RESP_ERR_NO_ERROR)
  }

  /// Writes records, one after the other, and waits until they are there.
  ///
  /// - Parameter key: Of all of them.
  func write(_ records: [String], key: String? = nil, to topic: String, partition: Int32 = 0) {
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

  func setDown(_ isDown: Bool) {
    let set: @convention(c) (OpaquePointer, Int32) -> rd_kafka_resp_err_t =
      Self.call(isDown ? "mock_broker_set_down" : "mock_broker_set_up")
    precondition(set(cluster, 1) == RD_KAFKA_RESP_ERR_NO_ERROR)
  }
}
