import Alerts
import Foundation
import Glibc
import Host
import Monitoring
import Storage
import TestSupport
import Testing

/// Members of a consumer group on one machine, each with its own folder, that share a topic of some partitions.
final class Fleet {
  let cluster: KafkaCluster
  let folder: TemporaryFolder
  let topic: String
  let stateTopic: String
  private(set) var members: [String: RunningProgram] = [:]
  private let partitionCount: Int

  /// Those that `deploy/torture --members` names; nil in CI.
  static let tortureSeeds: [UInt64]? = {
    let text = ProcessInfo.processInfo.environment["HARBINGER_MEMBER_SEEDS"]
    return text.map { $0.split(separator: " ").compactMap { UInt64($0) } }
  }()

  private static let settings = """
    training: { every: 24h, hidden: [8], epochs: 1, max_rows: 2000 }
    """

  /// - Parameter statePartitionCount: Nil for as many.
  init(partitionCount: Int, statePartitionCount: Int? = nil) throws {
    cluster = KafkaCluster(named: KafkaCluster.named)
    folder = try TemporaryFolder()
    self.partitionCount = partitionCount
    // Others may use the same brokers.
    let suffix = folder.url.lastPathComponent
    (topic, stateTopic) = ("access-\(suffix)", "states-\(suffix)")
    cluster.makeTopic(topic, partitions: partitionCount)
    cluster.makeTopic(stateTopic, partitions: statePartitionCount ?? partitionCount)
  }

  /// The settings of a member.
  func settingsPath(_ name: String) throws -> String {
    let place = folder.url.appending(path: name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let path = place.appending(path: "harbinger.yaml").path
    // A short session, because the brokers of the library wait as long before they assign partitions.
    try """
    sources:
      - name: web
        kafka: { brokers: [\(cluster.brokers.joined(separator: ", "))], topic: \(topic), \
    group: \(topic), state_topic: \(stateTopic), \
    session.timeout.ms: '\(cluster.sessionMilliseconds)', heartbeat.interval.ms: '500' }
        key: '{path}'
    \(Self.settings)
    state: \(place.path)/state.sqlite
    status: \(place.path)/status.json

    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @discardableResult
  func start(_ name: String, environment: [String: String] = [:]) throws -> RunningProgram {
    let member = try RunningProgram(
      ["run", "--config", try settingsPath(name)], in: folder, environment: environment)
    members[name] = member
    try member.wait(for: "the member to start") { member.errors.contains("Harbinger started") }
    return member
  }

  /// What `harbinger replay` makes of the lines of one partition.
  func replayed(_ partition: Int, _ lines: [String]) throws -> StateFile {
    let (log, state) = ("\(partition).log", folder.path("replayed-\(partition).sqlite"))
    try folder.write(lines.map { $0 + "\n" }.joined(), to: log)
    try folder.write(
      """
      sources:
        - { name: web-\(partition), files: \(folder.path(log)), key: '{path}' }
      \(Self.settings)

      """, to: "replay.yaml")
    let result = try Program.run(
      ["replay", "--json", "--config", folder.path("replay.yaml"), "--state", state, log],
      in: folder)
    guard result.status == 0 else {
      throw TookTooLong(what: "a replay", why: "it failed", errors: result.errors)
    }
    return try StateFile(readingAt: state)
  }

  /// Where a member has the state of a partition while it holds it.
  func statePath(_ name: String, _ partition: Int) -> String {
    folder.path("\(name)/partition-\(partition)/state.sqlite")
  }

  /// The members that hold a partition just now; one that has lost it has no status of it.
  func holders(of partition: Int) -> [String] {
    members.filter(\.value.isRunning).keys.sorted().filter {
      let status = folder.path("\($0)/partition-\(partition)/status.json")
      return FileManager.default.fileExists(atPath: status)
    }
  }

  /// The states of a partition with the members that hold it just now.
  func states(_ partition: Int) -> [StateFile] {
    holders(of: partition).compactMap { try? StateFile(readingAt: statePath($0, partition)) }
  }

  /// The processes that a member has started.
  func processes(of member: RunningProgram) -> [Int32] {
    let path = "/proc/\(member.processIdentifier)/task/\(member.processIdentifier)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { Int32($0) }
  }

  /// Waits until all records are counted, ends all members, and compares what they hand over with the replay of each
  /// partition's records.
  ///
  /// - Parameter told: The alerts that members had raised which were then killed: of the same ID, the same alert.
  func expectAsReplayed(
    _ lines: [[String]], told: [(partition: Int, alerts: [StateFile.JudgedAlert])]
  ) throws {
    let expected = try lines.enumerated().map { try replayed($0.offset, $0.element) }
    let lastHours = try expected.map { try #require(try $0.forecasts().map(\.hour).max()) }
    try wait(for: "all records to be counted") {
      try lines.indices.allSatisfy { partition in
        let states = states(partition)
        return try !states.isEmpty
          && states.allSatisfy {
            try $0.counts().values.reduce(0, +) == lines[partition].count
              && ($0.forecasts().map(\.hour).max() ?? 0) >= lastHours[partition]
          }
      }
    }
    _ = stop()
    for partition in lines.indices {
      let found = try #require(try handedOver(partition))
      let (own, whole) = (
        try Told(found, upTo: lastHours[partition]),
        try Told(expected[partition], upTo: lastHours[partition])
      )
      #expect(own.counts == whole.counts)
      #expect(own.forecasts == whole.forecasts)
      #expect(own.alerts == whole.alerts)
      #expect(!whole.alerts.isEmpty)
    }
    for (partition, alerts) in told {
      let again = try expected[partition].alerts().map(\.alert)
      for judged in alerts where judged.alert.stream != nil {
        let same = again.first { $0.id == judged.alert.id }
        var alert = judged.alert
        if alert.suppressed == .past { alert.suppressed = same?.suppressed }
        if alert.hour <= lastHours[partition] { #expect(same == alert) }
      }
    }
  }

  /// The state that the next member would go on with.
  func handedOver(_ partition: Int) throws -> StateFile? {
    let states = KafkaStateTopic(
      KafkaTopic(brokers: cluster.brokers, topic: stateTopic), partition: Int32(partition))
    guard let newest = try states.index().entries.first else { return nil }
    let name = "handed-over-\(partition).sqlite"
    try folder.write("", to: name)
    guard try states.fetch(newest, to: folder.path(name)) else { return nil }
    return try StateFile(readingAt: folder.path(name))
  }

  /// Polls until a condition holds.
  ///
  /// - Throws: `TookTooLong`, with what the members said, after three minutes.
  func wait(for what: String, until isSo: () throws -> Bool) throws {
    for _ in 0..<900 {
      if try isSo() { return }
      usleep(200_000)
    }
    let errors = members.sorted { $0.key < $1.key }.map { "\($0.key):\n\($0.value.errors)" }
    throw TookTooLong(
      what: what, why: "three minutes are over", errors: errors.joined(separator: "\n"))
  }

  /// How often a member has said something.
  func count(_ name: String, _ text: String) -> Int {
    members[name].map { $0.errors.components(separatedBy: text).count - 1 } ?? 0
  }

  /// Ends all members as a service manager does, and waits for them.
  ///
  /// - Returns: Their exit codes.
  func stop() -> [Int32] {
    for member in members.values { member.send(SIGTERM) }
    return members.values.map { $0.waitUntilExit() }
  }
}
