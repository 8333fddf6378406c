import Records

/// The days of earlier months that correspond to a day: the same day of the month, the same working day from the
/// month's beginning, and the same from its end.
struct MonthlyAnchors: Equatable, Sendable {
  /// Days since 1970-01-01, local, in the three previous months; a month may have no such day.
  private(set) var sameDay: [Int] = []
  private(set) var sameWorkingDay: [Int] = []
  private(set) var sameWorkingDayFromEnd: [Int] = []

  static let months = 3

  init(day: Int, isWorkingDay: (Int) -> Bool) {
    let date = CivilDate(daysSinceEpoch: day)
    let month = Self.days(of: date.year, date.month)
    let isWorking = isWorkingDay(day)
    let fromBeginning = (month.lowerBound..<day).count(where: isWorkingDay)
    let fromEnd = (day + 1..<month.upperBound).count(where: isWorkingDay)
    for months in 1...Self.months {
      let index = 12 * date.year + date.month - 1 - months
      let earlier = Self.days(of: index / 12, index % 12 + 1)
      if date.day <= earlier.count { sameDay.append(earlier.lowerBound + date.day - 1) }
      guard isWorking else { continue }
      let workingDays = earlier.filter(isWorkingDay)
      if fromBeginning < workingDays.count { sameWorkingDay.append(workingDays[fromBeginning]) }
      if fromEnd < workingDays.count {
        sameWorkingDayFromEnd.append(workingDays[workingDays.count - 1 - fromEnd])
      }
    }
  }

  private static func days(of year: Int, _ month: Int) -> Range<Int> {
    let first = CivilDate(year: year, month: month, day: 1).daysSinceEpoch
    return first..<first + CivilDate.days(inMonth: month, of: year)
  }
}
