import Arithmetic
import Glibc

/// A group of features with a common explanation: dozens of features measure in different ways how long a stream has
/// been idle, and their sum changes a forecast.
package enum FeatureGroup: CaseIterable, Sendable {
  case lead, hourOfDay, hourOfWeek, sameHours, idleTime, recentActivity, usualRate, month

  /// The group of each feature of the standard list, in the order of a row.
  package static let ofFeatures = FeatureList.standard.groups

  /// Describes the values of this group's features in words.
  ///
  /// - Parameter row: `[featureCount]`, unscaled.
  package func words(_ row: [Float]) -> String {
    switch self {
    case .lead:
      let hours = Int(nearest: exp(Self.value("log lead", row)))
      return hours == 1 ? "an hour ahead" : "\(hours) hours ahead"
    case .hourOfDay:
      return "this hour of the day is active on \(Self.share("hour of day", row)) of days"
    case .hourOfWeek:
      return "this hour of the week is active in \(Self.share("hour of week", row)) of weeks"
    case .sameHours:
      let days = (1...7).count { Self.value("same hour, \($0) d before", row) > 0 }
      let weeks = (1...4).count { Self.value("same hour, \($0) wk before", row) > 0 }
      return "active at this hour on \(days) of the last 7 days and in \(weeks) of the last 4 weeks"
    case .idleTime:
      let hours = max(1, Int(nearest: exp(Self.value("log hours since last", row)))) - 1
      if hours <= 0 { return "active in the newest hour" }
      let idle = hours >= GapHistogram.range ? "4 weeks or more" : "\(hours) h"
      return
        "idle for \(idle), and \(Self.share("gap histogram", row)) of such gaps end in this hour"
    case .recentActivity:
      let hours = Int(nearest: 24 * Self.value("active share, 24 h", row))
      return "active in \(hours) of the last 24 hours"
    case .usualRate:
      return "active in \(Self.share("base rate", row)) of all hours"
    case .month:
      let kinds = [
        "same day of month", "same working day of month", "same working day from month's end",
      ]
      let share = kinds.map { Self.value($0, row) }.max() ?? 0
      let months = Int(nearest: share * Double(MonthlyAnchors.months))
      return "active at this hour on the day's like in \(months) of the last 3 months"
    }
  }

  private static let columns = Dictionary(
    uniqueKeysWithValues: FeatureRows.names.enumerated().map { ($1, $0) })

  private static func value(_ name: String, _ row: [Float]) -> Double {
    guard let column = columns[name] else { preconditionFailure("no feature is named \(name)") }
    return Double(row[column])
  }

  /// Formats a feature that is a logit as a percentage.
  private static func share(_ name: String, _ row: [Float]) -> String {
    let percent = 100 * sigmoid(value(name, row))
    let tenths = Int(nearest: 10 * percent)
    return percent >= 9.95 ? "\(Int(nearest: percent)) %" : "\(tenths / 10).\(tenths % 10) %"
  }
}
