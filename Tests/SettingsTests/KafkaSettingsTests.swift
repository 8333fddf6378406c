import Settings
import Testing

@Test(arguments: [
  ("kafka: { brokers: b, topic: t, client.id: x }", nil),
  ("kafka: { brokers: b, topic: t, state_topic: s }", nil),
  (
    "kafka: { brokers: b, topic: t, state_topic: t }",
    "1:66: sources[0].kafka.state_topic: found the topic that is read, expected another one, with as many partitions and cleanup.policy=compact"
  ),
  (
    "start: end, kafka: { brokers: b, topic: t, state_topic: s }",
    "1:29: sources[0].start: found end, expected beginning with a state_topic, as whoever is given a partition counts the same records"
  ),
  (
    "kafka: { brokers: b, topic: t, state_topic: s } }, { name: b, files: /b",
    "1:66: sources[0].kafka.state_topic: found it beside other sources, expected it as the only source, as all of its state moves with its partitions"
  ),
  ("kafka: { brokers: b, topic: t, session.timeout.ms: 30000, heartbeat.interval.ms: 10000 }", nil),
  (
    "kafka: { brokers: b, topic: t, heartbeat.interval.ms: 10000 }",
    "1:76: sources[0].kafka.heartbeat.interval.ms: found a heartbeat every 10000 ms in a session of 10000 ms, expected a heartbeat.interval.ms below session.timeout.ms, such as a third of it"
  ),
  (
    "kafka: { brokers: b, topic: t, session.timeout.ms: 2000 }",
    "1:73: sources[0].kafka.session.timeout.ms: found a heartbeat every 3000 ms in a session of 2000 ms, expected a heartbeat.interval.ms below session.timeout.ms, such as a third of it"
  ),
  (
    "kafka: { brokers: b, topic: t, state_topic: s, session.timeout.ms: 300001 }",
    "1:89: sources[0].kafka.session.timeout.ms: found 300001, expected at most 300000 with a state_topic"
  ),
  (
    "kafka: { topic: t }",
    "1:29: sources[0].kafka.brokers: found nothing, expected every topic to have it"
  ),
  (
    "kafka: { brokers: b, topic: a/b }",
    "1:50: sources[0].kafka.topic: found 'a/b', expected the name of a topic: at most 249 letters, digits, '.', '_' and '-'"
  ),
  (
    "kafka: { brokers: b, topic: t, plugin.library.paths: x }",
    "1:53: sources[0].kafka: found 'plugin.library.paths', expected brokers, topic, group, state_topic, password or a property of librdkafka's connections"
  ),
]) func topicOfKafkaIsChecked(yaml: String, sentence: String?) {
  let found = complaints(about: "sources: [{ name: a, \(yaml) }]")
  #expect(found == (sentence.map { ["h.yaml:\($0)"] } ?? []))
}
