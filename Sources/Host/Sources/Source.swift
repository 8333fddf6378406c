package import Records

/// Where the lines of a source come from, as the settings define it: one type for each kind of source.
///
/// To add a kind, write a type that conforms and the `Source` that it opens, both in this folder, and add its key to
/// `SourceSettings.origins`. Intake, reloads, status and checks then include it.
package protocol SourceOrigin: Sendable {
  /// Opens the source. One that cannot be opened yet keeps retrying, and its status contains the problem.
  func open(_ source: SourceDescription, _ context: SourceContext) -> any Source

  /// Identifies an input that only one source can read, such as a socket's path; nil if several sources can share it.
  var exclusiveInput: String? { get }

  /// What prevents this user from reading it now, found without opening it; nil if nothing does.
  var obstacle: IntakeProblem? { get }
}

extension SourceOrigin {
  package var exclusiveInput: String? { nil }
  package var obstacle: IntakeProblem? { nil }
}

/// The settings with which a source is opened.
package struct SourceDescription: Sendable {
  package var name: String
  package var origin: any SourceOrigin
  package var start: TailSource.Start
  package var maxLineBytes: Int
  /// Whether the content of a file (its header, say) determines how its lines are parsed.
  package var needsOutlines: Bool
  /// The fields to read (`RecordParser.wantedFields`) from a source that has separate fields; nil to read lines.
  package var fields: [String]?
  /// Whether the keys of records are needed, from a source that has them.
  package var needsRecordKeys: Bool

  package init(
    name: String, origin: any SourceOrigin, start: TailSource.Start = .beginning,
    maxLineBytes: Int = 65_536, needsOutlines: Bool = false, fields: [String]? = nil,
    needsRecordKeys: Bool = false
  ) {
    self.name = name
    self.origin = origin
    self.start = start
    self.maxLineBytes = maxLineBytes
    self.needsOutlines = needsOutlines
    self.fields = fields
    self.needsRecordKeys = needsRecordKeys
  }
}

/// The stored positions and shared resources with which sources are opened.
package struct SourceContext {
  /// The stored cursors of the source; see `PositionChanges.cursors`.
  package let cursors: [String: String]
  /// The files of all sources, which share one inotify instance.
  let files: FileTail
}

/// An open source. Its lines are pulled: call `advance` until there are no more, wait for a wakeup, call `refresh`.
package protocol Source: AnyObject {
  /// Whether `advance` has news: lines, or that there are no more for now.
  var isReady: Bool { get }

  /// When `refresh` must be called even without a wakeup; nil for never.
  var deadlineSeconds: Double? { get }

  /// Adds the source's descriptors to the wakeups. Afterwards `advance` reports again when there are no more lines.
  func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double)

  /// - Parameter isAwake: Whether a descriptor of the source became ready.
  func refresh(isAwake: Bool, nowSeconds: Double)

  /// - Returns: Nil if there are no more lines for now. If the source is still ready then, `refresh` must be called
  ///   first.
  func advance() -> Chunk?

  /// Parses the latest chunk.
  func parse(
    _ chunk: Chunk, by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch)

  /// The positions that have changed since the last call; to be stored together with the counts of the lines read
  /// since.
  func takePositionChanges() -> PositionChanges

  /// The state of the source, including what prevents it from being read.
  func status() -> SourceStatus

  /// The problems of the status, without the cost of the rest of it.
  var problems: [IntakeProblem] { get }

  /// Continues with other settings after a reload, if possible. Returns whether it does.
  func reconfigure(_ source: SourceDescription) -> Bool
}

extension Source {
  package func takePositionChanges() -> PositionChanges { PositionChanges() }
  package var problems: [IntakeProblem] { status().problems }
}

/// A source that keeps the lines of a chunk in memory.
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
  /// Parses the lines of a chunk, and counts those that were too long to be in it.
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
