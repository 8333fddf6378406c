import Records
import Testing

/// Formats whose files begin with a description of their lines.
@Suite struct HeaderTests {
  static let table = LogFormat.delimited(separator: ",", columns: nil)

  static func parse(_ text: String, by parser: inout RecordParser) -> RecordBatch {
    var batch = RecordBatch()
    parser.parse(Array(text.utf8).span.bytes, now: later, into: &batch)
    return batch
  }

  @Test(arguments: [
    "path,time,host\n/a,1767225660,b\n", "\"path\",\"time\"\n\"/a\",1767225660\n",
    "\u{feff}path,TimeStamp\r\n/a,1767225660\r\n",
  ])
  func columnsAreNamedByTheFirstLine(text: String) throws {
    let result = try batch(of: text, ParserSettings(format: Self.table, key: "{path}"))
    #expect(result.headerCount == 1)
    #expect(result.tallies.map(\.key) == ["/a"])
    #expect(result.tallies.map(\.latest) == [1_767_225_660])
  }

  @Test func timeFieldOfTheSettingsIsTheColumn() throws {
    let settings = ParserSettings(format: Self.table, timeField: "done")
    let result = try batch(of: "time,done\n1767225600,1767225660\n", settings)
    #expect(result.tallies.map(\.latest) == [1_767_225_660])
  }

  @Test func tableWithoutATimeIsMalformed() throws {
    let result = try batch(of: "path,host\n/a,b\n", ParserSettings(format: Self.table))
    #expect(result.rejections.mapValues(\.count) == [.malformed: 2])
  }

  /// Otherwise a client that gets a line break into a field could rename the columns.
  @Test func namesFurtherDownAreNoHeader() throws {
    let result = try batch(
      of: "time,path\n1767225660,/a\npath,time\n1767225660,/b\ntime,path\n",
      ParserSettings(format: Self.table, key: "{path}"))
    #expect(result.tallies.map(\.key) == ["/a", "/b"])
    #expect(result.rejections.mapValues(\.count) == [.invalidTime: 1])
    #expect(result.headerCount == 2)
  }

  @Test func columnThatIsNotThereIsAMissingField() throws {
    let result = try batch(
      of: "time,path\n1767225660,/a\n", ParserSettings(format: Self.table, key: "{host}"))
    #expect(result.rejections.mapValues(\.count) == [.missingField: 1])
  }

  @Test func nextFileHasItsOwnColumns() throws {
    var parser = try makeParser(ParserSettings(format: Self.table, key: "{path}"))
    _ = Self.parse("time,path\n1767225660,/a\n", by: &parser)
    parser.beginFile(
      FileOutline(beginning: Array("path,time\n/b,1767225720\n/c,1767225780\n".utf8)))
    let result = Self.parse("/c,1767225780\n", by: &parser)
    #expect(result.tallies.map(\.key) == ["/c"])
  }

  @Test func fileWithoutAHeaderIsReadByTheOneBefore() throws {
    var parser = try makeParser(ParserSettings(format: Self.table, key: "{path}"))
    _ = Self.parse("time,path\n1767225660,/a\n", by: &parser)
    parser.beginFile(FileOutline(beginning: Array("1767225720,/b\n".utf8)))
    let result = Self.parse("1767225720,/b\n", by: &parser)
    #expect(result.tallies.map(\.key) == ["/b"])
  }

  // MARK: - The journal as JSON

  @Test(arguments: [
    (
      #"{"__REALTIME_TIMESTAMP":"60000001","_SYSTEMD_UNIT":"a.service"}"#,
      LineResult.counted(60, key: "a.service")
    ),
    (
      #"{"__REALTIME_TIMESTAMP":"60000000","_SOURCE_REALTIME_TIMESTAMP":"59999999","_SYSTEMD_UNIT":["b","c"]}"#,
      .counted(59, key: "b")
    ),
    (#"{"__REALTIME_TIMESTAMP":"60000000"}"#, .rejected(.missingField)),
    (#"{"_SYSTEMD_UNIT":"a"}"#, .rejected(.missingField)),
    (#"{"__REALTIME_TIMESTAMP":"soon","_SYSTEMD_UNIT":"a"}"#, .rejected(.invalidTime)),
  ])
  func entryOfTheJournalHasItsOwnTime(line: String, expected: LineResult) throws {
    let settings = ParserSettings(format: .journal, key: "{_SYSTEMD_UNIT}")
    #expect(try batch(of: line + "\n", settings).only == expected)
  }
}
