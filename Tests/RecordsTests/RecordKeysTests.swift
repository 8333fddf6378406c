import Records
import Testing

/// Keys that records have beside their lines.
struct RecordKeysTests {
  private func batch(
    _ records: [(key: String?, line: String)], _ settings: ParserSettings
  ) throws -> RecordBatch {
    var parser = try makeParser(settings)
    var keys = RecordKeys()
    for record in records { keys.append(record.key?.utf8) }
    let lines = Array(records.map { $0.line + "\n" }.joined().utf8)
    var batch = RecordBatch()
    parser.parse(lines.span.bytes, keys: keys, now: later, into: &batch)
    return batch
  }

  private func settings(
    _ key: String?, include: [ParserSettings.Condition] = [], maxLineBytes: Int = 1_000
  ) -> ParserSettings {
    ParserSettings(
      format: .json, key: key, include: include, maxLineBytes: maxLineBytes, hasRecordKeys: true)
  }

  private let line = #"{"time": 1767225600, "host": "a", "record_key": "of the line"}"#

  @Test func keyOfTheRecordIsAFieldOfTheTemplate() throws {
    let batch = try batch(
      [("x", line), ("y", line), ("x", line)], settings("{record_key}/{host}"))
    #expect(batch.tallies.map(\.key) == ["x/a", "y/a"])
    #expect(batch.tallies.map(\.count) == [2, 1])
  }

  @Test func keyBelongsToItsLineWhateverIsRejected() throws {
    let batch = try batch([("x", "no object"), ("y", line)], settings("{record_key}"))
    #expect(batch.tallies.map(\.key) == ["y"])
    #expect(batch.rejections.mapValues(\.count) == [.malformed: 1])
  }

  @Test func recordWithoutKeyIsRejectedForThat() throws {
    let batch = try batch([(nil, line), ("", line)], settings("k{record_key}"))
    #expect(batch.tallies.map(\.key) == ["k"])
    #expect(batch.rejections.mapValues(\.count) == [.missingField: 1])
  }

  @Test func keyIsNotNeededWhereNothingNamesIt() throws {
    #expect(try batch([(nil, line)], settings("{host}")).tallies.map(\.key) == ["a"])
  }

  @Test(arguments: [
    (String(repeating: "k", count: 257), RejectionReason.invalidKey),
    (String(repeating: "k", count: 1_001), .tooLong),
    ("a\0b", .invalidKey),
  ]) func hostileKeyIsRejected(key: String, reason: RejectionReason) throws {
    let batch = try batch([(key, line), ("good", line)], settings("{record_key}"))
    #expect(batch.tallies.map(\.key) == ["good"])
    #expect(batch.rejections.mapValues(\.count) == [reason: 1])
  }

  @Test func conditionsSeeTheKey() throws {
    let batch = try batch(
      [("shop-1", line), ("other", line), (nil, line)],
      settings(nil, include: [.init(field: "record_key", patterns: ["shop-*"])]))
    #expect(batch.tallies.map(\.count) == [1])
    #expect(batch.filteredCount == 1)
    #expect(batch.rejections.mapValues(\.count) == [.missingField: 1])
  }

  @Test func accessLogsHaveItOnlyFromSuchSources() throws {
    let line = #"1.2.3.4 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5"#
    var settings = ParserSettings(format: .common, key: "{record_key}", hasRecordKeys: true)
    #expect(try batch([("x", line)], settings).only == .counted(1_767_225_600, key: "x"))
    settings.hasRecordKeys = false
    #expect(throws: ParserSettingsError.self) { try makeParser(settings) }
  }
}
