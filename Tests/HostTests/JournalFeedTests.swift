import Foundation
import Glibc
import Host
import Records
import TestSupport
import Testing

@Suite(.enabled(if: JournalFiles.isAvailable, "needs systemd-journal-remote"))
struct JournalFeedTests {
  static func bed(
    _ matches: [JournalSelection.Match] = [], start: TailSource.Start = .beginning,
    fields: [String]? = nil, maxLineBytes: Int = 1_000
  ) throws -> FeedBed {
    try FeedBed { folder in
      let directory = folder.appending(path: "journal").path
      mkdir(directory, 0o755)
      return SourceDescription(
        name: "web", origin: JournalSelection(matches: matches, directory: directory),
        start: start, maxLineBytes: maxLineBytes, fields: fields)
    }
  }

  typealias Entry = JournalFiles.Entry

  static func write(
    _ entries: [Entry], from second: Int, to bed: FeedBed, file: String = "remote.journal"
  ) throws {
    try JournalFiles(in: bed.folder).append(entries, from: second, to: file)
  }

  static func write(_ messages: [String], from second: Int, to bed: FeedBed) throws {
    try write(messages.map { Entry(message: $0) }, from: second, to: bed)
  }

  static func path(_ file: String, _ bed: FeedBed) -> String {
    JournalFiles(in: bed.folder).path(file)
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

  /// After a kill before the cursor was stored, reading continues from the stored one.
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

  @Test func vacuumedPlaceIsReportedAndWhatIsLeftIsRead() throws {
    let bed = try Self.bed()
    try Self.write(["a"], from: 0, to: bed)
    #expect(bed.drain() == ["a"])
    unlink(Self.path("remote.journal", bed))
    try Self.write(["b", "c"], from: 1, to: bed)
    bed.restart()
    #expect(bed.drain() == ["b", "c"])
    #expect(bed.problems == [.journalGap])
    bed.advanceClock(seconds: 3_601)
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

  /// The cursor is found although its entry does not match the new settings.
  @Test func otherMatchesContinueFromTheSameEntry() throws {
    let bed = try Self.bed([.init(field: "_SYSTEMD_UNIT", values: ["a.service"])])
    try Self.write(
      [Entry(message: "1", unit: "b.service"), Entry(message: "2")], from: 0, to: bed)
    #expect(bed.drain() == ["2"])
    try Self.write([Entry(message: "3", unit: "b.service")], from: 2, to: bed)
    bed.restart { source in
      guard var selection = source.origin as? JournalSelection else { return }
      selection.matches = [.init(field: "_SYSTEMD_UNIT", values: ["b.service"])]
      source.origin = selection
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
    // `start: end` refers to the first start of the source, not to this one.
    bed.restart()
    #expect(bed.drain() == ["3"])
  }

  /// Whatever bytes they have, and of several values of a name the first.
  @Test func wantedFieldsAreCountedAsTheyAre() throws {
    let message = "\"\\\n\u{1}é = x"
    var parser = try RecordParser(
      settings: ParserSettings(
        format: .journal, key: "{_SYSTEMD_UNIT} {APP_NAME}",
        include: [.init(field: "MESSAGE", patterns: [message])]),
      compilePattern: Pattern.compile)
    let bed = try Self.bed(fields: parser.wantedFields)
    let names = ["one", "two"].map { (name: "APP_NAME", value: $0) }
    try Self.write(
      [
        Entry(message: message, others: names), Entry(message: message),
        Entry(message: "other", others: names), Entry(others: names),
      ], from: 0, to: bed)
    let batch = bed.count(by: &parser)
    #expect(batch.lineCount == 4 && batch.filteredCount == 1)
    #expect(batch.rejections.mapValues(\.count) == [.missingField: 2])
    let tallies = batch.segments.flatMap(\.tallies)
    #expect(tallies.map(\.key) == ["a.service one"])
    #expect(tallies.map(\.latest) == [1_767_225_600])
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

  @Test func whatAMachineDeliversLateIsReadToo() throws {
    let bed = try Self.bed()
    try Self.write([Entry(message: "b1", machine: "b")], from: 0, to: bed, file: "b.journal")
    try Self.write([Entry(message: "a1", machine: "a")], from: 100, to: bed, file: "a.journal")
    #expect(bed.drain() == ["b1", "a1"])
    try Self.write([Entry(message: "b2", machine: "b")], from: 50, to: bed, file: "b.journal")
    #expect(bed.awaitLines() == ["b2"])
    bed.restart()
    #expect(bed.drain() == [])
    try Self.write([Entry(message: "b3", machine: "b")], from: 60, to: bed, file: "b.journal")
    // All entries of a machine that is new are read.
    try Self.write([Entry(message: "c1", machine: "c")], from: 10, to: bed, file: "c.journal")
    var lines = bed.awaitLines()
    bed.advanceClock(seconds: 6)
    lines += bed.drain()
    #expect(lines.sorted() == ["b3", "c1"])
    #expect(bed.problems == [])
  }

  /// Goal: an old journal of several machines is read in the order of its times. Otherwise hours would close before the
  /// second machine's entries were read.
  @Test func machinesAreReadSideBySide() throws {
    let bed = try Self.bed()
    for (machine, start) in [("a", 0), ("b", 50)] {
      try Self.write(
        (0..<3).map { Entry(message: "\(machine)\($0)", machine: Character(machine)) }, from: start,
        to: bed, file: "\(machine).journal")
    }
    try Self.write([Entry(message: "a3", machine: "a")], from: 60, to: bed, file: "a.journal")
    #expect(bed.drain() == ["a0", "a1", "a2", "b0", "b1", "b2", "a3"])
  }

  @Test func machinesMayBeSelected() throws {
    let a = String(repeating: "a", count: 32)
    let bed = try Self.bed([.init(field: "_MACHINE_ID", values: [a])])
    for machine in "ab" {
      try Self.write(
        [Entry(message: "\(machine)", machine: machine)], from: 0, to: bed,
        file: "\(machine).journal")
    }
    #expect(bed.drain() == ["a"])
  }

  @Test func directoryMayGoAndComeBack() throws {
    let bed = try Self.bed()
    try Self.write(["a"], from: 0, to: bed)
    #expect(bed.drain() == ["a"])
    rename(JournalFiles(in: bed.folder).directory, bed.folder.appending(path: "away").path)
    #expect(bed.drain() == [])
    mkdir(JournalFiles(in: bed.folder).directory, 0o755)
    try Self.write(["b"], from: 1, to: bed)
    bed.advanceClock(seconds: 11)
    #expect(bed.drain() == ["b"])
  }

  @Test func directoryMayComeLater() throws {
    let bed = try FeedBed { folder in
      let path = folder.appending(path: "journal").path
      return SourceDescription(name: "web", origin: JournalSelection(directory: path))
    }
    #expect(bed.drain() == [])
    #expect(!bed.problems.isEmpty)
    mkdir(Self.path("", bed), 0o755)
    try Self.write(["a"], from: 0, to: bed)
    bed.advanceClock(seconds: 11)
    #expect(bed.drain() == ["a"])
    #expect(bed.problems == [])
  }
}
