import Host
import Interchange
import Monitoring
import Records
import Reporting
import Settings

/// The way of the lines: files or feeds, then one parser a source, then events for the monitor.
struct Intake: ~Copyable {
  private var tail: LogTail
  private let feeds: Feeds
  /// By source, its place among those of the tail.
  private let places: [Int: Int]
  private var parsers: [RecordParser]
  private var isDrained: [Bool]

  /// - Parameters:
  ///   - positions: As they were stored, as are the cursors.
  ///   - watermarks: How far each source had come.
  ///   - old: Feeds of earlier settings that may go on.
  init(
    settings: ServiceSettings, positions: [FilePosition], cursors: [String: [String: String]],
    watermarks: [Int64?], reusing old: [any LineFeed], nowSeconds: Double
  ) throws {
    let parsers = try zip(settings.sources, watermarks).map { source, watermark in
      var parser = try RecordParser(
        settings: settings.parser(of: source),
        compilePattern: Pattern.compile)
      parser.watermark = watermark
      return parser
    }
    self.parsers = parsers
    var files: [TailSource] = []
    var others: [Int: FeedSource] = [:]
    var places: [Int: Int] = [:]
    for (index, source) in settings.sources.enumerated() {
      if let origin = source.feed {
        others[index] = FeedSource(source, origin, parsers[index])
      } else {
        places[index] = files.count
        files.append(TailSource(source, parsers[index]))
      }
    }
    self.places = places
    tail = LogTail(sources: files, positions: positions, nowSeconds: nowSeconds)
    feeds = Feeds(sources: others, cursors: cursors, reusing: old, nowSeconds: nowSeconds)
    isDrained = settings.sources.map { _ in false }
  }

  /// Sources that may have lines to read.
  var ready: [Int] {
    isDrained.indices.filter { source in
      if let feed = feeds[source] { return feed.isReady }
      return !(isDrained[source] && tail.isDrained(source: places[source]!))
    }
  }

  /// Readable when something has come.
  var descriptors: [Int32] { [tail.fileDescriptor, feeds.descriptor].filter { $0 >= 0 } }

  /// When to look again even if nothing comes.
  var deadlineSeconds: Double? {
    [tail.deadlineSeconds, feeds.deadlineSeconds].compactMap { $0 }.min()
  }

  /// What may go on under other settings.
  var reusable: [any LineFeed] { feeds.all }

  /// Something came, or it is time to look.
  mutating func refresh(nowSeconds: Double) {
    tail.refresh(nowSeconds: nowSeconds)
    feeds.refresh(nowSeconds: nowSeconds)
  }

  /// Something may have happened that no descriptor tells of.
  mutating func rescanFiles() { tail.rescanAll() }

  /// The files that are there, to be stored before any is read: should we be killed in the midst of the first
  /// reading and a file be rotated meanwhile, it is still known for one that was to be read.
  mutating func discovered() -> [Event] {
    isDrained.indices.map { source in
      .records(source: source, batch: RecordBatch(), positions: takePositionChanges(source))
    }
  }

  /// Reads on in a source.
  mutating func next(source: Int, now: Int64) -> Event {
    var batch = RecordBatch()
    let chunk: Chunk?
    if let feed = feeds[source] {
      chunk = feed.advance()
      if let chunk {
        feed.parse(by: &parsers[source], now: now, into: &batch)
        Self.rejectTooLong(chunk, feed.lines.span.bytes, by: &parsers[source], into: &batch)
      }
    } else {
      chunk = tail.advance(source: places[source]!)
      if let chunk {
        Self.parse(chunk, of: tail, by: &parsers[source], now: now, into: &batch)
      }
    }
    isDrained[source] = chunk == nil
    let positions = takePositionChanges(source)
    return chunk == nil
      ? .drained(source: source, positions: positions)
      : .records(source: source, batch: batch, positions: positions)
  }

  private static func parse(
    _ chunk: Chunk, of tail: borrowing LogTail, by parser: inout RecordParser, now: Int64,
    into batch: inout RecordBatch
  ) {
    if let outline = chunk.outline { parser.beginFile(outline) }
    parser.parse(tail.lines, now: now, into: &batch)
    rejectTooLong(chunk, tail.lines, by: &parser, into: &batch)
  }

  private static func rejectTooLong(
    _ chunk: Chunk, _ lines: RawSpan, by parser: inout RecordParser, into batch: inout RecordBatch
  ) {
    for _ in 0..<chunk.tooLongLineCount {
      parser.rejectTooLong(beginning: lines.extracting(first: 0), into: &batch)
    }
  }

  private mutating func takePositionChanges(_ source: Int) -> PositionChanges {
    feeds[source]?.takePositionChanges() ?? tail.takePositionChanges(source: places[source]!)
  }

  /// What keeps each source from being read.
  var problems: [[IntakeProblem]] {
    isDrained.indices.map { source in
      feeds[source]?.status().problems ?? tail.problems(source: places[source]!)
    }
  }

  func status(source: Int) -> SourceStatus {
    feeds[source]?.status() ?? tail.status(source: places[source]!)
  }

  /// How often the kernel dropped events.
  var overflowCount: Int { tail.overflowCount }
}

extension TailSource {
  init(_ settings: SourceSettings, _ parser: RecordParser) {
    self.init(
      name: settings.name, paths: settings.files,
      start: settings.start == .beginning ? .beginning : .end,
      maxLineBytes: settings.maxLineBytes, needsOutlines: parser.needsOutlines)
  }
}

extension FeedSource {
  init(_ settings: SourceSettings, _ origin: Origin, _ parser: RecordParser) {
    self.init(
      name: settings.name, origin: origin,
      start: settings.start == .beginning ? .beginning : .end,
      maxLineBytes: settings.maxLineBytes,
      fields: settings.format == .journal ? parser.wantedFields : nil)
  }
}
