package import Records

extension CivilDate {
  /// Parses `2026-12-25`; nil for another form, or if the day does not exist.
  package init?(isoText: some StringProtocol) {
    let parts = isoText.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2],
      parts.allSatisfy({ $0.allSatisfy { (48...57).contains($0) } })
    else { return nil }
    let numbers = parts.map { $0.reduce(0) { $0 * 10 + Int($1 - 48) } }
    self.init(year: numbers[0], month: numbers[1], day: numbers[2])
    guard exists else { return nil }
  }

  /// The date as `2026-12-25`.
  package var isoText: String {
    let numbers = [String(year), String(month), String(day)]
    return zip(numbers, [4, 2, 2])
      .map { String(repeating: "0", count: max(0, $1 - $0.count)) + $0 }
      .joined(separator: "-")
  }
}
