import Records
import Reporting
import Settings

/// How a log is read, for programs: of its first lines.
struct DetectionDocument: Encodable {
  struct Other: Encodable {
    var format: String
    var counted: Int
  }

  var log: String
  var format: String
  var lines: Int
  var counted: Int
  /// By reason.
  var rejected: [String: Int]
  var timeZone: String
  /// Of the first and the last line, UTC.
  var from: String
  var to: String
  /// In the time zone.
  var linesByHour: [Int]
  /// What of the times does not stand in the lines: `year`, `time_zone`.
  var inferred: [String]
  /// All times are ahead of the clock, and no line would be counted.
  var isAhead: Bool
  var fields: [String]
  /// The entry under `sources`, YAML.
  var settings: String
  /// Other formats that read some lines.
  var others: [Other]

  init(
    _ best: FormatDetection.Candidate, _ detection: FormatDetection, _ parsed: ParsedLines,
    _ evidence: ReadingEvidence, path: String
  ) {
    log = path
    format = best.settings.format.name
    (lines, counted) = (best.lineCount, best.counted)
    rejected = Dictionary(
      uniqueKeysWithValues: best.rejections.map { ($0.key.rawValue, $0.value.count) })
    timeZone = best.settings.timeZone.name
    let first = evidence.times.min() ?? best.times.lowerBound
    from = UTCTime(seconds: first).text
    to = UTCTime(seconds: max(first, best.times.upperBound)).text
    linesByHour = evidence.byHour
    inferred = evidence.inferred.names
    isAhead = best.aheadSeconds != nil
    fields = parsed.fieldNames
    settings = DetectionText.entry("log", best.settings, columns: parsed.fieldNames, path: path)
      .joined(separator: "\n")
    others = detection.candidates.dropFirst().map {
      Other(format: $0.settings.format.name, counted: $0.counted)
    }
  }
}
