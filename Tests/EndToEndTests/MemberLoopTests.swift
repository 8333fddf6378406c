import Foundation
import Glibc
import Host
import Settings
import Storage
import TestSupport
import Testing
import harbinger

/// The loop of a member whose brokers are away, with scripted wake-ups and a recording journal.
@Suite(.enabled(if: KafkaCluster.isPossible, "needs librdkafka1")) struct MemberLoopTests {
  private let folder: TemporaryFolder
  private let journal = RecordingJournal()

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      """
      sources:
        - name: web
          kafka: { brokers: '127.0.0.1:1', topic: access, state_topic: states }
      state: \(folder.path("state.sqlite"))
      status: \(folder.path("status.json"))

      """, to: "harbinger.yaml")
  }

  private func open() throws -> Member {
    let file = SettingsFile(folder.path("harbinger.yaml"))
    let settings = try file.read()
    return try Member.open(
      settingsFile: file, settings: settings, topic: #require(settings.sharedTopic),
      journal: journal.journal)
  }

  private func status() throws -> String {
    try String(contentsOfFile: folder.path("member.json"), encoding: .utf8)
  }

  @Test func waitingThatFailsIsReportedUntilItIsOver() throws {
    let told = "nothing can be waited for, and will be tried again"
    let failing = Trigger.failing(SystemError("wait for descriptors", code: ENOMEM))
    var member = try open()
    var triggers = ScriptedTriggers(
      SetTime(startingAt: 0),
      [
        .deliver([failing]), .deliver([failing]),
        .perform {
          #expect(journal.count(told) == 1)
          try #expect(status().contains(told))
        },
        .deliver([.sources]),
        .perform { try #expect(!status().contains(told)) },
      ])
    try member.run(&triggers)
    #expect(journal.count("Harbinger stopped") == 1)
  }

  /// Method: root may remove everything, so the file system's user of this thread is another one meanwhile.
  @Test func stateThatCannotBeRemovedIsOneSentence() throws {
    let path = "partition-3/state.sqlite"
    let place = folder.url.appending(path: "partition-3")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
    try folder.write("", to: path)
    chmod(folder.url.path, 0o777)
    chmod(place.path, 0o555)
    #expect(
      throws: StateFileError.unusable(place.path, reason: "it cannot be removed: Permission denied")
    ) { try asOrdinaryUser { _ = try open() } }
  }
}
