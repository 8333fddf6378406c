/// Counts rejected lines of a chunk by reason, with the range of the latest of each, which becomes the example.
struct RejectedLines {
  private var counts: [RejectionReason: (count: Int, latest: Range<Int>)] = [:]

  static let exampleBytes = 200

  mutating func count(_ reason: RejectionReason, _ line: Range<Int>) {
    counts[reason] = ((counts[reason]?.count ?? 0) + 1, line)
  }

  func add(to batch: inout RecordBatch, from lines: RawSpan) {
    for (reason, rejected) in counts {
      var beginning: [UInt8] = []
      let shown = rejected.latest.prefix(Self.exampleBytes + 1)
      lines.append(shown, to: &beginning)
      batch.append(
        RecordBatch.Rejection(
          count: rejected.count,
          example: String(escapedForDisplay: beginning, limit: Self.exampleBytes)),
        reason: reason)
    }
  }
}

extension RecordBatch.Rejection {
  /// What follows the number of lines.
  package func words(_ reason: RejectionReason) -> String {
    "rejected as \(reason.rawValue)\(Self.words(example: example))"
  }

  /// Nothing of blank lines, and of lines that are too long, of which there is no example.
  package static func words(example: String) -> String {
    example.allSatisfy(\.isWhitespace) ? "" : ", such as \(example)"
  }
}
