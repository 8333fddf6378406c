import Arithmetic
import Glibc

/// The features of an origin and a lead.
enum TargetFeatures {
  static let all = calendar + gaps + sameHours + ratios + climatology + months

  private static let calendar: [Feature] =
    harmonics("day", .hourOfDay, count: 3, period: 24) { $0.target.hourOfDay }
    + harmonics("week", .hourOfWeek, count: 2, period: 168) { $0.hourOfWeek }
    + [
      Feature("weekend", .hourOfWeek) { $0.weekday >= 5 ? 1 : 0 },
      Feature("log lead", .lead) { Float(log(Double($0.lead))) },
    ]

  /// Precomputed tables, because they are used at every lead of every stream.
  private static func harmonics(
    _ name: String, _ group: FeatureGroup, count: Int, period: Int,
    hour: @escaping @Sendable (TargetContext) -> Int
  ) -> [Feature] {
    (1...count).flatMap { harmonic in
      let angles = (0..<period).map { 2 * Double.pi * Double($0) / Double(period) }
      let sines = angles.map { Float(sin(Double(harmonic) * $0)) }
      let cosines = angles.map { Float(cos(Double(harmonic) * $0)) }
      return [
        Feature("\(name), sine \(harmonic)", group) { sines[hour($0)] },
        Feature("\(name), cosine \(harmonic)", group) { cosines[hour($0)] },
      ]
    }
  }

  private static let gaps: [Feature] = [
    Feature("log hours since last at target", .idleTime) {
      Float(log1p(Double($0.rolling.idleHours + $0.lead)))
    },
    Feature("gap histogram", .idleTime) { clampedLogit($0.baselines.gapHistogram) },
    Feature("gaps that end about then", .idleTime) {
      Float($0.rolling.gaps.shareNear(lead: $0.lead))
    },
    Feature("renewal process", .idleTime) { clampedLogit($0.renewal) },
    Feature("smoothed gap histogram", .idleTime) {
      clampedLogit($0.rolling.gaps.smoothedProbability(lead: $0.lead, fallback: $0.baseRate))
    },
  ]

  /// The same hour on earlier days and weeks that are known at the origin.
  private static let sameHours: [Feature] =
    (1...7).map { day in
      Feature("same hour, \(day) d before", .sameHours) {
        $0.wasActive(daysEarlier: $0.daysEarlier + day - 1) ? 1 : 0
      }
    }
    + (1...4).map { week in
      Feature("same hour, \(week) wk before", .sameHours) {
        $0.wasActive(daysEarlier: 7 * ($0.weeksEarlier + week - 1)) ? 1 : 0
      }
    }
    + [
      Feature("hour before, last day", .sameHours) {
        $0.wasActive(daysEarlier: $0.daysEarlier, hoursAfter: -1) ? 1 : 0
      },
      Feature("hour after, last day", .sameHours) {
        $0.wasActive(daysEarlier: $0.daysEarlier, hoursAfter: 1) ? 1 : 0
      },
      Feature("hour before, last week", .sameHours) {
        $0.wasActive(daysEarlier: 7 * $0.weeksEarlier, hoursAfter: -1) ? 1 : 0
      },
      Feature("hour after, last week", .sameHours) {
        $0.wasActive(daysEarlier: 7 * $0.weeksEarlier, hoursAfter: 1) ? 1 : 0
      },
    ]

  private static let ratios: [Feature] = [
    Feature("log ratio, so long idle", .idleTime) { Float($0.logRatios.idle) },
    Feature("log ratio, active within a day", .recentActivity) { Float($0.logRatios.recent) },
    Feature("log ratio, active same hours", .sameHours) { Float($0.logRatios.sameHour) },
  ]

  private static let climatology: [Feature] =
    [
      Feature("hour of day", .hourOfDay) { clampedLogit($0.baselines.hourOfDay) },
      Feature("hour of week", .hourOfWeek) { clampedLogit($0.baselines.hourOfWeek) },
    ]
    + Climatology.halfLivesDays.enumerated().map { index, days in
      Feature("hour of day, \(Int(days)) d", .hourOfDay) {
        clampedLogit(
          $0.rolling.climatology.smoothedHourOfDayRate($0.target.hourOfDay, halfLife: index))
      }
    }
    + [
      Feature("hour of day, such days", .hourOfDay) {
        clampedLogit(
          $0.rolling.climatology.smoothedDayKindRate(
            hourOfDay: $0.target.hourOfDay, weekday: $0.weekday))
      },
      Feature("hour of week, smoothed", .hourOfWeek) {
        clampedLogit(
          $0.rolling.climatology.smoothedHourOfWeekRate(
            hourOfDay: $0.target.hourOfDay, weekday: $0.weekday))
      },
      Feature("same weekday a week before", .hourOfWeek) {
        let day = $0.rolling.calendar.ordinaryDay($0.target.day)
        return $0.rolling.days.wasActiveWeekBefore(day: day) ? 1 : 0
      },
      Feature("weekday", .hourOfWeek) {
        clampedLogit($0.rolling.days.weekdayRate($0.weekday, baseRate: $0.baseRate))
      },
    ]

  /// The share of the three previous months in which this hour of the corresponding day was active.
  private static let months: [Feature] = [
    Feature("same day of month", .month) { $0.activeShare(of: $0.anchors.sameDay) },
    Feature("same working day of month", .month) { $0.activeShare(of: $0.anchors.sameWorkingDay) },
    Feature("same working day from month's end", .month) {
      $0.activeShare(of: $0.anchors.sameWorkingDayFromEnd)
    },
  ]
}

/// The logit of a probability limited to 10⁻⁵ … 1 − 10⁻⁵.
func clampedLogit(_ probability: Double) -> Float {
  Float(logit(min(max(probability, 1e-5), 1 - 1e-5)))
}
