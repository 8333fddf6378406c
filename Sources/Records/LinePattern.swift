/// A format as a regular expression: which of its groups is which field, and how it writes the time.
struct LinePattern: Equatable, Sendable {
  var regex: String
  /// The fields that a group is known by, where that is not its name alone.
  var groupOfField: [String: String] = [:]
  var timeGroup = "time"
  /// As in `ParserSettings.timeLayout`, or `syslog`.
  var timeLayout: String?

  private static let quoted = #"(?:[^"\\]|\\.)*"#

  /// - Source: HAProxy configuration manual, section 8.2.3, HTTP log format; with or without what syslog
  ///   puts before it.
  static let haproxy = LinePattern(
    regex: #"(?:^|[ :])(?<client>[^ ]+):\d+ \[(?<time>\d\d/\w{3}/\d{4}:[\d:.]+)\] "#
      + #"(?<frontend>[^ ]+) (?<backend>[^ /]+)/(?<server>[^ ]+) [-+\d/]+ (?<status>-?\d+) "#
      + #"(?<bytes>\+?\d+) [^"]*"(?<request>[^"]*)"?$"#,
    groupOfField: ["host": "client", "client": "client"], timeLayout: "%d/%b/%Y:%H:%M:%S.%f")

  /// - Source: Elastic Load Balancing user guide, "Access logs for your Application Load Balancer".
  static let applicationLoadBalancer = LinePattern(
    regex: #"^(?<type>[a-z0-9]+) (?<time>\S+) (?<balancer>\S+) (?<client>\S+):\d+ "#
      + #"(?<target>\S+) \S+ \S+ \S+ (?<status>\d{3}|-) (?<target_status>\d{3}|-) "#
      + #"(?<received_bytes>\d+) (?<bytes>\d+) "\#(absoluteRequest)" "(?<agent>\#(quoted))""#
      + #"(?: \S+ \S+ \S+ "(?:\#(quoted))" "(?<domain>\#(quoted))")?"#,
    groupOfField: ["host": "client", "client": "client"], timeLayout: "iso8601")

  /// - Source: Elastic Load Balancing user guide, "Access logs for your Classic Load Balancer".
  static let classicLoadBalancer = LinePattern(
    regex: #"^(?<time>\d{4}-\S+) (?<balancer>\S+) (?<client>\S+):\d+ (?<target>\S+) "#
      + #"\S+ \S+ \S+ (?<status>\d{3}|-) (?<target_status>\d{3}|-) (?<received_bytes>\d+) "#
      + #"(?<bytes>\d+) "\#(absoluteRequest)"(?: "(?<agent>\#(quoted))")?"#,
    groupOfField: ["host": "client", "client": "client"], timeLayout: "iso8601")

  /// `GET https://example.org:443/path?query HTTP/1.1`.
  private static let absoluteRequest =
    #"(?<request>(?<method>[^" ]+) (?:\w+://(?<authority>[^/?" ]*))?(?<path>[^?" ]*)"#
    + #"(?:\?(?<query>[^" ]*))? (?<protocol>[^"]*))"#

  /// The stamp has no year, or, as some daemons write it, is one of RFC 3339.
  /// - Source: RFC 3164, section 4.
  static let syslog = LinePattern(
    regex: #"^(?:<\d{1,3}>)?(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) "#
      + #"(?<host>\S+) (?<program>[^\s:\[]+)(?:\[(?<pid>[^\]]*)\])?:? ?(?<message>.*)$"#,
    timeLayout: "syslog")

  /// - Source: RFC 5424, section 6.
  static let syslogProtocol = LinePattern(
    regex: #"^<(?<priority>\d{1,3})>1 (?<time>\S+) (?<host>\S+) (?<program>\S+) (?<pid>\S+) "#
      + #"(?<message_id>\S+) (?:-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: (?<message>.*))?$"#,
    timeLayout: "iso8601")
}
