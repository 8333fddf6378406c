package import Records

/// Where lines come from, as the settings say it: one type for each kind of source.
///
/// To add a kind, write a type that conforms and the `Source` that it opens, each in this folder, and add its key to
/// `SourceSettings.origins`; intake, reloads, status and checks follow.
package protocol SourceOrigin: Sendable {
  /// Opens it, or keeps trying to: what keeps it from being read is among the problems of its status.
  func open(_ source: SourceDescription, _ context: SourceContext) -> any Source

  /// What only one source can read; nil: any number of them can.
  var inlet: String? { get }

  /// What keeps this user from reading it now; found without opening it.
  var obstacle: IntakeProblem? { get }
}

extension SourceOrigin {
  package var inlet: String? { nil }
  package var obstacle: IntakeProblem? { nil }
}

/// A source under its settings.
package struct SourceDescription: Sendable {
  package var name: String
  package var origin: any SourceOrigin
  package var start: TailSource.Start
  package var maxLineBytes: Int
  /// Whether something of a file says how its lines are read.
  package var needsOutlines: Bool
  /// The fields that are wanted, `RecordParser.wantedFields`, of a source that knows them apart; nil: its lines are.
  package var fields: [String]?

  package init(
    name: String, origin: any SourceOrigin, start: TailSource.Start = .beginning,
    maxLineBytes: Int = 65_536, needsOutlines: Bool = false, fields: [String]? = nil
  ) {
    self.name = name
    self.origin = origin
    self.start = start
    self.maxLineBytes = maxLineBytes
    self.needsOutlines = needsOutlines
    self.fields = fields
  }
}

/// What sources are opened with.
package struct SourceContext {
  /// Of the source, as they were stored: see `PositionChanges.cursors`.
  package let cursors: [String: String]
  /// All files of all sources, which share one inotify instance.
  let files: FileTail
}

/// An open source. Lines are pulled: `advance` until there are no more, wait for the wakeups, `refresh`.
package protocol Source: AnyObject {
  /// `advance` has something to tell: lines, or that there are no more for now.
  var isReady: Bool { get }

  /// When `refresh` has something to do even if nothing happens; nil: never.
  var deadlineSeconds: Double? { get }

  /// From here on the wakeups tell when something comes. It will say anew when there are no more lines.
  func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double)

  /// - Parameter isAwake: Something has come.
  func refresh(isAwake: Bool, nowSeconds: Double)

  /// - Returns: Nil when there are no more for now; of one that stays ready, until it is refreshed.
  func advance() -> Chunk?

  /// Counts what the latest chunk holds.
  func parse(
    _ chunk: Chunk, by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch)

  /// What changed since the last call; to be stored with the counts of the lines read since.
  func takePositionChanges() -> PositionChanges

  /// How it stands; what keeps it from being read is among its problems.
  func status() -> SourceStatus

  /// The problems of the status, without the work that the rest of it takes.
  var problems: [IntakeProblem] { get }

  /// Goes on under other settings, if it can be used under them.
  func takes(_ source: SourceDescription) -> Bool
}

extension Source {
  package func takePositionChanges() -> PositionChanges { PositionChanges() }
  package var problems: [IntakeProblem] { status().problems }
}

/// A source that has its lines in memory.
package protocol BufferedSource: Source {
  /// The lines of the latest chunk; each ends with a newline.
  var lines: [UInt8] { get }
}

extension BufferedSource {
  package func parse(
    _ chunk: Chunk, by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch
  ) {
    let lines = lines
    parser.parse(lines.span.bytes, of: chunk, now: now, into: &batch)
  }
}

extension RecordParser {
  /// Counts the lines of a chunk, and those that were too long to be in it.
  mutating func parse(
    _ lines: RawSpan, of chunk: Chunk, now: Int64, into batch: inout RecordBatch
  ) {
    if let outline = chunk.outline { beginFile(outline) }
    parse(lines, now: now, into: &batch)
    for _ in 0..<chunk.tooLongLineCount {
      rejectTooLong(beginning: lines.extracting(first: 0), into: &batch)
    }
  }
}
