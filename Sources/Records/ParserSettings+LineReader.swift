extension ParserSettings {
  typealias PatternCompiler = (String) throws(PatternError) -> any PatternMatcher

  /// Makes the reader of the source's format.
  ///
  /// - Parameter fields: The fields that key and filter want; formats without a fixed time field add it.
  func lineReader(
    fields: inout FieldIndex, compilePattern: PatternCompiler
  ) throws(ParserSettingsError) -> any LineReader {
    switch format {
    case .common: return try AccessLogReader(isCombined: false, fields: fields)
    case .combined: return try AccessLogReader(isCombined: true, fields: fields)
    case .json:
      return JSONReader(
        timeFields: timeField.map { [$0] } ?? JSONReader.usualTimeFields,
        time: try TimeReader(self), fields: &fields)
    case .journal:
      return JSONReader(
        timeFields: JSONReader.journalTimeFields, time: try TimeReader(self, unless: "epoch_us"),
        fields: &fields)
    case .logfmt:
      return LogfmtReader(timeField: timeField, time: try TimeReader(self), fields: &fields)
    case .extended: return ExtendedLogReader(zone: timeZone, fields: fields)
    case .delimited(let separator, let columns):
      return try DelimitedReader(
        separator: separator, columns: columns, timeField: timeField, time: try TimeReader(self),
        fields: fields)
    case .workload(let start): return try WorkloadReader(start: start, fields: fields)
    case .epoch: return try EpochReader(time: try TimeReader(self), fields: fields)
    default:
      let pattern = try linePattern
      return try PatternReader(
        pattern, matcher: try Self.compile(pattern.regex, compilePattern),
        time: try TimeReader(self, unless: pattern.timeLayout), fields: fields)
    }
  }

  /// Of the formats that are read by a regular expression.
  private var linePattern: LinePattern {
    get throws(ParserSettingsError) {
      switch format {
      case .combinedWithHost:
        try FormatString.apache(#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#)
      case .nginx(let written): try FormatString.nginx(written)
      case .apache(let written): try FormatString.apache(written)
      case .syslog: .syslog
      case .syslogProtocol: .syslogProtocol
      case .haproxy: .haproxy
      case .classicLoadBalancer: .classicLoadBalancer
      case .applicationLoadBalancer: .applicationLoadBalancer
      case .regex(let written): LinePattern(regex: written, timeGroup: timeField ?? "time")
      default: preconditionFailure("\(format.name) is not read by a pattern")
      }
    }
  }

  private static func compile(
    _ regex: String, _ compilePattern: PatternCompiler
  ) throws(ParserSettingsError) -> any PatternMatcher {
    do {
      return try compilePattern(regex)
    } catch {
      throw ParserSettingsError(
        setting: .format, found: regex,
        expected: "a regular expression (at byte \(error.offset): \(error.message))")
    }
  }
}
