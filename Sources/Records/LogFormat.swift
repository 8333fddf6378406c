/// What a line looks like.
package enum LogFormat: Equatable, Sendable {
  case common
  case combined
  /// `%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"`, Debian's `vhost_combined`.
  case combinedWithHost
  /// nginx's `log_format`, as its configuration has it.
  case nginx(String)
  /// Apache's `LogFormat`, as its configuration has it.
  case apache(String)
  /// One JSON object a line; nested members are named by a path such as `request.host`.
  case json
  /// Pairs such as `level=info msg="a b"`.
  case logfmt
  /// RFC 3164 or what syslog daemons write into files; a stamp without a year is read as the latest that is
  /// not in the future.
  case syslog
  /// RFC 5424.
  case syslogProtocol
  /// The W3C extended log format, which names its fields in `#Fields:`.
  case extended
  /// HAProxy's HTTP log.
  case haproxy
  /// AWS Classic Load Balancer.
  case classicLoadBalancer
  /// AWS Application Load Balancer.
  case applicationLoadBalancer
  /// Columns with a separator (`,` and `;` with quoting as in CSV), named in order; nil: by the first line of
  /// each file.
  case delimited(separator: String, columns: [String]?)
  /// Standard Workload Format. `start`: seconds since the epoch, where the file's header does not say.
  case workload(start: Int64?)
  /// The first column is the time in seconds since the epoch (fractions allowed); the others are `2`, `3`, ….
  case epoch
  /// An entry of the systemd journal as a JSON object, as `journalctl -o json` writes it.
  case journal
  /// A regular expression (PCRE2) with named groups; the groups are the fields.
  case regex(String)

  /// As the settings call it.
  package var name: String {
    switch self {
    case .common: "common"
    case .combined: "combined"
    case .combinedWithHost: "vhost_combined"
    case .nginx: "nginx"
    case .apache: "apache"
    case .json: "json"
    case .logfmt: "logfmt"
    case .syslog: "syslog"
    case .syslogProtocol: "syslog5424"
    case .extended: "w3c"
    case .haproxy: "haproxy"
    case .classicLoadBalancer: "aws_elb"
    case .applicationLoadBalancer: "aws_alb"
    case .delimited("\t", _): "tsv"
    case .delimited: "csv"
    case .workload: "swf"
    case .epoch: "epoch"
    case .journal: "journal"
    case .regex: "regex"
    }
  }

  /// The formats that need no more than their name.
  package static let named: [LogFormat] = [
    .common, .combined, .combinedWithHost, .json, .logfmt, .syslog, .syslogProtocol, .extended,
    .haproxy, .classicLoadBalancer, .applicationLoadBalancer, .workload(start: nil), .epoch,
    .journal,
  ]
}
