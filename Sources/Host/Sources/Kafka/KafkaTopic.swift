/// A Kafka topic whose records are lines.
package struct KafkaTopic: SourceOrigin, Equatable {
  /// A configuration property of librdkafka.
  package struct Property: Equatable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// `HOST:PORT` each; one reachable broker is enough to find the others.
  package var brokers: [String]
  package var topic: String
  /// The consumer group to join.
  package var group: String
  /// The compacted topic with the states of the partitions; nil if the group has one member, which keeps its own.
  package var stateTopic: String?
  /// The one partition to read, without joining the group; nil for those that the group assigns.
  package var partition: Int32?
  /// Further properties, such as those of TLS, SASL and timeouts.
  package var properties: [Property]
  /// The file with the SASL password, or the name of a credential of the unit.
  package var password: String?

  package init(
    brokers: [String] = [], topic: String = "", group: String = "harbinger",
    properties: [Property] = [], password: String? = nil
  ) {
    self.brokers = brokers
    self.topic = topic
    self.group = group
    self.properties = properties
    self.password = password
  }

  package func open(_ source: SourceDescription, _ context: SourceContext) -> any Source {
    KafkaFeed(source: source, topic: self, cursors: context.cursors)
  }

  package var obstacle: IntakeProblem? {
    if KafkaLibrary.installed == nil { return problem(Self.notInstalled) }
    do {
      _ = try secretProperties()
      return nil
    } catch {
      return problem("\(error)")
    }
  }

  /// How long the group waits for a member that is silent, unless `session.timeout.ms` says otherwise.
  package static let sessionMilliseconds = 10_000
  /// librdkafka's own `heartbeat.interval.ms`.
  package static let heartbeatMilliseconds = 3_000
  /// How long the group waits for partitions that are to be handed over.
  package static let handoverMilliseconds = 300_000

  static let notInstalled = "librdkafka.so.1 is not installed (Debian's package librdkafka1)"

  func problem(_ reason: String) -> IntakeProblem { .kafka(topic: topic, reason: reason) }

  func secretProperties() throws -> [Property] {
    guard let password else { return [] }
    let bytes = try Secret.read(password)
    return [Property(name: "sasl.password", value: String(decoding: bytes, as: UTF8.self))]
  }

  // MARK: Permitted properties

  /// The properties that may be set: those of the connection. Properties that load code, run a command or change
  /// offsets are excluded.
  package static let propertyNames = [
    "broker.address.family", "check.crcs", "client.id", "client.rack", "connections.max.idle.ms",
    "fetch.error.backoff.ms", "fetch.max.bytes", "fetch.message.max.bytes", "fetch.min.bytes",
    "fetch.wait.max.ms", "group.instance.id", "heartbeat.interval.ms", "isolation.level",
    "metadata.max.age.ms", "queued.max.messages.kbytes", "receive.message.max.bytes",
    "reconnect.backoff.max.ms", "reconnect.backoff.ms", "sasl.kerberos.keytab",
    "sasl.kerberos.principal", "sasl.kerberos.service.name", "sasl.mechanism", "sasl.mechanisms",
    "sasl.oauthbearer.client.id", "sasl.oauthbearer.method", "sasl.oauthbearer.scope",
    "sasl.oauthbearer.token.endpoint.url", "sasl.username", "security.protocol",
    "session.timeout.ms", "socket.connection.setup.timeout.ms", "socket.keepalive.enable",
    "socket.timeout.ms", "ssl.ca.location", "ssl.certificate.location", "ssl.cipher.suites",
    "ssl.crl.location", "ssl.curves.list", "ssl.endpoint.identification.algorithm",
    "ssl.key.location", "ssl.sigalgs.list", "topic.metadata.refresh.interval.ms",
  ]

  /// - Returns: librdkafka's message about a value that it rejects; nil if it accepts it, or if the library is not
  ///   installed.
  package static func refusal(of property: Property) -> String? {
    guard let library = KafkaLibrary.installed else { return nil }
    do throws(KafkaFailure) {
      library.destroyConfiguration(try library.configuration([property]))
      return nil
    } catch {
      return error.sentence
    }
  }
}
