import CRdKafka

/// Why there are no records, or no group. While brokers are away each of them reports it, again and again and in several
/// ways, and of these what says most stays: so one fault is one sentence, and not a new one every second.
package struct KafkaFault {
  private var known: (code: Int32, sentence: String)?

  package init() {}

  /// Nil if there is none.
  package var sentence: String? { known?.sentence }

  /// Whether no broker was reached; else one has answered, or refused us.
  package var isOfNetwork: Bool {
    let codes = [
      RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TRANSPORT,
      RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__RESOLVE,
    ]
    return known.map { codes.map(\.rawValue).contains($0.code) } ?? false
  }

  /// - Parameter code: An error code of librdkafka.
  package mutating func note(_ code: Int32, _ sentence: String) {
    if let known {
      let (before, now) = (Self.weight(known.code), Self.weight(code))
      guard now > before || now == before && now == 2 && code != known.code else { return }
    }
    known = (code, sentence)
  }

  /// Records come, or the group is there.
  package mutating func end() { known = nil }

  /// That all brokers are down says nothing of why, and that a connection ended not always.
  private static func weight(_ code: Int32) -> Int {
    switch rd_kafka_resp_err_t(code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: 0
    case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TIMED_OUT: 1
    default: 2
    }
  }
}
