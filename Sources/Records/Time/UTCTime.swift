import Arithmetic

/// An instant as ISO 8601 text: `2026-01-31T06:00:00Z`.
package struct UTCTime: Equatable {
  package let text: String

  package init(seconds: Int64) {
    let days = floorDivide(Int(seconds), 86_400)
    let second = Int(seconds) - 86_400 * days
    let date = CivilDate(daysSinceEpoch: days)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let year = date.year < 1_000 ? "0\(date.year)" : "\(date.year)"
    text =
      "\(year)-\(two(date.month))-\(two(date.day))"
      + "T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
  }

  package init(hour: Int) {
    // Limited, so that any stored number can be shown.
    self.init(seconds: Int64(min(max(hour, -1 << 40), 1 << 40)) * 3600)
  }

  /// Parses such a text to seconds since the epoch; nil for any other text.
  package static func seconds(of text: String) -> Int64? {
    let parts = text.split { "-T:Z".contains($0) }.compactMap { Int($0) }
    guard text.utf8.count == 20, text.hasSuffix("Z"), parts.count == 6,
      (0...23).contains(parts[3]), (0...59).contains(parts[4]), (0...59).contains(parts[5])
    else { return nil }
    let date = CivilDate(year: parts[0], month: parts[1], day: parts[2])
    guard date.exists else { return nil }
    return Int64(date.daysSinceEpoch) * 86_400 + Int64(parts[3] * 3_600 + parts[4] * 60 + parts[5])
  }

  /// Parses such a text to hours since the epoch, rounded down; nil for any other text.
  package static func hour(of text: String) -> Int? {
    seconds(of: text).map { Int(floorDivide($0, 3_600)) }
  }
}
