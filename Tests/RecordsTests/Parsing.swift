import Host
import Records
import Testing

/// A clock long after all times in the tests.
let later: Int64 = 4_000_000_000

func makeParser(_ settings: ParserSettings) throws -> RecordParser {
  try RecordParser(settings: settings, compilePattern: Pattern.compile)
}

func batch(
  of lines: [UInt8], _ settings: ParserSettings, now: Int64 = later
) throws -> RecordBatch {
  var parser = try makeParser(settings)
  var batch = RecordBatch()
  parser.parse(lines.span.bytes, now: now, into: &batch)
  return batch
}

func batch(
  of text: String, _ settings: ParserSettings, now: Int64 = later
) throws -> RecordBatch {
  try batch(of: Array(text.utf8), settings, now: now)
}

extension RecordBatch {
  var tallies: [Tally] { segments.flatMap(\.tallies) }

  /// Of a batch of one line: the record's time, or why it was not counted.
  var only: LineResult? {
    guard lineCount == 1 else { return nil }
    if let tally = tallies.first { return .counted(tally.latest, key: tally.key) }
    if let rejection = rejections.first { return .rejected(rejection.key) }
    return filteredCount == 1 ? .filtered : .header
  }
}

enum LineResult: Equatable {
  case counted(Int64, key: String)
  case rejected(RejectionReason)
  case filtered
  case header
}
