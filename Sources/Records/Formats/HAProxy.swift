extension FormatDefinition {
  /// HAProxy's HTTP log.
  package static let haproxy = FormatDefinition("haproxy", isParticular: true, pattern: .haproxy)
}

extension LogFormat {
  package static let haproxy = LogFormat(.haproxy)
}

extension LinePattern {
  /// - Source: HAProxy configuration manual, section 8.2.3, HTTP log format; with or without what syslog
  ///   puts before it.
  static let haproxy = LinePattern(
    regex: #"(?:^|[ :])(?<client>[^ ]+):\d+ \[(?<time>\d\d/\w{3}/\d{4}:[\d:.]+)\] "#
      + #"(?<frontend>[^ ]+) (?<backend>[^ /]+)/(?<server>[^ ]+) [-+\d/]+ (?<status>-?\d+) "#
      + #"(?<bytes>\+?\d+) [^"]*"(?<request>[^"]*)"?$"#,
    groupOfField: ["host": "client", "client": "client"], timeLayout: "%d/%b/%Y:%H:%M:%S.%f")
}
