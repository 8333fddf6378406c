extension FormatDefinition {
  /// HAProxy's HTTP, HTTPS and TCP logs.
  package static let haproxy = FormatDefinition("haproxy", isDistinctive: true, pattern: .haproxy)
}

extension LogFormat {
  package static let haproxy = LogFormat(.haproxy)
}

extension LinePattern {
  /// With or without a syslog header. The stamp has no UTC offset; if the header has one, it applies to the stamp.
  ///
  /// - Source: HAProxy configuration manual, sections 8.2.2 to 8.2.5: TCP, HTTP and HTTPS log format.
  static let haproxy = LinePattern(
    regex: #"^(?:\d{4}-\d\d-\d\dT[\d:.]+(?<offset>Z|[+-]\d\d:?\d\d) )?(?:|.*?[ :])"#
      + #"(?<client>[^ ]+):\d+ \[(?<time>\d\d/\w{3}/\d{4}:[\d:.]+)\] "#
      + #"(?<frontend>[^ ]+) (?<backend>[^ /]+)/(?<server>[^ ]+) [-+\d/]+ (?:(?<status>-?\d+) )?"#
      + #"(?<bytes>\+?\d+) (?:[^"]*"(?<request>[^"]*)"?(?: [^"]*)?|\S\S [\d/+]+ [\d/]+)$"#,
    groupOfField: ["host": "client", "client": "client"], timeLayout: "%d/%b/%Y:%H:%M:%S.%f",
    offsetGroup: "offset")
}
