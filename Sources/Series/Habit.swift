import Arithmetic
import Records

/// How often corresponding earlier hours were active, as a simple explanation of a forecast that users can check.
package struct Habit: Equatable, Sendable {
  package enum Namesakes: Equatable, Sendable {
    /// The same hour on previous days.
    case days
    /// The same hour on the same weekday (for a holiday, on Sundays) of previous weeks.
    case weekdays(String, isHoliday: Bool)
  }

  package var namesakes: Namesakes
  /// The number of active hours among the known ones, `count`.
  package var activeCount: Int
  package var count: Int

  package init(_ namesakes: Namesakes, activeCount: Int, count: Int) {
    self.namesakes = namesakes
    self.activeCount = activeCount
    self.count = count
  }

  /// The share of active hours, shrunk towards one half (Laplace's rule of succession).
  package var share: Double { Double(activeCount + 1) / Double(count + 2) }

  /// `active on 6 of the last 7 Saturdays`
  package var text: String {
    switch namesakes {
    case .days:
      count == 1
        ? "\(activeCount == 1 ? "" : "not ")active at that hour the day before"
        : "active at that hour on \(number) of the last \(count) days"
    case .weekdays(let name, let isHoliday):
      (isHoliday ? "a holiday; " : "")
        + (count == 1
          ? "\(activeCount == 1 ? "" : "not ")active on the last \(name)"
          : "active on \(number) of the last \(count) \(name)s")
    }
  }

  private var number: String { activeCount == 0 ? "none" : "\(activeCount)" }
}

extension RollingFeatures {
  private static let habitDays = 14
  private static let habitWeeks = 7

  /// The habits of an hour, from the hours that are known at the origin.
  ///
  /// - Returns: The habit of previous days and that of previous weeks, if any such hours are known; for a holiday, only
  ///   that of Sundays.
  package func habits(of hour: Int) -> [Habit] {
    let ordinary = calendar.ordinaryHour(hour)
    let isHoliday = ordinary != hour
    func habit(_ namesakes: Habit.Namesakes, _ hours: [Int], limit: Int) -> Habit? {
      let known = hours.filter { (activity.first...max(activity.first, origin)).contains($0) }
        .filter { $0 <= origin && $0 != hour }.prefix(limit)
      guard !known.isEmpty else { return nil }
      return Habit(namesakes, activeCount: known.count(where: wasActive), count: known.count)
    }
    // Search further back by the lead, because corresponding hours between origin and target are not known yet.
    let horizonDays = max(0, (hour - origin) / 24) + 1
    let days = (1...Self.habitDays + horizonDays).map { calendar.hour(hour, daysEarlier: $0) }
    let weeks = (0...Self.habitWeeks + horizonDays / 7 + 1).map {
      calendar.hour(ordinary, daysEarlier: 7 * $0)
    }
    let weekday = Self.weekdays[calendar.local(ordinary).weekday]
    return [
      isHoliday ? nil : habit(.days, days, limit: Self.habitDays),
      habit(.weekdays(weekday, isHoliday: isHoliday), weeks, limit: Self.habitWeeks),
    ].compactMap(\.self)
  }

  private static let weekdays = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
  ]
}
