import Foundation
import Glibc
import Host
import Testing

private let writer = "/usr/lib/systemd/systemd-journal-remote"

/// Real journal files, written by systemd's own program.
@Suite(.enabled(if: access(writer, X_OK) == 0, "needs systemd-journal-remote"))
struct JournalFeedTests {
  static func bed(
    _ matches: [JournalSelection.Match] = [], start: TailSource.Start = .beginning,
    fields: [String]? = nil, maxLineBytes: Int = 1_000
  ) throws -> FeedBed {
    try FeedBed { folder in
      let directory = folder.appending(path: "journal").path
      mkdir(directory, 0o755)
      return FeedSource(
        name: "web", origin: .journal(.init(matches: matches, directory: directory)),
        start: start, maxLineBytes: maxLineBytes, fields: fields)
    }
  }

  struct Entry {
    var message: String?
    var unit = "a.service"
    var identifier = "app"
  }

  /// Appends entries to a journal, each a second after the one before.
  static func write(
    _ entries: [Entry], from second: Int, to bed: FeedBed, file: String = "remote.journal"
  ) throws {
    var text = Data()
    for (number, entry) in entries.enumerated() {
      let time = (1_767_225_600 + second + number) * 1_000_000
      var lines = """
        __REALTIME_TIMESTAMP=\(time)
        __MONOTONIC_TIMESTAMP=\((second + number) * 1_000_000)
        _BOOT_ID=4d3a5f3c1b0e4e1c8f4a2b9c7d6e5f40
        _SYSTEMD_UNIT=\(entry.unit)
        SYSLOG_IDENTIFIER=\(entry.identifier)

        """.utf8.map(\.self)
      if let message = entry.message?.utf8 {
        // With its length, as what holds line breaks must be.
        lines += Array("MESSAGE\n".utf8)
        withUnsafeBytes(of: UInt64(message.count).littleEndian) { lines += Array($0) }
        lines += Array(message) + [UInt8(ascii: "\n")]
      }
      text += Data(lines + [UInt8(ascii: "\n")])
    }
    let export = bed.folder.appending(path: "export")
    try text.write(to: export)
    let process = Process()
    process.executableURL = URL(filePath: writer)
    process.arguments = ["-o", path(file, bed), export.path]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  static func write(_ messages: [String], from second: Int, to bed: FeedBed) throws {
    try write(messages.map { Entry(message: $0) }, from: second, to: bed)
  }

  static func path(_ file: String, _ bed: FeedBed) -> String {
    bed.folder.appending(path: "journal/\(file)").path
  }

  @Test func messageOfEachEntryIsALine() throws {
    let bed = try Self.bed()
    #expect(bed.drain() == [])
    try Self.write(["a", "two\nlines", ""], from: 0, to: bed)
    try Self.write([Entry()], from: 3, to: bed)
    #expect(bed.awaitLines() == ["a", "two lines", "", ""])
    #expect(!bed.feed.isReady)
    #expect(bed.problems == [])
  }

  @Test func entriesAreReadOnceAcrossRestarts() throws {
    let bed = try Self.bed()
    try Self.write(["a", "b"], from: 0, to: bed)
    #expect(bed.drain() == ["a", "b"])
    bed.restart()
    #expect(bed.drain() == [])
    try Self.write(["c"], from: 2, to: bed)
    bed.restart()
    #expect(bed.drain() == ["c"])
    #expect(bed.problems == [])
  }

  /// Killed before the cursor was stored: read again from what was.
  @Test func whatWasNotStoredIsReadAgain() throws {
    let bed = try Self.bed()
    try Self.write(["a"], from: 0, to: bed)
    #expect(bed.drain() == ["a"])
    try Self.write(["b"], from: 1, to: bed)
    _ = bed.feed.advance()
    bed.restart()
    #expect(bed.drain() == ["b"])
  }

  @Test func rotationLosesNothing() throws {
    let bed = try Self.bed()
    try Self.write(["a"], from: 0, to: bed)
    #expect(bed.drain() == ["a"])
    try Self.write(["b"], from: 1, to: bed)
    rename(Self.path("remote.journal", bed), Self.path("remote@1.journal", bed))
    try Self.write(["c"], from: 2, to: bed)
    #expect(bed.awaitLines() + bed.drain() == ["b", "c"])
    bed.restart()
    #expect(bed.drain() == [])
    try Self.write(["d"], from: 3, to: bed)
    #expect(bed.awaitLines() == ["d"])
  }

  @Test func vacuumedPlaceIsSaidAndWhatIsLeftIsRead() throws {
    let bed = try Self.bed()
    try Self.write(["a"], from: 0, to: bed)
    #expect(bed.drain() == ["a"])
    unlink(Self.path("remote.journal", bed))
    try Self.write(["b", "c"], from: 1, to: bed)
    bed.restart()
    #expect(bed.drain() == ["b", "c"])
    #expect(bed.problems == [.journalGap])
    bed.pass(seconds: 3_601)
    #expect(bed.drain() == [])
    #expect(bed.problems == [])
  }

  @Test func onlyWhatMatchesIsRead() throws {
    let bed = try Self.bed([
      .init(field: "_SYSTEMD_UNIT", values: ["a.service", "b.service"]),
      .init(field: "SYSLOG_IDENTIFIER", values: ["app"]),
    ])
    try Self.write(
      [
        Entry(message: "1"), Entry(message: "2", unit: "c.service"),
        Entry(message: "3", unit: "b.service"), Entry(message: "4", identifier: "other"),
      ], from: 0, to: bed)
    #expect(bed.drain() == ["1", "3"])
  }

  /// The place is known although its entry is not among those that match now.
  @Test func otherMatchesGoOnFromTheSamePlace() throws {
    let bed = try Self.bed([.init(field: "_SYSTEMD_UNIT", values: ["a.service"])])
    try Self.write(
      [Entry(message: "1", unit: "b.service"), Entry(message: "2")], from: 0, to: bed)
    #expect(bed.drain() == ["2"])
    try Self.write([Entry(message: "3", unit: "b.service")], from: 2, to: bed)
    bed.restart { source in
      guard case .journal(var selection) = source.origin else { return }
      selection.matches = [.init(field: "_SYSTEMD_UNIT", values: ["b.service"])]
      source.origin = .journal(selection)
    }
    #expect(bed.drain() == ["3"])
    #expect(bed.problems == [])
  }

  @Test func ownMessagesAreLeftOut() throws {
    let bed = try Self.bed()
    try Self.write(
      [Entry(message: "1"), Entry(message: "2", identifier: "harbinger")], from: 0, to: bed)
    #expect(bed.drain() == ["1"])
    bed.restart()
    #expect(bed.drain() == [])
    #expect(bed.problems == [])
  }

  @Test func endIsWhereNewEntriesCome() throws {
    let bed = try Self.bed([.init(field: "_SYSTEMD_UNIT", values: ["a.service"])], start: .end)
    try Self.write([Entry(message: "1"), Entry(message: "2", unit: "b.service")], from: 0, to: bed)
    bed.restart()
    #expect(bed.drain() == [])
    try Self.write(["3"], from: 2, to: bed)
    // Not the end of this start, but of the first.
    bed.restart()
    #expect(bed.drain() == ["3"])
  }

  @Test func wantedFieldsAreWrittenAsJSON() throws {
    let bed = try Self.bed(fields: ["_SYSTEMD_UNIT", "MESSAGE", "_UID", "__REALTIME_TIMESTAMP"])
    try Self.write(["\"\\\n\u{1}é"], from: 0, to: bed)
    #expect(
      bed.drain() == [
        #"{"__REALTIME_TIMESTAMP":"1767225600000000","_SYSTEMD_UNIT":"a.service","#
          + #""MESSAGE":"\"\\\u000a\u0001é"}"#
      ])
  }

  @Test func longMessagesAreCutWhereTheParserSeesThatTheyAreTooLong() throws {
    let bed = try Self.bed(maxLineBytes: 1_000)
    // One that the journal keeps as it is, and one that it compresses.
    try Self.write(
      [
        String((0..<1_001).map { _ in "abcdefgh".randomElement()! }),
        String(repeating: "x", count: 2_000_000), "after",
      ], from: 0, to: bed)
    #expect(bed.drain().map(\.utf8.count) == [1_001, 1_001, 5])
  }

  /// One journal is read in the order of its times; so each host needs a source of its own.
  @Test func whatAHostDeliversLateIsReadByASourceOfItsOwn() throws {
    let bed = try Self.bed([.init(field: "_SYSTEMD_UNIT", values: ["b.service"])])
    try Self.write([Entry(message: "1", unit: "b.service")], from: 0, to: bed, file: "b.journal")
    try Self.write([Entry(message: "2")], from: 100, to: bed, file: "a.journal")
    #expect(bed.drain() == ["1"])
    try Self.write([Entry(message: "3", unit: "b.service")], from: 50, to: bed, file: "b.journal")
    #expect(bed.awaitLines() == ["3"])
  }

  @Test func directoryMayComeLater() throws {
    let bed = try FeedBed { folder in
      let path = folder.appending(path: "journal").path
      return FeedSource(name: "web", origin: .journal(.init(directory: path)))
    }
    #expect(bed.drain() == [])
    #expect(!bed.problems.isEmpty)
    mkdir(Self.path("", bed), 0o755)
    try Self.write(["a"], from: 0, to: bed)
    bed.pass(seconds: 11)
    #expect(bed.drain() == ["a"])
    #expect(bed.problems == [])
  }
}
