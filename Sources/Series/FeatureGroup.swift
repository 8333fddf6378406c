import Glibc

/// What a group of features is about, for people: dozens of features say in different ways how long a stream has
/// been idle, and it is their sum that moves a forecast.
package enum FeatureGroup: CaseIterable, Sendable {
  case lead, hourOfDay, hourOfWeek, sameHours, idleTime, recentActivity, usualRate, month

  /// Of each feature, in the order of a row.
  package static let ofFeatures: [FeatureGroup] = FeatureRows.names.map { name in
    // A test sees to it that every name has one.
    group(of: name) ?? .usualRate
  }

  package static func group(of name: String) -> FeatureGroup? {
    beginnings.first { $0.beginnings.contains { name.hasPrefix($0) } }?.group
  }

  /// The first that fits counts.
  private static let beginnings: [(group: FeatureGroup, beginnings: [String])] = [
    (.lead, ["log lead"]),
    (.hourOfDay, ["day, ", "hour of day"]),
    (.sameHours, ["same hour, ", "hour before, ", "hour after, ", "log ratio, active same hours"]),
    (.hourOfWeek, ["week, ", "weekend", "hour of week", "weekday", "same weekday"]),
    (.month, ["same day of month", "same working day"]),
    (
      .idleTime,
      [
        "log hours since", "gap histogram", "gaps that end", "renewal", "smoothed gap",
        "log gaps", "log ratio, so long idle",
      ]
    ),
    (
      .recentActivity,
      [
        "log run length", "active share, ", "log requests, ", "decaying activity",
        "excess activity", "log decaying requests", "log hours active today", "active yesterday",
        "active days, ", "log ratio, active within",
      ]
    ),
    (.usualRate, ["base rate", "intermittent demand", "persistence"]),
  ]

  /// What this group says of an hour, in words.
  ///
  /// - Parameter row: `[featureCount]`, unscaled.
  package func words(_ row: [Float]) -> String {
    switch self {
    case .lead:
      let hours = Int(exp(Self.value("log lead", row)).rounded())
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
      let hours = Int(exp(Self.value("log hours since last", row)).rounded()) - 1
      if hours <= 0 { return "active in the newest hour" }
      let idle = hours >= GapHistogram.range ? "4 weeks or more" : "\(hours) h"
      return
        "idle for \(idle), and \(Self.share("gap histogram", row)) of such gaps end in this hour"
    case .recentActivity:
      let hours = Int((24 * Self.value("active share, 24 h", row)).rounded())
      return "active in \(hours) of the last 24 hours"
    case .usualRate:
      return "active in \(Self.share("base rate", row)) of all hours"
    case .month:
      let kinds = [
        "same day of month", "same working day of month", "same working day from month's end",
      ]
      let share = kinds.map { Self.value($0, row) }.max() ?? 0
      let months = Int((share * Double(MonthlyAnchors.months)).rounded())
      return "active at this hour on the day's like in \(months) of the last 3 months"
    }
  }

  private static let columns = Dictionary(
    uniqueKeysWithValues: FeatureRows.names.enumerated().map { ($1, $0) })

  private static func value(_ name: String, _ row: [Float]) -> Double {
    guard let column = columns[name], row.indices.contains(column) else { return 0 }
    return Double(row[column])
  }

  /// Of a feature that is a logit.
  private static func share(_ name: String, _ row: [Float]) -> String {
    let percent = 100 / (1 + exp(-value(name, row)))
    let tenths = Int((10 * percent).rounded())
    return percent >= 9.95 ? "\(Int(percent.rounded())) %" : "\(tenths / 10).\(tenths % 10) %"
  }
}
