import Glibc
package import Records

extension KafkaTopic {
  /// The result of examining a topic.
  package struct Sample: Sendable {
    package var partitionCount: Int
    /// The first records, as lines; empty if there are none.
    package var lines: [UInt8]
    package var keys: RecordKeys
    package var problem: IntakeProblem?
    /// Whether no broker has answered.
    package var isOutOfReach: Bool
  }

  private static let sampleSteps = 200
  private static let stepSeconds = 0.1

  /// Connects and reads the first records, which takes some seconds. It joins a group of its own, so that a service
  /// that reads the topic is not disturbed, and stores no position.
  package func sample(maxLineBytes: Int) -> Sample {
    var topic = self
    topic.group += "-check"
    let source = SourceDescription(
      name: "check", origin: topic, maxLineBytes: maxLineBytes, needsRecordKeys: true)
    let feed = KafkaFeed(source: source, topic: topic, cursors: [:])
    feed.attach(to: Wakeups(), as: 0, nowSeconds: 0)
    for step in 1...Self.sampleSteps {
      feed.refresh(isAwake: true, nowSeconds: Double(step) * Self.stepSeconds)
      guard !feed.isReady else { break }
      usleep(UInt32(Self.stepSeconds * 1e6))
    }
    let isReady = feed.isReady
    let hasLines = isReady && feed.advance() != nil
    let status = feed.status()
    let problem =
      isReady ? nil : status.problems.first ?? topic.problem("no broker answers within 20 seconds")
    return Sample(
      partitionCount: feed.partitionCount, lines: hasLines ? feed.lines : [], keys: feed.keys,
      problem: hasLines ? feed.excess : problem ?? status.problems.first,
      isOutOfReach: feed.isOutOfReach)
  }
}
