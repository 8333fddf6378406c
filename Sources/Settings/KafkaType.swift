internal import Host
internal import Yams

extension SettingType where Value == KafkaTopic {
  /// `{ brokers: [kafka1:9092, kafka2:9092], topic: access, security.protocol: ssl }`
  static var kafka: Self {
    let properties = KafkaTopic.propertyNames.map { ($0, value.schema) }
    return Self(
      .object(
        [
          ("brokers", brokers.schema), ("topic", topic.schema), ("group", group.schema),
          ("state_topic", topic.schema), ("password", password.schema),
        ] + properties),
      show: { kafka in
        let own = [
          "brokers: \(brokers.show(kafka.brokers))", "topic: \(topic.show(kafka.topic))",
          "group: \(group.show(kafka.group))",
        ]
        let shared = kafka.stateTopic.map { ["state_topic: \(topic.show($0))"] } ?? []
        let secret = kafka.password.map { ["password: \(password.show($0))"] } ?? []
        let properties = kafka.properties.map { "\($0.name): \(value.show($0.value))" }
        return "{ \((own + shared + secret + properties).joined(separator: ", ")) }"
      },
      read: { node, path, context in
        guard case .mapping(let mapping) = node, mapping.count <= 64 else {
          context.report(
            of: path, found: node.found,
            expected: "brokers and a topic, such as { brokers: kafka:9092, topic: access }")
          return nil
        }
        var kafka = KafkaTopic()
        for (keyNode, value) in mapping {
          if context.reportIfRepeated(keyNode, in: mapping, of: path) { continue }
          kafka.read(keyNode, value, path, &context)
        }
        for (key, isMissing) in [
          ("brokers", kafka.brokers.isEmpty), ("topic", kafka.topic.isEmpty),
        ] where isMissing && !context.hasProblem(of: "\(path).\(key)") {
          context.report(
            of: "\(path).\(key)", found: "nothing", expected: "every topic to have it")
        }
        if let stateTopic = kafka.stateTopic, stateTopic == kafka.topic {
          context.report(
            of: "\(path).state_topic", found: "the topic that is read",
            expected: "another one, with as many partitions and cleanup.policy=compact")
        }
        kafka.checkSession(path, &context)
        return kafka
      })
  }

  fileprivate static var brokers: SettingType<[String]> {
    .oneOrMore(.text(limit: 255, "a broker as HOST:PORT"), count: 1...100)
  }
  fileprivate static var topic: SettingType<String> {
    .name("the name of a topic:", limit: 249)
  }
  fileprivate static var group: SettingType<String> {
    .name("the name of a group:", limit: 249)
  }
  fileprivate static var password: SettingType<String> {
    .text(limit: 4_096, "a file's path, or the name of a credential")
  }
  fileprivate static var value: SettingType<String> {
    .text(limit: 1_024, "the value of a property")
  }
}

extension KafkaTopic {
  /// Reports times with which no member would stay in the group.
  fileprivate func checkSession(_ path: String, _ context: inout DecodingContext) {
    let (sessionKey, heartbeatKey) = ("session.timeout.ms", "heartbeat.interval.ms")
    func milliseconds(_ name: String) -> Int? {
      properties.last { $0.name == name }.flatMap { Int($0.value) }
    }
    let session = milliseconds(sessionKey) ?? Self.sessionMilliseconds
    let heartbeat = milliseconds(heartbeatKey) ?? Self.heartbeatMilliseconds
    if session <= heartbeat {
      let key = milliseconds(heartbeatKey) == nil ? sessionKey : heartbeatKey
      context.report(
        of: "\(path).\(key)",
        found: "a heartbeat every \(heartbeat) ms in a session of \(session) ms",
        expected: "a \(heartbeatKey) below \(sessionKey), such as a third of it")
    } else if stateTopic != nil, session > Self.handoverMilliseconds {
      context.report(
        of: "\(path).\(sessionKey)", found: "\(session)",
        expected: "at most \(Self.handoverMilliseconds) with a state_topic")
    }
  }

  /// Reads one key.
  fileprivate mutating func read(
    _ keyNode: Node, _ node: Node, _ path: String, _ context: inout DecodingContext
  ) {
    let key = keyNode.scalar?.string ?? ""
    let keyPath = "\(path).\(key)"
    typealias Kafka = SettingType<KafkaTopic>
    context.note(node, at: keyPath)
    switch key {
    case "brokers": brokers = Kafka.brokers.read(node, keyPath, &context) ?? []
    case "topic": topic = Kafka.topic.read(node, keyPath, &context) ?? ""
    case "group": group = Kafka.group.read(node, keyPath, &context) ?? group
    case "state_topic": stateTopic = Kafka.topic.read(node, keyPath, &context)
    case "password": password = Kafka.password.read(node, keyPath, &context)
    case _ where Self.propertyNames.contains(key):
      guard let value = Kafka.value.read(node, keyPath, &context) else { return }
      let property = Property(name: key, value: value)
      if let refusal = Self.refusal(of: property) {
        context.report(of: keyPath, found: yaml(value), expected: "a value for it (\(refusal))")
      }
      properties.append(property)
    default:
      context.report(
        at: keyNode, of: path, found: keyNode.found,
        expected:
          "brokers, topic, group, state_topic, password or a property of librdkafka's connections")
    }
  }
}
