/// How the lines of one source are read: the settings of a `RecordParser`.
package struct ParserSettings: Equatable, Sendable {
  /// A field of a record must match one of these wildcard patterns (`*` any characters, `?` one character).
  package struct Condition: Equatable, Sendable {
    package var field: String
    package var patterns: [String]

    package init(field: String, patterns: [String]) {
      self.field = field
      self.patterns = patterns
    }
  }

  /// What a line is that does not match the format.
  package enum UnmatchedLines: String, Sendable, CaseIterable {
    case rejected
    /// It continues the one before, as those of a stack trace do.
    case continuation
  }

  package var format: LogFormat
  /// The field that contains the time, for formats that do not define it (`json`, `regex`, …).
  package var timeField: String?
  /// The layout of that field: strptime-like (`%Y-%m-%dT%H:%M:%S%z`), or `iso8601`, `tai64n`, `epoch`, `epoch_ms`,
  /// `epoch_us`, `epoch_ns`, `epoch_any` (the unit follows from the size). Nil detects ISO 8601 and epochs line by line.
  package var timeLayout: String?
  /// The zone of stamps without a UTC offset.
  package var timeZone: TimeZoneRules
  /// What is made of lines that do not match the format.
  package var unmatched: UnmatchedLines
  /// A template such as `{host}{path}` that splits the source into streams; nil for one stream.
  package var key: String?
  /// A record is counted only if it meets all of these …
  package var include: [Condition]
  /// … and none of these.
  package var exclude: [Condition]
  package var maxLineBytes: Int
  /// A record further ahead of the clock than this is rejected.
  package var maxAheadSeconds: Int
  /// How long after its end an hour stays open for late lines.
  package var graceSeconds: Int
  /// Whether the records have keys of their own; see `RecordKeys`.
  package var hasRecordKeys: Bool

  package init(
    format: LogFormat = .combined, timeField: String? = nil, timeLayout: String? = nil,
    timeZone: TimeZoneRules = .utc, unmatched: UnmatchedLines = .rejected, key: String? = nil,
    include: [Condition] = [], exclude: [Condition] = [], maxLineBytes: Int = 65_536,
    maxAheadSeconds: Int = 300, graceSeconds: Int = 60, hasRecordKeys: Bool = false
  ) {
    self.format = format
    self.timeField = timeField
    self.timeLayout = timeLayout
    self.timeZone = timeZone
    self.unmatched = unmatched
    self.key = key
    self.include = include
    self.exclude = exclude
    self.maxLineBytes = maxLineBytes
    self.maxAheadSeconds = maxAheadSeconds
    self.graceSeconds = graceSeconds
    self.hasRecordKeys = hasRecordKeys
  }

  /// Whether stamps may lack a year, which is then inferred.
  package var infersYear: Bool {
    guard let timeLayout else { return format.definition.mayLackYear }
    // The parser reports an invalid layout.
    guard let layout = try? TimeLayout(timeLayout) else { return false }
    return !layout.hasYear && !layout.steps.contains(.epoch)
  }

  /// The parts of times that the lines may lack, according to the settings.
  package var mayInfer: InferredTime {
    if infersYear { return [.year, .zone] }
    guard let timeLayout, let layout = try? TimeLayout(timeLayout) else { return [] }
    let named: [TimeLayout.Step] = [.offset, .zoneName, .epoch]
    return layout.steps.contains { named.contains($0) } ? [] : .zone
  }
}

extension ParserSettings {
  /// Makes the reader of the source's format.
  ///
  /// - Parameter fields: The fields that key and filter use; formats without a fixed time field add theirs.
  func lineReader(
    fields: inout FieldIndex, compilePattern: PatternCompiler
  ) throws(ParserSettingsError) -> any LineReader {
    try format.definition.makeReader(self, &fields, compilePattern)
  }
}

/// An invalid setting of a parser: which one, its value, and what was expected.
package struct ParserSettingsError: Error, Equatable, CustomStringConvertible {
  /// The setting that is wrong.
  package enum Setting: Hashable, Sendable {
    case format
    case timeField
    case timeLayout
    case key
    /// The index of the condition.
    case include(Int)
    case exclude(Int)
  }

  package var setting: Setting
  package var found: String
  package var expected: String

  package var description: String {
    "\(setting): found '\(String(escapedForDisplay: found, limit: 200))', expected \(expected)"
  }
}
