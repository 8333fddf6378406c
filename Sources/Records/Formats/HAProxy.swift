extension FormatDefinition {
  /// HAProxy's logs of HTTP, HTTPS and TCP.
  package static let haproxy = FormatDefinition("haproxy", isParticular: true, pattern: .haproxy)
}

extension LogFormat {
  package static let haproxy = LogFormat(.haproxy)
}

extension LinePattern {
  /// With or without what syslog puts before it; where that has an offset, the stamp, which has none, is of the
  /// same clock.
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
