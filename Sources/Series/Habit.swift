import Arithmetic
import Records

/// How often the namesakes of an hour were active: what people can check of a forecast in their heads.
package struct Habit: Equatable, Sendable {
  package enum Namesakes: Equatable, Sendable {
    /// The same hour of the days before.
    case days
    /// The same hour of the same weekday, or of Sundays for a holiday, in the weeks before.
    case weekdays(String, isHoliday: Bool)
  }

  package var namesakes: Namesakes
  /// Those that were active, of those that are known.
  package var activeCount: Int
  package var count: Int

  package init(_ namesakes: Namesakes, activeCount: Int, count: Int) {
    self.namesakes = namesakes
    self.activeCount = activeCount
    self.count = count
  }

  /// The share that was active, drawn towards a half where few are known (Laplace's rule of succession).
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

  /// How often an hour's namesakes were active, as far as they are known at the origin.
  ///
  /// - Returns: Those of the days and those of the weeks before, as far as there are any; for a holiday only
  ///   those of the Sundays.
  package func habits(of hour: Int) -> [Habit] {
    let ordinary = calendar.ordinaryHour(hour)
    let isHoliday = ordinary != hour
    func habit(_ namesakes: Habit.Namesakes, _ hours: [Int], limit: Int) -> Habit? {
      let known = hours.filter { (activity.first...max(activity.first, origin)).contains($0) }
        .filter { $0 <= origin && $0 != hour }.prefix(limit)
      guard !known.isEmpty else { return nil }
      return Habit(namesakes, activeCount: known.count(where: wasActive), count: known.count)
    }
    // One more of each: a target within the horizon may have namesakes that are still to come.
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
