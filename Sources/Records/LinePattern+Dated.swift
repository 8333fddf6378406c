extension LinePattern {
  /// Guesses patterns for unknown formats: a time, and perhaps a request after or before it. Of two patterns that match
  /// the same lines, the one with more fields comes first.
  ///
  /// - Parameters:
  ///   - lines: Lines from the beginning of the log.
  ///   - now: Seconds since the epoch.
  static func dated(like lines: [[UInt8]], now: Int64) -> [LinePattern] {
    var patterns: [LinePattern] = []
    let hasDirectives = lines.contains { line in
      directives.contains { line.starts(with: $0.utf8) }
    }
    let start = hasDirectives ? "^(?!#)" : "^"
    for shapes in shapesByOrder(in: lines, now: now) {
      for found in shapes {
        let shape = found.shape
        let before = found.position <= 64 ? ".{0,64}?" : ".*?"
        let boundary =
          shape.followsSeverity ? "^[IWEF]" : "\(start)\(before)(?<![A-Za-z0-9])"
        let time = "(?<time>\(shape.regex))(?![0-9])"
        for regex in [
          boundary + time + request, start + request + ".*?(?<![A-Za-z0-9])" + time,
          boundary + time,
        ]
        where !patterns.contains(where: { $0.regex == regex && $0.timeLayout == shape.layout }) {
          patterns.append(LinePattern(regex: regex, timeLayout: shape.layout))
        }
      }
    }
    return patterns
  }

  /// Lines of a header, whose own time is none of a record.
  private static let directives = ["#Fields:", "#fields", "#Version:"]

  /// The shapes with the month first and those with the day first; before the others, those whose times lie closer
  /// together, since the days of a log follow each other.
  private static func shapesByOrder(in lines: [[UInt8]], now: Int64) -> [[StampShape.Found]] {
    let monthFirst = StampShape.shapes(in: lines, isDayFirst: false, now: now)
    let dayFirst = StampShape.shapes(in: lines, isDayFirst: true, now: now)
    guard let first = monthFirst.first, let second = dayFirst.first,
      first.times.count == second.times.count, second.span < first.span
    else { return [monthFirst, dayFirst] }
    return [dayFirst, monthFirst]
  }

  /// `GET /path`, `"GET /path HTTP/1.1"`, `POST   "/path"`.
  private static let request =
    #".*?\b(?<method>GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) +"?(?<path>/[^\s"?]*)"#
}
