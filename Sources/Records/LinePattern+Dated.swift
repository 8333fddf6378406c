extension LinePattern {
  /// Guesses patterns for unknown formats: a time, and perhaps a request after it. Of two patterns that match the same
  /// lines, the one with more fields comes first.
  ///
  /// - Parameters:
  ///   - lines: Lines from the beginning of the log.
  ///   - now: Seconds since the epoch.
  static func dated(like lines: [[UInt8]], now: Int64) -> [LinePattern] {
    var patterns: [LinePattern] = []
    for isDayFirst in [false, true] {
      for (shape, position) in StampShape.shapes(in: lines, isDayFirst: isDayFirst, now: now) {
        let before = position <= 64 ? ".{0,64}?" : ".*?"
        let boundary = shape.layout.hasPrefix("%m%d ") ? "^[IWEF]" : "^\(before)(?<![A-Za-z0-9])"
        let time = "\(boundary)(?<time>\(shape.regex))(?![0-9])"
        for regex in [time + request, time]
        where !patterns.contains(where: { $0.regex == regex && $0.timeLayout == shape.layout }) {
          patterns.append(LinePattern(regex: regex, timeLayout: shape.layout))
        }
      }
    }
    return patterns
  }

  /// `GET /path`, `"GET /path HTTP/1.1"`, `POST   "/path"`.
  private static let request =
    #".*?\b(?<method>GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) +"?(?<path>/[^\s"?]*)"#
}
