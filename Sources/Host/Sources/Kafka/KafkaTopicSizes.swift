import CRdKafka
import Glibc

extension KafkaTopic {
  private static let answerMilliseconds: CInt = 10_000

  /// Asks the brokers how many partitions a topic has.
  ///
  /// - Parameter name: A topic of the same brokers.
  /// - Returns: Nil if there is no such topic.
  /// - Throws: `KafkaFailure`; `SystemError` and `Secret.Missing` if the password cannot be read.
  package func partitionCount(of name: String) throws -> Int? {
    let library = try KafkaLibrary.required()
    // Not a producer, which would have the brokers create the topic.
    let client = try library.client(
      RD_KAFKA_CONSUMER, of: self, properties: [.init(name: "group.id", value: group)])
    defer { library.destroyClient(client) }
    guard let topic = library.openTopic(client, name, nil) else { throw KafkaFailure("no memory") }
    defer { library.destroyTopic(topic) }
    var answer: UnsafePointer<rd_kafka_metadata>?
    let code = library.metadata(client, 0, topic, &answer, Self.answerMilliseconds)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else {
      throw KafkaFailure(library.sentence(code))
    }
    defer { library.destroyMetadata(answer) }
    guard answer.pointee.topic_cnt == 1 else { return nil }
    let found = answer.pointee.topics[0]
    switch found.err {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return found.partition_cnt > 0 ? Int(found.partition_cnt) : nil
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE: return nil
    case let code: throw KafkaFailure(library.sentence(code))
    }
  }

  /// How many partitions a member has to share with the others.
  ///
  /// - Throws: As `partitionCount`; also if the topic and that of the states do not fit together.
  package func sharedPartitionCount() throws -> Int {
    let stateTopic = stateTopic ?? ""
    guard let count = try partitionCount(of: topic) else {
      throw KafkaFailure("there is no topic \(topic)")
    }
    guard let stateCount = try partitionCount(of: stateTopic) else {
      throw KafkaFailure(
        "there is no topic \(stateTopic) for the states: it needs \(count) partitions and "
          + "cleanup.policy=compact")
    }
    guard stateCount == count else {
      throw KafkaFailure(
        "the topic \(topic) has \(count) partitions and that of the states, \(stateTopic), has "
          + "\(stateCount): they must have as many")
    }
    return count
  }
}
