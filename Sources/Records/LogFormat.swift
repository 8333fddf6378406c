/// What the lines of a source look like: one of the formats of `FormatDefinition.all`, and what it needs to know
/// besides.
package struct LogFormat: Equatable, Sendable {
  package var definition: FormatDefinition
  package var options: FormatOptions

  package init(_ definition: FormatDefinition, _ options: FormatOptions = FormatOptions()) {
    self.definition = definition
    self.options = options
  }

  /// As the settings call it.
  package var name: String { definition.name }

  /// The formats that need no more than their name.
  package static var named: [LogFormat] {
    FormatDefinition.all.filter { !$0.takes.contains(.pattern) }.map { LogFormat($0) }
  }
}

/// What only some formats need; each in `FormatDefinition.takes` of those.
package struct FormatOptions: Equatable, Sendable {
  /// A regular expression, or a format as a server's configuration has it.
  package var pattern: String?
  /// In order; nil: the first line of each file names them.
  package var columns: [String]?
  package var separator: String?
  /// What times count from, in seconds since the epoch, where the file's header does not say.
  package var timeStart: Int64?

  package init(
    pattern: String? = nil, columns: [String]? = nil, separator: String? = nil,
    timeStart: Int64? = nil
  ) {
    self.pattern = pattern
    self.columns = columns
    self.separator = separator
    self.timeStart = timeStart
  }
}

/// One way in which programs write lines: how the settings name it, what they may say about it, how its lines are
/// read, and how a log is recognised by it. Each stands in its own file of `Formats`.
package struct FormatDefinition: Sendable {
  /// A setting of a source that only some formats take.
  package enum Setting: Sendable {
    /// Must be set.
    case pattern
    case columns, separator, timeStart, timeField, timeLayout
  }

  package let name: String
  package let takes: Set<Setting>
  /// Whether a line that is read so can hardly be anything else: such a format wins over one that reads more lines,
  /// for what it does not read, such as the notices among a proxy's requests, is no request.
  let isParticular: Bool
  /// Whether the header that syslog puts before a message is a part of its lines.
  package let keepsSyslogHeader: Bool
  /// Whether its stamps may lack a year.
  let mayLackYear: Bool
  let makeReader: MakeReader
  /// The ways in which a log may be in this format, the best first.
  let guesses: @Sendable (LogSample) -> [FormatGuess]

  typealias MakeReader =
    @Sendable (ParserSettings, inout FieldIndex, PatternCompiler) throws(ParserSettingsError)
    -> any LineReader

  init(
    _ name: String, takes: Set<Setting> = [], isParticular: Bool = false,
    keepsSyslogHeader: Bool = false, mayLackYear: Bool = false,
    guesses: @escaping @Sendable (LogSample) -> [FormatGuess] = { _ in [FormatGuess()] },
    makeReader: @escaping MakeReader
  ) {
    self.name = name
    self.takes = takes
    self.isParticular = isParticular
    self.keepsSyslogHeader = keepsSyslogHeader
    self.mayLackYear = mayLackYear
    self.guesses = guesses
    self.makeReader = makeReader
  }

  /// The more particular a format, the earlier: of two that read the same lines, a log is in the first.
  package static let all: [FormatDefinition] = [
    .vhostCombined, .combined, .common, .applicationLoadBalancer, .classicLoadBalancer, .haproxy,
    .squid, .cri, .docker, .json, .journal, .syslogProtocol, .extended, .workload, .csv, .tsv,
    .syslog, .logfmt,
    .epoch,
    .nginx, .apache, .regex,
  ]

  /// - Returns: The format that settings name so; nil if there is none.
  package init?(named name: String) {
    guard let found = Self.all.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

extension FormatDefinition: Equatable {
  package static func == (a: Self, b: Self) -> Bool { a.name == b.name }
}

/// How a log may be read in some format.
struct FormatGuess {
  var options = FormatOptions()
  var timeField: String?
  var timeLayout: String?
}

/// Lines from the beginning of a log whose format is to be found out.
struct LogSample: Sendable {
  /// The first few, the empty ones left out, each cut to a few kilobytes.
  let lines: [[UInt8]]
  /// Seconds since the epoch.
  let now: Int64

  var firstLine: [UInt8] { lines.first ?? [] }
}
