extension FormatDefinition {
  /// AWS Application Load Balancer.
  package static let applicationLoadBalancer = FormatDefinition(
    "aws_alb", isDistinctive: true, pattern: .applicationLoadBalancer)
  /// AWS Classic Load Balancer.
  package static let classicLoadBalancer = FormatDefinition(
    "aws_elb", isDistinctive: true, pattern: .classicLoadBalancer)
}

extension LogFormat {
  package static let applicationLoadBalancer = LogFormat(.applicationLoadBalancer)
  package static let classicLoadBalancer = LogFormat(.classicLoadBalancer)
}

extension LinePattern {
  private static let quoted = #"(?:[^"\\]|\\.)*"#

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
}
