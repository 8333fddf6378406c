import Settings
import Testing

@Test(arguments: [
  ("kafka: { brokers: b, topic: t, client.id: x }", nil),
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
    "1:53: sources[0].kafka: found 'plugin.library.paths', expected brokers, topic, group, password or a property of librdkafka's connections"
  ),
]) func topicOfKafkaIsChecked(yaml: String, sentence: String?) {
  let found = complaints(about: "sources: [{ name: a, \(yaml) }]")
  #expect(found == (sentence.map { ["h.yaml:\($0)"] } ?? []))
}
