import Arithmetic

/// An instant as people and machines both read it: `2026-01-31T06:00:00Z`.
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
    // Whatever is stored can be told.
    self.init(seconds: Int64(min(max(hour, -1 << 40), 1 << 40)) * 3600)
  }
}
