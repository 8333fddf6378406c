/// The format of a source's lines: one of `FormatDefinition.all`, with its options.
package struct LogFormat: Equatable, Sendable {
  package var definition: FormatDefinition
  package var options: FormatOptions

  package init(_ definition: FormatDefinition, _ options: FormatOptions = FormatOptions()) {
    self.definition = definition
    self.options = options
  }

  /// Its name in the settings.
  package var name: String { definition.name }

  /// The formats that require no pattern.
  package static var named: [LogFormat] {
    FormatDefinition.all.filter { !$0.options.contains(.pattern) }.map { LogFormat($0) }
  }
}

/// Options that only some formats have; `FormatDefinition.options` lists those of a format.
package struct FormatOptions: Equatable, Sendable {
  /// A regular expression, or a log format as written in a server's configuration.
  package var pattern: String?
  /// The names of the columns, in order; nil if the first line of each file names them.
  package var columns: [String]?
  package var separator: String?
  /// The start that times are relative to, in seconds since the epoch, if the file's header does not contain it.
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

/// A log format: its name and options in the settings, how its lines are read, and how a log of it is recognised. Each
/// is in its own file of `Formats`.
package struct FormatDefinition: Sendable {
  /// A setting of a source that only some formats take.
  package enum Setting: Sendable {
    /// Required if a format takes it.
    case pattern
    case columns, separator, timeStart, timeField, timeLayout
  }

  package let name: String
  package let options: Set<Setting>
  /// Whether a line that matches can hardly be of another format. Detection then prefers it to a format that reads more
  /// lines, because the lines that it does not read, such as notices among a proxy's requests, are no requests.
  let isDistinctive: Bool
  /// Whether the syslog header is part of its lines.
  package let keepsSyslogHeader: Bool
  /// Whether its stamps may lack a year.
  let mayLackYear: Bool
  let makeReader: MakeReader
  /// The options with which a log may be in this format, best first.
  let guesses: @Sendable (LogSample) -> [FormatGuess]

  typealias MakeReader =
    @Sendable (ParserSettings, inout FieldIndex, PatternCompiler) throws(ParserSettingsError)
    -> any LineReader

  init(
    _ name: String, options: Set<Setting> = [], isDistinctive: Bool = false,
    keepsSyslogHeader: Bool = false, mayLackYear: Bool = false,
    guesses: @escaping @Sendable (LogSample) -> [FormatGuess] = { _ in [FormatGuess()] },
    makeReader: @escaping MakeReader
  ) {
    self.name = name
    self.options = options
    self.isDistinctive = isDistinctive
    self.keepsSyslogHeader = keepsSyslogHeader
    self.mayLackYear = mayLackYear
    self.guesses = guesses
    self.makeReader = makeReader
  }

  /// More specific formats come first: of two that read the same lines, detection chooses the first.
  package static let all: [FormatDefinition] = [
    .vhostCombined, .combined, .common, .applicationLoadBalancer, .classicLoadBalancer, .haproxy,
    .squid, .cri, .docker, .json, .journal, .syslogProtocol, .extended, .workload, .csv, .tsv,
    .syslog, .logfmt,
    .epoch,
    .nginx, .apache, .regex,
  ]

  /// - Returns: The format with this name in the settings; nil if there is none.
  package init?(named name: String) {
    guard let found = Self.all.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

extension FormatDefinition: Equatable {
  package static func == (a: Self, b: Self) -> Bool { a.name == b.name }
}

/// Options with which a log may be read in a format.
struct FormatGuess {
  var options = FormatOptions()
  var timeField: String?
  var timeLayout: String?
}

/// Lines from the beginning of a log whose format is to be detected.
struct LogSample: Sendable {
  /// The first lines that are not empty, each cut to a few kilobytes.
  let lines: [[UInt8]]
  /// Seconds since the epoch.
  let now: Int64

  var firstLine: [UInt8] { lines.first ?? [] }
}
