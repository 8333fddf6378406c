extension FormatDefinition {
  /// RFC 3164, or the files that syslog daemons write. A stamp without a year is the latest that is not in the future.
  package static let syslog = FormatDefinition(
    "syslog", isDistinctive: false, keepsSyslogHeader: true, mayLackYear: true, pattern: .syslog)
  /// RFC 5424.
  package static let syslogProtocol = FormatDefinition(
    "syslog5424", isDistinctive: true, keepsSyslogHeader: true, pattern: .syslogProtocol)
}

extension LogFormat {
  package static let syslog = LogFormat(.syslog)
  package static let syslogProtocol = LogFormat(.syslogProtocol)
}

extension LinePattern {
  /// The stamp has no year or, from some daemons, is that of RFC 3339.
  /// - Source: RFC 3164, section 4.
  static let syslog = LinePattern(
    regex:
      #"^(?:\d+ (?=<))?(?:<\d{1,3}>)?(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) "#
      + #"(?<host>\S+) (?<program>[^\s:\[]+)(?:\[(?<pid>[^\]]*)\])?:? ?(?<message>.*)$"#,
    timeLayout: "syslog")

  /// - Source: RFC 5424, section 6.
  static let syslogProtocol = LinePattern(
    regex:
      #"^(?:\d+ )?<(?<priority>\d{1,3})>1 (?<time>\S+) (?<host>\S+) (?<program>\S+) (?<pid>\S+) "#
      + #"(?<message_id>\S+) (?:-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: (?<message>.*))?$"#,
    timeLayout: "iso8601")
}
