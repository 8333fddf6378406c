import Glibc
import Host
import Records

/// How fast the lines of a topic are counted, compared with those of a file, in turn: elapsed seconds, and processor
/// seconds of all threads, as librdkafka has some of its own. To connect takes half a second of those that have elapsed.
struct KafkaBenchmark {
  private let topic: KafkaTopic
  /// A file with the lines that the topic has in one partition.
  private let path: String
  private let rounds: Int

  private struct WrongCount: Error, CustomStringConvertible {
    let description: String
  }

  /// - Parameter properties: Of librdkafka, such as `fetch.message.max.bytes=4194304`.
  init(broker: String, topic: String, path: String, properties: [Substring], rounds: Int) {
    // As a process of a member reads it: joining a group takes seconds.
    var partition = KafkaTopic(
      brokers: [broker], topic: topic, group: "harbinger-benchmark",
      properties: properties.map { property in
        KafkaTopic.Property(
          name: String(property.prefix { $0 != "=" }),
          value: String(property.drop { $0 != "=" }.dropFirst()))
      })
    partition.partition = 0
    self.topic = partition
    self.path = path
    self.rounds = rounds
  }

  var measurements: [Measurement] {
    get throws {
      var (file, topic) = (Seconds.most, Seconds.most)
      for _ in 0..<rounds {
        let (ofFile, expected) = try Self.measure(countFile)
        let (ofTopic, count) = try Self.measure { try countTopic(expected) }
        guard count == expected else {
          throw WrongCount(description: "the file has \(expected) lines, the topic \(count)")
        }
        file.improve(by: ofFile)
        topic.improve(by: ofTopic)
      }
      return Self.rows("elapsed", file.elapsed, topic.elapsed)
        + Self.rows("processor", file.processor, topic.processor)
    }
  }

  private static func rows(_ what: String, _ file: Double, _ topic: Double) -> [Measurement] {
    [
      Measurement(name: "from a file, \(what)", value: file, unit: "s"),
      Measurement(name: "from a topic, \(what)", value: topic, unit: "s"),
      Measurement(name: "speed of topic / file, \(what)", value: file / topic, unit: "×"),
    ]
  }

  private struct Seconds {
    var elapsed: Double
    var processor: Double

    static let most = Seconds(elapsed: .infinity, processor: .infinity)

    mutating func improve(by other: Seconds) {
      elapsed = min(elapsed, other.elapsed)
      processor = min(processor, other.processor)
    }
  }

  private static func measure(_ count: () throws -> Int) rethrows -> (Seconds, count: Int) {
    func now() -> Seconds {
      var usage = rusage()
      getrusage(RUSAGE_SELF.rawValue, &usage)
      return Seconds(
        elapsed: Double(WallClock.monotonicMicroseconds) / 1e6, processor: usage.processorSeconds)
    }
    let start = now()
    let count = try count()
    let end = now()
    return (
      Seconds(
        elapsed: end.elapsed - start.elapsed, processor: end.processor - start.processor), count
    )
  }

  private func countFile() throws -> Int {
    var parser = try RecordParser(settings: ParserSettings(), compilePattern: Pattern.compile)
    var reader = OneShotReader(paths: [path])
    var batch = RecordBatch()
    while reader.advance() != nil {
      parser.parse(reader.lines, now: .max, into: &batch)
    }
    return batch.lineCount
  }

  private func countTopic(_ expected: Int) throws -> Int {
    var parser = try RecordParser(settings: ParserSettings(), compilePattern: Pattern.compile)
    let sources = SourceSet(
      [SourceDescription(name: "topic", origin: topic)], positions: [], cursors: [:], reusing: [],
      nowSeconds: 0)
    let source = sources.all[0]
    var batch = RecordBatch()
    while batch.lineCount < expected {
      var entries = sources.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&entries, nfds_t(entries.count), 30_000) > 0 else { break }
      sources.refresh(nowSeconds: 0)
      while source.isReady, let chunk = source.advance() {
        source.parse(chunk, by: &parser, now: .max, into: &batch)
      }
    }
    return batch.lineCount
  }
}
