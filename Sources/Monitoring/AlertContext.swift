import Alerts
import Forecasting
import Records
import Series

/// What people can check of an alert: its hour by their clocks, and what was usual then. All of it was known at
/// the alert's origin, so a replay says the same.
extension Monitor.Stream {
  /// The hour of an alert as clocks of the stream's zone show it.
  func localTime(of alert: Alert) -> String { localTime(alert.hour) }

  private func localTime(_ hour: Int) -> String {
    LocalTime(hour: hour, in: forecaster.features.calendar.timeZone).inWeek
  }

  /// What says most for the alert of all that was usual; nil: nothing is known yet.
  func habit(of alert: Alert) -> String? {
    let features = forecaster.features
    switch alert.kind {
    case .upcoming:
      guard let habit = features.strongestHabit(of: alert.hour) else { return nil }
      // The forecast rests on something else, most often on what has just been.
      guard habit.share < (alert.facts.probability ?? 0) / 2, let last = features.lastActive else {
        return habit.text
      }
      return "\(habit.text); last active \(alert.hour - last) h before"
    case .unexpected:
      return features.habits(of: alert.hour).min { $0.share < $1.share }?.text
    case .silence:
      return missedHabit(upTo: alert.hour)
    default:
      return nil
    }
  }

  /// Of a long silence only the newest days are described.
  private static let missedHoursMax = 24 * 7

  /// Of the hours since the last request the one in which one was most to be expected.
  private func missedHabit(upTo hour: Int) -> String? {
    let features = forecaster.features
    let first = max((features.lastActive ?? hour - 1) + 1, hour - Self.missedHoursMax + 1)
    guard first <= hour else { return nil }
    let missed = (first...hour).compactMap { hour in
      features.strongestHabit(of: hour).map { (hour: hour, habit: $0) }
    }
    // The earliest of equals.
    guard let most = missed.max(by: { ($0.habit.share, $1.hour) < ($1.habit.share, $0.hour) })
    else {
      return nil
    }
    return most.hour == hour
      ? most.habit.text : "likeliest was \(localTime(most.hour)), \(most.habit.text)"
  }
}

extension RollingFeatures {
  fileprivate func strongestHabit(of hour: Int) -> Habit? {
    habits(of: hour).max { $0.share < $1.share }
  }
}
