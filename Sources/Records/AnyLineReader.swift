/// The reader of a source's format. An enumeration, so that each format's loop over the lines is compiled
/// for it.
enum AnyLineReader {
  case accessLog(AccessLogReader)
  case json(JSONReader)
  case logfmt(LogfmtReader)
  case extended(ExtendedLogReader)
  case delimited(DelimitedReader)
  case workload(WorkloadReader)
  case epoch(EpochReader)
  case pattern(PatternReader)

  typealias PatternCompiler = (String) throws(PatternError) -> any PatternMatcher

  init(
    _ settings: ParserSettings, fields: inout FieldIndex, compilePattern: PatternCompiler
  ) throws(ParserSettingsError) {
    switch settings.format {
    case .common: self = .accessLog(try AccessLogReader(isCombined: false, fields: fields))
    case .combined: self = .accessLog(try AccessLogReader(isCombined: true, fields: fields))
    case .json:
      let time = try TimeReader(settings)
      self = .json(JSONReader(timeField: settings.timeField, time: time, fields: &fields))
    case .logfmt:
      let time = try TimeReader(settings)
      self = .logfmt(LogfmtReader(timeField: settings.timeField, time: time, fields: &fields))
    case .extended:
      self = .extended(ExtendedLogReader(zone: settings.timeZone, fields: fields))
    case .delimited(let separator, let columns):
      self = .delimited(
        try DelimitedReader(
          separator: separator, columns: columns, timeField: settings.timeField ?? "time",
          time: try TimeReader(settings), fields: fields))
    case .workload(let start):
      self = .workload(try WorkloadReader(start: start, fields: fields))
    case .epoch:
      self = .epoch(
        try EpochReader(time: try TimeReader(settings, unless: "epoch"), fields: fields))
    default:
      let pattern = try Self.linePattern(of: settings)
      self = .pattern(
        try PatternReader(
          pattern, matcher: try Self.compile(pattern.regex, compilePattern),
          time: try TimeReader(settings, unless: pattern.timeLayout), fields: fields))
    }
  }

  private static func linePattern(
    of settings: ParserSettings
  ) throws(ParserSettingsError) -> LinePattern {
    switch settings.format {
    case .combinedWithHost:
      try FormatString.apache(#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#)
    case .nginx(let written): try FormatString.nginx(written)
    case .apache(let written): try FormatString.apache(written)
    case .syslog: .syslog
    case .syslogProtocol: .syslogProtocol
    case .haproxy: .haproxy
    case .classicLoadBalancer: .classicLoadBalancer
    case .applicationLoadBalancer: .applicationLoadBalancer
    case .regex(let written):
      LinePattern(regex: written, timeGroup: settings.timeField ?? "time")
    default: preconditionFailure("\(settings.format.name) is not read by a pattern")
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
