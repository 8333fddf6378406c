extension FormatDefinition {
  /// Squid's own access log.
  package static let squid = FormatDefinition("squid", isDistinctive: true, pattern: .squid)
}

extension LogFormat {
  package static let squid = LogFormat(.squid)
}

extension LinePattern {
  /// - Source: Squid configuration reference, logformat `squid`.
  static let squid = LinePattern(
    regex:
      #"^(?<time>\d{9,10}\.\d{3}) +(?<milliseconds>\d+) (?<host>\S+) (?<result>[A-Z_]+)/(?<status>\d+) "#
      + #"(?<bytes>\d+) (?<method>\S+) (?<path>\S+) (?<user>\S+) (?<hierarchy>[A-Z_]+)/(?<peer>\S+) \S+"#,
    timeLayout: TimeReader.anyEpoch)
}
