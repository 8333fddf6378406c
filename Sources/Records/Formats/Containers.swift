extension FormatDefinition {
  /// Logs of Kubernetes container runtimes. A long line is split into parts marked `P`, and the last one, `F`.
  package static let cri = FormatDefinition(
    "cri", isDistinctive: true,
    makeReader: { (settings, fields, compile) throws(ParserSettingsError) in
      try PartsReader(
        PatternReader(.cri, settings, fields: fields, compile),
        part: try PatternReader(.criPart, settings, fields: FieldIndex(), compile))
    })

  /// Docker's json-file: an object a line. Of a long line in parts, only the last part's `log` ends with a newline.
  package static let docker = FormatDefinition("docker", isDistinctive: true) {
    (settings, fields, _) throws(ParserSettingsError) in
    let log = fields.reference(to: "log", from: .format)
    let time = TimeFields(
      usual: [], named: "time", time: try TimeReader(settings), index: &fields)
    return JSONReader(time, partField: log, fields: fields)
  }
}

extension LogFormat {
  package static let cri = LogFormat(.cri)
  package static let docker = LogFormat(.docker)
}

extension LinePattern {
  /// - Source: Kubernetes, "CRI: Log management for container stdout/stderr streams".
  fileprivate static let cri = LinePattern(
    regex: #"^(?<time>\d{4}-\d\d-\d\dT\S+) (?<stream>stdout|stderr) F(?::\S*)? (?<message>.*)$"#,
    timeLayout: "iso8601")

  fileprivate static let criPart = LinePattern(
    regex: #"^(?<time>\d{4}-\d\d-\d\dT\S+) (?:stdout|stderr) P(?::\S*)? "#, timeLayout: "iso8601")
}

/// Reads lines that may be split into parts, of which only the last is counted.
private struct PartsReader: LineReader {
  private var whole: PatternReader
  private var part: PatternReader

  init(_ whole: PatternReader, part: PatternReader) {
    self.whole = whole
    self.part = part
  }

  mutating func read(
    _ line: RawSpan, _ context: StampContext, fields: inout FieldTable
  ) -> LineOutcome {
    let outcome = whole.read(line, context, fields: &fields)
    guard case .rejected = outcome else { return outcome }
    var none = FieldTable(count: 0)
    if case .record = part.read(line, context, fields: &none) { return .header }
    return outcome
  }

  func fieldNames(of line: RawSpan) -> [String] { whole.fieldNames(of: line) }
}
