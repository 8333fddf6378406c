import Host
import Monitoring
import Records

/// The way of the lines: files, then one parser a source, then events for the monitor.
struct Intake: ~Copyable {
  private(set) var tail: LogTail
  private var parsers: [RecordParser]
  private var isDrained: [Bool]

  /// - Parameters:
  ///   - positions: As they were stored.
  ///   - watermarks: How far each source had come.
  init(
    settings: Settings, positions: [FilePosition], watermarks: [Int64?], nowSeconds: Double
  ) throws {
    let parsers = try zip(settings.sources, watermarks).map { source, watermark in
      var parser = try RecordParser(
        settings: settings.parser(of: source),
        compilePattern: { pattern throws(PatternError) in try Pattern(pattern) })
      parser.watermark = watermark
      return parser
    }
    self.parsers = parsers
    tail = LogTail(
      sources: zip(settings.sources, parsers).map { source, parser in
        TailSource(source, needsBeginnings: parser.readsHeaders)
      }, positions: positions, nowSeconds: nowSeconds)
    isDrained = settings.sources.map { _ in false }
  }

  /// Sources that may have lines to read.
  var ready: [Int] {
    isDrained.indices.filter { !(isDrained[$0] && tail.isDrained(source: $0)) }
  }

  /// Something happened to the files, or it is time to look.
  mutating func refresh(nowSeconds: Double) {
    tail.refresh(nowSeconds: nowSeconds)
  }

  /// The files that are there, to be stored before any is read: should we be killed in the midst of the first
  /// reading and a file be rotated meanwhile, it is still known for one that was to be read.
  mutating func discovered() -> [Event] {
    isDrained.indices.map { source in
      .records(
        source: source, batch: RecordBatch(),
        positions: tail.takePositionChanges(source: source))
    }
  }

  /// Reads on in a source.
  mutating func next(source: Int, now: Int64) -> Event {
    guard let chunk = tail.advance(source: source) else {
      isDrained[source] = true
      return .drained(
        source: source, positions: tail.takePositionChanges(source: source))
    }
    isDrained[source] = false
    var batch = RecordBatch()
    Self.parse(chunk, of: tail, by: &parsers[source], now: now, into: &batch)
    return .records(
      source: source, batch: batch, positions: tail.takePositionChanges(source: source))
  }

  private static func parse(
    _ chunk: Chunk, of tail: borrowing LogTail, by parser: inout RecordParser, now: Int64,
    into batch: inout RecordBatch
  ) {
    let lines = tail.lines
    if let beginning = chunk.beginning { parser.readHeader(beginning.span.bytes) }
    parser.parse(lines, now: now, into: &batch)
    for _ in 0..<chunk.tooLongLineCount {
      parser.rejectTooLong(beginning: lines.extracting(first: 0), into: &batch)
    }
  }
}

extension TailSource {
  init(_ settings: SourceSettings, needsBeginnings: Bool) {
    self.init(
      name: settings.name, paths: settings.files,
      start: settings.start == .beginning ? .beginning : .end,
      maxLineBytes: settings.maxLineBytes, needsBeginnings: needsBeginnings)
  }
}
