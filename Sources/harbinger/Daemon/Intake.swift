import Host
import Interchange
import Monitoring
import Records
import Reporting
import Settings

/// The way of the lines: sources, then one parser for each, then events for the monitor.
struct Intake: ~Copyable {
  private let sources: SourceSet
  private var parsers: [RecordParser]
  private var rejections: [RecentRejections]

  /// - Parameters:
  ///   - positions: As they were stored, as are the cursors.
  ///   - watermarks: How far each source had come.
  ///   - old: Sources of earlier settings that may be reused.
  init(
    settings: ServiceSettings, positions: [FilePosition], cursors: [String: [String: String]],
    watermarks: [Int64?], reusing old: [any Source], nowSeconds: Double
  ) throws {
    let parsers = try zip(settings.sources, watermarks).map { source, watermark in
      var parser = try RecordParser(
        settings: settings.parser(of: source),
        compilePattern: Pattern.compile)
      parser.watermark = watermark
      return parser
    }
    self.parsers = parsers
    rejections = parsers.map { _ in RecentRejections() }
    sources = SourceSet(
      zip(settings.sources, parsers).map { SourceDescription($0, $1) }, positions: positions,
      cursors: cursors, reusing: old, nowSeconds: nowSeconds)
  }

  /// Sources that may have lines to read.
  var ready: [Int] { parsers.indices.filter { sources.all[$0].isReady } }

  /// Readable when something has come.
  var descriptors: [Int32] { sources.descriptors }

  /// When to look again even if nothing comes.
  var deadlineSeconds: Double? { sources.deadlineSeconds }

  /// What may be reused under other settings.
  var reusable: [any Source] { sources.all }

  /// Something came, or it is time to look.
  func refresh(nowSeconds: Double) { sources.refresh(nowSeconds: nowSeconds) }

  /// Something may have happened that no descriptor reports.
  func rescanFiles() { sources.rescanFiles() }

  /// The files that are there, to be stored before any is read: should we be killed in the midst of the first
  /// reading and a file be rotated meanwhile, it is still known for one that was to be read.
  func discovered() -> [Event] {
    sources.all.enumerated().map { number, source in
      .records(source: number, batch: RecordBatch(), positions: source.takePositionChanges())
    }
  }

  /// Reads on in a source.
  mutating func next(source number: Int, now: Int64) -> Event {
    let source = sources.all[number]
    var batch = RecordBatch()
    let chunk = source.advance()
    if let chunk { source.parse(chunk, by: &parsers[number], now: now, into: &batch) }
    rejections[number].add(batch)
    let positions = source.takePositionChanges()
    // A source that has nothing to give and stays ready has to look at its files anew first.
    return chunk == nil && !source.isReady
      ? .drained(source: number, positions: positions)
      : .records(source: number, batch: batch, positions: positions)
  }

  /// What keeps each source from being read.
  var problems: [[IntakeProblem]] {
    zip(sources.all, rejections).map { $0.problems + $1.problems }
  }

  func status(source number: Int) -> SourceStatus {
    var status = sources.all[number].status()
    status.problems += rejections[number].problems
    return status
  }

  /// How often the kernel dropped events.
  var overflowCount: Int { sources.overflowCount }
}

extension RecentRejections {
  fileprivate var problems: [IntakeProblem] { problem.map { [.mostlyRejected($0)] } ?? [] }
}

extension SourceDescription {
  init(_ settings: SourceSettings, _ parser: RecordParser) {
    self.init(
      name: settings.name, origin: settings.origin,
      start: settings.start == .beginning ? .beginning : .end,
      maxLineBytes: settings.maxLineBytes, needsOutlines: parser.needsOutlines,
      fields: settings.format == .journal ? parser.wantedFields : nil,
      needsRecordKeys: parser.wantsRecordKeys)
  }
}
