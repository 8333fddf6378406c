import Glibc
import Host
import Records

/// How fast the lines of a topic are counted, compared with those of a file: processor seconds of all threads, in turn.
struct KafkaBenchmark {
  private let topic: KafkaTopic
  /// A file with the lines that the topic has in one partition.
  private let path: String
  private let rounds: Int

  private struct WrongCount: Error, CustomStringConvertible {
    let description: String
  }

  init(broker: String, topic: String, path: String, rounds: Int) {
    self.topic = KafkaTopic(brokers: [broker], topic: topic, group: "harbinger-benchmark")
    self.path = path
    self.rounds = rounds
  }

  var measurements: [Measurement] {
    get throws {
      var fileSeconds = Double.infinity
      var topicSeconds = Double.infinity
      for _ in 0..<rounds {
        let (ofFile, expected) = try Self.measure(countFile)
        let (ofTopic, count) = try Self.measure { try countTopic(expected) }
        guard count == expected else {
          throw WrongCount(description: "the file has \(expected) lines, the topic \(count)")
        }
        fileSeconds = min(fileSeconds, ofFile)
        topicSeconds = min(topicSeconds, ofTopic)
      }
      return [
        Measurement(name: "from a file", value: fileSeconds, unit: "s"),
        Measurement(name: "from a topic", value: topicSeconds, unit: "s"),
        Measurement(name: "topic / file", value: topicSeconds / fileSeconds, unit: "×"),
      ]
    }
  }

  private static func measure(_ count: () throws -> Int) rethrows -> (seconds: Double, count: Int) {
    func seconds() -> Double {
      var usage = rusage()
      getrusage(RUSAGE_SELF.rawValue, &usage)
      return usage.processorSeconds
    }
    let start = seconds()
    let count = try count()
    return (seconds() - start, count)
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
