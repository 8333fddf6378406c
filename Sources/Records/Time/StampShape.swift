/// The notation of the stamps in a log of unknown format, derived from the stamps: a layout for `TimeLayout`, and a
/// regular expression that matches stamps of the same shape.
struct StampShape: Hashable {
  var regex = ""
  var layout = ""
  /// A severity's letter precedes it without a blank, as in glog's lines.
  var followsSeverity = false

  /// One of the shapes of a log's lines.
  struct Found {
    var shape: StampShape
    /// The greatest index at which it starts in any line.
    var position: Int
    /// Of the lines that contain it, in seconds since the epoch.
    var times: [Int64]
  }

  /// The shapes that occur in at least half of the lines that are not indented, or else those that seem to begin
  /// entries of several lines, the most frequent first; of equals, numbers that are too far from a stamp in the same
  /// lines come last, then first the one with an offset or zone, then the one further left.
  ///
  /// - Parameters:
  ///   - isDayFirst: Reads `11/12/2026` as 11 December.
  ///   - now: Seconds since the epoch; a greater number is not an epoch time.
  static func shapes(in lines: [[UInt8]], isDayFirst: Bool, now: Int64) -> [Found] {
    var found: [StampShape: Found] = [:]
    for line in lines {
      var inLine: [StampShape: Range<Int>] = [:]
      var position = 0
      while position < line.count, inLine.count < maxPerLine {
        var scanner = StampScanner(line, at: position, isDayFirst: isDayFirst, now: now)
        if scanner.scan() {
          if inLine[scanner.shape] == nil { inLine[scanner.shape] = position..<scanner.position }
          position = scanner.position
        } else {
          position += 1
        }
      }
      for (shape, range) in inLine {
        var known = found[shape] ?? Found(shape: shape, position: 0, times: [])
        known.position = max(known.position, range.lowerBound)
        let stamp = Array(line[range])
        let reader = try? TimeReader(layout: shape.layout, zone: .utc)
        let time = reader?.instant(of: stamp.span.bytes, StampContext(latest: now))
        known.times.append(time ?? 0)
        found[shape] = known
      }
    }
    // Stack traces are indented and many lines long.
    let recordCount = lines.count { !($0.first?.isBlank ?? true) }
    var frequent = found.values.filter { 2 * $0.times.count >= max(1, recordCount) }
    if frequent.isEmpty {
      frequent = found.values.filter { $0.beginsEntries(of: lines.count) }
    }
    let doubtful = Set(
      frequent.filter { number in
        number.isNumber && frequent.contains { $0.contradicts(number, now: now) }
      }.map(\.shape))
    func rank(_ found: Found) -> (Int, Int, Int) {
      (found.times.count, doubtful.contains(found.shape) ? 0 : 1, found.shape.rank)
    }
    return frequent.sorted {
      let (first, second) = (rank($0), rank($1))
      if first != second { return first > second }
      return ($0.position, $0.shape.layout) < ($1.position, $1.shape.layout)
    }
  }

  private static let maxPerLine = 8

  /// Greater for a stamp with more parts.
  private var rank: Int {
    let hasOffset = layout == "iso8601" ? regex.contains("[+-]") : layout.contains("%z")
    let hasYear =
      !layout.contains("%d") && !layout.contains("%e") || layout.contains("%Y")
      || layout.contains("%y")
    return (hasOffset || layout.contains("%Z") ? 2 : 0) + (hasYear ? 1 : 0)
  }
}

extension StampShape.Found {
  /// Between the earliest and the latest time, in seconds.
  var span: Int64 { (times.max() ?? 0) - (times.min() ?? 0) }

  /// An epoch time, or a number that looks like one.
  fileprivate var isNumber: Bool { shape.layout.hasPrefix("epoch") }

  /// Whether it may be the time in one of the lines of each entry, as where a request is logged in several lines: its
  /// times do not run backwards.
  fileprivate func beginsEntries(of lineCount: Int) -> Bool {
    !isNumber && times.count > 2 && Self.linesPerEntryMax * times.count >= lineCount
      && span > 0 && zip(times, times.dropFirst()).allSatisfy { 0 < $0 && $0 <= $1 }
  }

  private static let linesPerEntryMax = 12

  /// Whether a number in as many lines is not their time: it stays as it is, or these times are at least a day later.
  fileprivate func contradicts(_ number: Self, now: Int64) -> Bool {
    guard times.count == number.times.count, times.count > 1 else { return false }
    if number.span == 0, span > 0, times.count > 2 { return true }
    return zip(times, number.times).allSatisfy { $0 > $1 + 86_400 && $0 <= now + 86_400 }
  }
}
