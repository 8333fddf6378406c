/// Explains why no format fits a log: how far the times of some lines could be read, and what follows.
package struct UnreadStamps: Sendable {
  /// A line that seems to contain a time.
  package struct Line: Sendable {
    /// The part that was read as a time, and its layout.
    package var read: String
    package var layout: String
    /// The text that follows.
    package var rest: String
    /// Whether it was read completely and is before 1990, as of a clock that was not set.
    package var isImplausible: Bool
  }

  /// The first lines in which something looks like the beginning of a time.
  package private(set) var lines: [Line] = []

  private static let linesMax = 5
  private static let restBytes = 24

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log.
  ///   - now: Seconds since the epoch.
  package init(sample: RawSpan, now: Int64) {
    for line in FormatDetection.lines(of: sample) where lines.count < Self.linesMax {
      guard let (start, end, layout) = Self.longest(line, now: now) else { continue }
      let stamp = Array(line[start..<end])
      let time = (try? TimeReader(layout: layout, zone: .utc))?
        .instant(of: stamp.span.bytes, StampContext(latest: now))
      lines.append(
        Line(
          read: String(decoding: stamp, as: UTF8.self), layout: layout,
          rest: String(decoding: line[end...].prefix(Self.restBytes), as: UTF8.self),
          isImplausible: time.map { $0 < TimeReader.firstPlausibleSecond } ?? false))
    }
  }

  /// The longest part that looks like the beginning of a time.
  private static func longest(_ line: [UInt8], now: Int64) -> (Int, Int, String)? {
    var best: (start: Int, end: Int, layout: String)?
    for start in line.indices {
      for isDayFirst in [false, true] {
        var scanner = StampScanner(line, at: start, isDayFirst: isDayFirst, now: now)
        let isWhole = scanner.scan()
        let reading = isWhole ? (scanner.position, scanner.shape) : scanner.unread
        guard let (end, shape) = reading else { continue }
        // Less than a month and a day could be anything.
        guard end - start >= 5, shape.layout.count(where: { $0 == "%" }) >= 2 else { continue }
        if end - start > best.map({ $0.end - $0.start }) ?? 0 { best = (start, end, shape.layout) }
      }
    }
    return best
  }
}
