import Host
import Testing

/// What brokers that are away report, by the codes of librdkafka's header.
@Suite struct KafkaFaultTests {
  private static let (transport, resolve, allDown, ssl): (Int32, Int32, Int32, Int32) =
    (-195, -193, -187, -181)

  private func sentences(_ reports: [(Int32, String)]) -> [String?] {
    var fault = KafkaFault()
    return reports.map { code, sentence in
      fault.note(code, sentence)
      return fault.sentence
    }
  }

  /// As a broker without TLS is seen.
  @Test func whatSaysMostStays() {
    let reports = [
      (Self.allDown, "1/1 brokers are down"), (Self.ssl, "a: handshake failed"),
      (Self.transport, "a: Disconnected"), (Self.ssl, "a: handshake failed"),
      (Self.allDown, "1/1 brokers are down"),
    ]
    #expect(
      sentences(reports) == ["1/1 brokers are down"]
        + Array(repeating: "a: handshake failed", count: 4))
  }

  @Test func severalBrokersAreOneFault() {
    let reports = ["a", "b", "c", "a"].map { (Self.transport, "\($0): Connection refused") }
    #expect(sentences(reports) == Array(repeating: "a: Connection refused", count: 4))
  }

  @Test(arguments: [
    (-195, true), (-193, true), (-187, true), (-181, false), (3, false), (29, false),
  ])
  func whoIsReachedIsNoMatterOfTheNetwork(code: Int32, isOfNetwork: Bool) {
    var fault = KafkaFault()
    #expect(!fault.isOfNetwork)
    fault.note(code, "a sentence")
    #expect(fault.isOfNetwork == isOfNetwork)
  }

  @Test func anotherFaultIsSaid() {
    #expect(
      sentences([(Self.ssl, "handshake"), (Self.resolve, "no such host")])
        == ["handshake", "no such host"])
    var fault = KafkaFault()
    fault.note(Self.ssl, "handshake")
    fault.end()
    #expect(fault.sentence == nil)
    fault.note(Self.allDown, "down")
    #expect(fault.sentence == "down")
  }
}
