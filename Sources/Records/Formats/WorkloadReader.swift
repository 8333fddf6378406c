extension FormatDefinition {
  /// Standard Workload Format.
  package static let workload = FormatDefinition("swf", options: [.timeStart], isDistinctive: true)
  {
    (settings, fields, _) throws(ParserSettingsError) in
    try WorkloadReader(start: settings.format.options.timeStart, fields: fields)
  }
}

extension LogFormat {
  package static func workload(start: Int64?) -> LogFormat {
    LogFormat(.workload, FormatOptions(timeStart: start))
  }
}

/// Reads the Standard Workload Format of the Parallel Workloads Archive: one job a line, with its submit time in
/// seconds after the start time in the file's header.
///
/// - Source: Feitelson, Tsafrir, Krakov, "Experience with using the Parallel Workloads Archive", 2014; swf
///   version 2.2.
struct WorkloadReader: LineReader {
  let readsHeaders = true

  /// In the order of the columns.
  private static let columns = [
    "job", "submit", "wait", "run_time", "processors", "cpu_time", "memory",
    "requested_processors", "requested_time", "requested_memory", "status", "user", "group",
    "executable", "queue", "partition", "preceding_job", "think_time",
  ]
  private static let submitColumn = 1

  /// In seconds since the epoch; nil until it is known.
  private var start: Int64?
  private var slotOfColumn: [Int?]

  /// - Parameter start: The start time for files whose header is not read because reading starts at their end.
  init(start: Int64?, fields: FieldIndex) throws(ParserSettingsError) {
    self.start = start
    slotOfColumn = Self.columns.map { _ in nil }
    for (slot, wanted) in fields.wanted.enumerated() {
      guard let column = Self.columns.firstIndex(of: wanted.name) else {
        throw ParserSettingsError(
          setting: wanted.setting, found: wanted.name,
          expected: "one of \(Self.columns.joined(separator: ", "))")
      }
      slotOfColumn[column] = slot
    }
  }

  func fieldNames(of line: RawSpan) -> [String] { Self.columns }

  var learned: [String] { start.map { ["\($0)"] } ?? [] }

  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome
  {
    var position = Self.skipBlanks(line, from: 0)
    if position == line.byteCount { return .header }
    if line[position] == ASCII.semicolon {
      readHeader(line, from: position + 1)
      return .header
    }
    var submitted: Int64?
    for column in Self.columns.indices {
      let first = Self.skipBlanks(line, from: position)
      position = first
      while position < line.byteCount, !line[position].isBlank { position += 1 }
      guard position > first else { return .rejected(.malformed) }
      fields.set(slotOfColumn[column], to: first..<position)
      if column == Self.submitColumn {
        submitted = TimeReader.epoch(line.extracting(first..<position), unit: .seconds)
      }
    }
    guard let start, let submitted else { return .rejected(.invalidTime) }
    let (time, overflow) = start.addingReportingOverflow(submitted)
    return overflow || time > StampParts.lastSecond ? .rejected(.invalidTime) : .record(time)
  }

  /// `; UnixStartTime: 781275672`.
  private mutating func readHeader(_ line: RawSpan, from start: Int) {
    let name = Array("UnixStartTime:".utf8)
    let first = Self.skipBlanks(line, from: start)
    let value = first + name.count
    guard value < line.byteCount, line.range(first..<value, equals: name) else { return }
    var cursor = StampCursor(position: Self.skipBlanks(line, from: value))
    if let seconds = cursor.number(digits: 1...12, from: line) { self.start = Int64(seconds) }
  }

  private static func skipBlanks(_ line: RawSpan, from start: Int) -> Int {
    var position = start
    while position < line.byteCount, line[position].isBlank { position += 1 }
    return position
  }
}
