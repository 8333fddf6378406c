import Foundation
import Host
import TestSupport
import Testing

/// Whether a real journald listens here.
private let hasJournal = FileManager.default.fileExists(atPath: "/run/systemd/journal/socket")

@Suite struct MachineJournalTests {
  @Test(arguments: ["MESSAGE", "HARBINGER_STREAM", "A1", String(repeating: "A", count: 64)])
  func fieldNamesOfTheJournalAreNames(name: String) {
    #expect(JournalMessage.Field.isName(name))
  }

  @Test(arguments: [
    "", "_PID", "1A", "lower", "A B", "A=B", "A\n", "É", String(repeating: "A", count: 65),
  ])
  func whatTheJournalWouldRefuseIsNoName(name: String) {
    #expect(!JournalMessage.Field.isName(name))
  }

  @Test func longValueIsCutBetweenCharacters() {
    let limit = JournalMessage.Field.valueBytesMax
    let text = String(repeating: "a", count: limit - 1) + "é"
    #expect(JournalMessage.Field("A", text).value.count == limit - 1)
    #expect(JournalMessage.Field("A", String(repeating: "é", count: limit)).value.count == limit)
    #expect(JournalMessage.Field("A", [UInt8](repeating: 0x80, count: 2 * limit)).value.count > 0)
  }

  @Test func valueWithinTheLimitIsKeptToTheByte() {
    let bytes: [UInt8] = [0, 10, 61, 255, 128]
    #expect(JournalMessage.Field("A", bytes).value == bytes)
  }

  @Test func entrySaysWhatItIsAndWhereItComesFrom() {
    let message = JournalMessage(
      "text", priority: .notice, id: .summary, fields: [.init("HARBINGER_STREAM", "backup")])
    let fields = message.allFields.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
    #expect(fields.prefix(3) == ["MESSAGE=text", "PRIORITY=5", "SYSLOG_IDENTIFIER=harbinger"])
    #expect(fields.contains("MESSAGE_ID=\(MessageID.summary.rawValue)"))
    #expect(fields.contains("CODE_FILE=HostTests/MachineJournalTests.swift"))
    #expect(fields.last == "HARBINGER_STREAM=backup")
  }

  @Test func hostileValueStaysOnOneReadableLine() {
    let message = JournalMessage(
      "A request is likely", priority: .warning,
      fields: [.init("HARBINGER_STREAM", "a\nPRIORITY=0\u{1b}[31m")])
    #expect(
      Journal.readableLine(message, atSeconds: 1_767_225_600)
        == #"2026-01-01T00:00:00Z warning: A request is likely (HARBINGER_STREAM=a\nPRIORITY=0\x1b[31m)"#
    )
  }

  @Test func logLeavesOutWhatIsLessUrgent() {
    let seen = Seen()
    var log = Log(Journal { seen.append($0.text) })
    log.write(.debug, "one")
    log.write(.info, "two")
    log.leastPriority = .debug
    log.write(.debug, "three")
    #expect(seen.texts == ["two", "three"])
  }

  @Test(.enabled(if: !hasJournal, "needs a machine without journald"))
  func absentJournalIsAnErrorNotASilentLoss() {
    #expect(
      throws: SystemError(
        "reach the journal at", path: "/run/systemd/journal/socket", code: ENOENT)
    ) { try Journal.systemd.send(JournalMessage("text", priority: .info)) }
  }

  /// Goal: no content of a log line can become a journal field of its own, and every byte arrives unchanged.
  @Test(.enabled(if: hasJournal, "needs a running journald"))
  func hostileValueArrivesWholeAndMakesNoField() async throws {
    let token = UUID().uuidString
    let hostile: [UInt8] = Array("key\nPRIORITY=0\nINJECTED=1\n".utf8) + [0, 255, 61]
    try Journal.systemd.send(
      JournalMessage(
        "A test", priority: .debug, id: .summary,
        fields: [.init("HARBINGER_TEST", token), .init("HARBINGER_STREAM", hostile)]))
    let entry = try await journalEntry(matching: "HARBINGER_TEST=\(token)")
    #expect(entry["HARBINGER_STREAM"] as? [Int] == hostile.map(Int.init))
    #expect(entry["PRIORITY"] as? String == "7")
    #expect(entry["MESSAGE_ID"] as? String == MessageID.summary.rawValue)
    #expect(entry["INJECTED"] == nil)
  }

  /// The one entry that matches, as `journalctl -o json` shows it, once journald has written it.
  private func journalEntry(matching match: String) async throws -> [String: Any] {
    for _ in 0..<100 {
      let entry = try ChildProcess.run(["journalctl", "-o", "json", "--all", match]).output
      if !entry.isEmpty {
        return try #require(
          try JSONSerialization.jsonObject(with: Data(entry.utf8)) as? [String: Any])
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw SystemError("find the entry in the journal", code: ENOENT)
  }
}

private final class Seen: @unchecked Sendable {
  private let lock = NSLock()
  private var all: [String] = []
  func append(_ text: String) { lock.withLock { all.append(text) } }
  var texts: [String] { lock.withLock { all } }
}
