package import Records

/// A source whose lines are no files to be followed.
package struct FeedSource: Equatable, Sendable {
  /// Where the lines come from.
  package enum Origin: Equatable, Sendable {
    case journal(JournalSelection)
    case socket(SyslogSocket.Place)
    case standardInput
  }

  package var name: String
  package var origin: Origin
  package var start: TailSource.Start
  package var maxLineBytes: Int
  /// Of the journal: the fields that are wanted, `RecordParser.wantedFields`; nil: the message is the line.
  package var fields: [String]?

  package init(
    name: String, origin: Origin, start: TailSource.Start = .beginning,
    maxLineBytes: Int = 65_536, fields: [String]? = nil
  ) {
    self.name = name
    self.origin = origin
    self.start = start
    self.maxLineBytes = maxLineBytes
    self.fields = fields
  }
}

/// Where such lines come from, pulled as those of a `LogTail` are: `advance` until there are no more, wait
/// for the wakeups, `refresh`.
package protocol LineFeed: AnyObject {
  /// `advance` has something to tell: lines, or that there are no more for now.
  var isReady: Bool { get }

  /// The lines of the latest chunk; each ends with a newline.
  var lines: [UInt8] { get }

  /// Counts what the latest chunk holds.
  func parse(by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch)

  /// When `refresh` has something to do even if nothing happens; nil: never.
  var deadlineSeconds: Double? { get }

  /// From here on the wakeups tell when something comes. It will say anew when there are no more lines.
  func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double)

  /// - Parameter isAwake: Something has come.
  func refresh(isAwake: Bool, nowSeconds: Double)

  /// - Returns: Nil when there are no more for now.
  func advance() -> Chunk?

  /// What changed since the last call; to be stored with the counts of the lines read since.
  func takePositionChanges() -> PositionChanges

  /// How it stands; what keeps it from being read is among its problems.
  func status() -> SourceStatus

  /// Goes on under other settings, if it can be used under them.
  func takes(_ source: FeedSource) -> Bool
}

extension LineFeed {
  package func parse(by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch) {
    parser.parse(lines.span.bytes, now: now, into: &batch)
  }

  package func takePositionChanges() -> PositionChanges { PositionChanges() }
}

/// The feeds of a set of settings, by the place of their source.
package struct Feeds: ~Copyable {
  private var feeds: [Int: any LineFeed] = [:]
  private let wakeups = Wakeups()

  /// - Parameters:
  ///   - cursors: Of the journal, as they were stored, by source and machine.
  ///   - old: Those of earlier settings. What a socket or standard input holds exists only once: where they
  ///     stay the same, they stay open.
  package init(
    sources: [Int: FeedSource], cursors: [String: [String: String]], reusing old: [any LineFeed],
    nowSeconds: Double
  ) {
    for (number, source) in sources {
      feeds[number] =
        old.first { $0.takes(source) }
        ?? Self.feed(of: source, cursors: cursors[source.name] ?? [:])
    }
    for (number, feed) in feeds { feed.attach(to: wakeups, as: number, nowSeconds: nowSeconds) }
  }

  private static func feed(of source: FeedSource, cursors: [String: String]) -> any LineFeed {
    switch source.origin {
    case .journal(let selection):
      JournalFeed(source: source, selection: selection, cursors: cursors)
    case .socket(let place): SyslogSocket(source: source, place: place)
    case .standardInput: StandardInput(source: source)
    }
  }

  package var all: [any LineFeed] { Array(feeds.values) }

  /// Readable when something came.
  package var descriptor: Int32 { wakeups.descriptor }

  package var deadlineSeconds: Double? { feeds.values.compactMap(\.deadlineSeconds).min() }

  package subscript(source: Int) -> (any LineFeed)? { feeds[source] }

  package func refresh(nowSeconds: Double) {
    let awake = Set(wakeups.take())
    for (number, feed) in feeds {
      feed.refresh(isAwake: awake.contains(number), nowSeconds: nowSeconds)
    }
  }
}
