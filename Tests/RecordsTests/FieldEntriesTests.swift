import Host
import Records
import Testing

/// Records that arrive as separate fields, as from the journal.
struct FieldEntriesTests {
  private static let received = 1_767_225_600
  private static let written = 1_767_225_000

  private func batch(
    _ entries: [[String: String]], maxLineBytes: Int = 1_000, format: LogFormat = .journal
  ) throws -> RecordBatch {
    var parser = try makeParser(
      ParserSettings(format: format, key: "{UNIT}", maxLineBytes: maxLineBytes))
    var fields = FieldEntries(names: parser.wantedFields)
    for entry in entries {
      fields.begin()
      for (place, name) in fields.names.enumerated() {
        if let value = entry[name] { fields.set(place, to: value.utf8) }
      }
    }
    var batch = RecordBatch()
    parser.parse(fields, now: later, into: &batch)
    return batch
  }

  @Test func timeOfTheWriterComesFirst() throws {
    let batch = try batch([
      ["UNIT": "a", "__REALTIME_TIMESTAMP": "\(Self.received)000000"],
      [
        "UNIT": "b", "__REALTIME_TIMESTAMP": "\(Self.received)000000",
        "_SOURCE_REALTIME_TIMESTAMP": "\(Self.written)999999",
      ],
    ])
    let times = Dictionary(uniqueKeysWithValues: batch.tallies.map { ($0.key, $0.latest) })
    #expect(times == ["a": Int64(Self.received), "b": Int64(Self.written)])
  }

  @Test func whatIsMissingOrWrongIsRejected() throws {
    let batch = try batch([
      ["UNIT": "a"], ["UNIT": "a", "__REALTIME_TIMESTAMP": "soon"],
      ["__REALTIME_TIMESTAMP": "\(Self.received)000000"],
    ])
    #expect(batch.lineCount == 3 && batch.tallies.isEmpty)
    #expect(batch.rejections.mapValues(\.count) == [.missingField: 2, .invalidTime: 1])
    #expect(
      batch.rejections[.invalidTime]?.example == "UNIT=a __REALTIME_TIMESTAMP=soon")
  }

  @Test func longEntryIsRejected() throws {
    let time = "\(Self.received)000000"
    let batch = try batch(
      [
        ["UNIT": String(repeating: "x", count: 100), "__REALTIME_TIMESTAMP": time],
        ["UNIT": "a", "__REALTIME_TIMESTAMP": time],
      ], maxLineBytes: 100)
    #expect(batch.rejections.mapValues(\.count) == [.tooLong: 1])
    #expect(batch.tallies.map(\.key) == ["a"])
  }
}
