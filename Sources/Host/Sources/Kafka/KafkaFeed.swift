import Glibc
internal import Records

/// Reads the records of a topic as lines, one line a record, merged from all partitions in the order of their
/// timestamps.
///
/// The position is the offset of the next record of each partition, stored with the counts, so that nothing is counted
/// twice after a kill. The other partitions wait for one without a fetched record until its broker reports its end, or
/// for half a minute, so that a backlog is read by time, not partition by partition.
final class KafkaFeed: BufferedSource {
  private let source: SourceDescription
  private let topic: KafkaTopic
  private var consumer: KafkaConsumer?
  /// Nil as long as the kernel grants none.
  private var wakeup: EventDescriptor?
  private var wakeups: (wakeups: Wakeups, number: Int)?
  /// The stored offsets, by partition.
  private let stored: [Int32: Int64]
  private var problem: IntakeProblem?
  private var hasReportedEnd = false
  private(set) var lines: [UInt8] = []
  private(set) var keys = RecordKeys()
  private var nowSeconds = 0.0
  private(set) var deadlineSeconds: Double?
  /// Since when the feed waits for a record or the end of a partition; nil if it does not wait.
  private var waitingSinceSeconds: Double?
  private var unpublished: [Int32: Int64] = [:]
  private var publishedSeconds = 0.0
  private var seenGapCount = 0
  private var gapShownUntilSeconds: Double?

  private static let chunkRecordsMax = 4_096
  private static let chunkBytesMax = 256 << 10
  private static let brokerTimeoutSeconds = 30.0
  private static let publishSeconds = 5.0
  private static let pollSeconds = 60.0
  private static let gapShownSeconds = 3_600.0

  /// - Parameter cursors: The stored offsets, by `TOPIC/PARTITION`.
  init(source: SourceDescription, topic: KafkaTopic, cursors: [String: String]) {
    self.source = source
    self.topic = topic
    let prefix = topic.topic + "/"
    stored = Dictionary(
      cursors.compactMap { name, offset in
        guard name.hasPrefix(prefix), let partition = Int32(name.dropFirst(prefix.count)),
          let offset = Int64(offset), offset >= 0
        else { return nil }
        return (partition, offset)
      }, uniquingKeysWith: { first, _ in first })
  }

  deinit { consumer?.close() }

  func reconfigure(_ source: SourceDescription) -> Bool { false }

  func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double) {
    self.wakeups = (wakeups, number)
    self.nowSeconds = nowSeconds
    open()
  }

  private func attachedWakeup() throws(SystemError) -> EventDescriptor {
    if let wakeup { return wakeup }
    let made = try EventDescriptor()
    if let (wakeups, number) = wakeups { _ = wakeups.add(made.number, as: number) }
    wakeup = made
    return made
  }

  private func open() {
    deadlineSeconds = nowSeconds + Self.brokerTimeoutSeconds
    waitingSinceSeconds = nowSeconds
    guard let library = KafkaLibrary.installed else {
      problem = topic.problem(KafkaTopic.notInstalled)
      return
    }
    do {
      consumer = try KafkaConsumer(
        topic, by: library, positions: stored,
        startsAtEnd: source.start == .end && stored.isEmpty, wakeup: attachedWakeup().number)
      problem = nil
    } catch let failure as KafkaFailure {
      problem = topic.problem(failure.sentence)
    } catch {
      problem = topic.problem("\(error)")
    }
  }

  func refresh(isAwake: Bool, nowSeconds: Double) {
    self.nowSeconds = nowSeconds
    let isDue = deadlineSeconds.map { $0 <= nowSeconds } ?? false
    guard isAwake || isDue else { return }
    wakeup?.clear()
    guard let consumer else { return open() }
    consumer.poll()
    if consumer.gapCount != seenGapCount {
      seenGapCount = consumer.gapCount
      gapShownUntilSeconds = nowSeconds + Self.gapShownSeconds
    }
    noteWaiting()
    publish()
  }

  /// Commits offsets to the group some seconds after they were returned to be stored.
  private func publish() {
    guard nowSeconds >= publishedSeconds + Self.publishSeconds else { return }
    consumer?.publish(unpublished)
    unpublished = [:]
    publishedSeconds = nowSeconds
  }

  private func noteWaiting() {
    let isWaiting = oldest == nil && !isAtEnd
    waitingSinceSeconds = isWaiting ? waitingSinceSeconds ?? nowSeconds : nil
    let timeout = waitingSinceSeconds.map { $0 + Self.brokerTimeoutSeconds }
    let publishing = unpublished.isEmpty ? nil : nowSeconds + Self.publishSeconds
    deadlineSeconds = [
      timeout.flatMap { $0 > nowSeconds ? $0 : nil }, publishing, nowSeconds + Self.pollSeconds,
    ]
    .compactMap { $0 }.min()
  }

  // MARK: Reading

  var isReady: Bool { oldest != nil || isAtEnd && !hasReportedEnd }

  /// Whether the brokers have not answered within `brokerTimeoutSeconds`.
  private var hasTimedOut: Bool {
    waitingSinceSeconds.map { $0 + Self.brokerTimeoutSeconds <= nowSeconds } ?? false
  }

  /// Whether no more records are expected for now.
  private var isAtEnd: Bool {
    guard let consumer else { return true }
    guard consumer.partitions.allSatisfy({ $0.time == nil }) else { return false }
    return hasTimedOut || consumer.isAssigned && consumer.partitions.allSatisfy(\.isAtEnd)
  }

  /// The partition whose next record is the oldest, and the timestamp up to which its records precede those of the
  /// others; nil also while another partition may have an older one.
  private var oldest: (partition: KafkaConsumer.Partition, until: Int64)? {
    guard let consumer else { return nil }
    var oldest: KafkaConsumer.Partition?
    var until = Int64.max
    for partition in consumer.partitions {
      guard let time = partition.time else {
        if partition.isAtEnd || hasTimedOut { continue }
        return nil
      }
      if let other = oldest?.time, other <= time {
        until = min(until, time)
      } else {
        until = oldest?.time ?? until
        oldest = partition
      }
    }
    return oldest.map { ($0, until) }
  }

  func advance() -> Chunk? {
    lines.removeAll(keepingCapacity: true)
    keys.removeAll()
    guard let consumer else {
      hasReportedEnd = true
      return nil
    }
    var count = 0
    while hasRoom(count), let (partition, until) = oldest {
      consumer.take(partition, until: until) { record in
        append(record.value)
        if source.needsRecordKeys { append(key: record.key) }
        count += 1
        return hasRoom(count)
      }
    }
    hasReportedEnd = count == 0
    noteWaiting()
    if count == 0 { return nil }
    return Chunk(path: topic.topic, byteCount: lines.count)
  }

  private func hasRoom(_ recordCount: Int) -> Bool {
    recordCount < Self.chunkRecordsMax && lines.count + keys.byteCount < Self.chunkBytesMax
  }

  /// A record without a value becomes an empty line, which counts as malformed.
  private func append(_ record: UnsafeRawBufferPointer) {
    let newline = UInt8(ascii: "\n")
    var record = record[...]
    while let last = record.last, last == newline || last == UInt8(ascii: "\r") {
      record.removeLast()
    }
    record = record.prefix(source.maxLineBytes + 1)
    let start = lines.count
    lines.append(contentsOf: record)
    if let base = record.base.baseAddress, memchr(base, Int32(newline), record.count) != nil {
      for index in start..<lines.count where lines[index] == newline {
        lines[index] = UInt8(ascii: " ")
      }
    }
    lines.append(newline)
  }

  private func append(key: UnsafeRawBufferPointer) {
    keys.append(key.baseAddress == nil ? nil : key.prefix(source.maxLineBytes + 1))
  }

  func parse(
    _ chunk: Chunk, by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch
  ) {
    let lines = lines
    parser.parse(
      lines.span.bytes, keys: source.needsRecordKeys ? keys : nil, now: now, into: &batch)
  }

  // MARK: Status

  func takePositionChanges() -> PositionChanges {
    let positions = consumer?.takePositions() ?? [:]
    if positions.isEmpty { return PositionChanges() }
    unpublished.merge(positions) { $1 }
    let cursors = positions.map { ("\(topic.topic)/\($0.key)", "\($0.value)") }
    return PositionChanges(
      cursors: [source.name: Dictionary(uniqueKeysWithValues: cursors)])
  }

  func status() -> SourceStatus {
    SourceStatus(
      name: source.name, isDrained: !isReady, lagBytes: 0,
      fileCount: consumer?.partitions.count ?? 0, path: topic.topic, problems: problems)
  }

  /// Those that are not read included.
  var partitionCount: Int { consumer.map { $0.partitions.count + $0.unreadCount } ?? 0 }

  /// What `check` is to say even if records are read.
  var excess: IntakeProblem? {
    guard let consumer, consumer.unreadCount > 0, topic.stateTopic == nil else { return nil }
    return topic.problem(
      "\(consumer.unreadCount) of its partitions are not read, because a process reads "
        + "\(KafkaConsumer.partitionsMax) at most; with a state_topic each has its own")
  }

  /// Whether no broker has answered yet, not even to refuse us.
  var isOutOfReach: Bool {
    guard let consumer, !consumer.isAssigned else { return false }
    return consumer.failure == nil || consumer.fault.isOfNetwork
  }

  var problems: [IntakeProblem] {
    var problems = [problem, excess].compactMap { $0 }
    if let failure = consumer?.failure {
      problems.append(topic.problem(failure))
    } else if hasTimedOut, consumer != nil {
      problems.append(topic.problem("no broker has answered for half a minute"))
    }
    if let until = gapShownUntilSeconds, nowSeconds < until {
      problems.append(
        topic.problem("records that were to be read next are deleted; lines are missing"))
    }
    return problems
  }
}
