import Glibc

/// What is known at an origin of one later hour: what several features of a lead are computed from.
package struct TargetContext: Sendable {
  package let rolling: RollingFeatures
  package let lead: Int
  package let baselines: Baselines
  /// The probability of the target hour by the renewal process of the gaps.
  let renewal: Double
  let baseRate: Double
  let target: LocalHour
  let weekday: Int
  /// In radians.
  let dayAngle: Double
  let weekAngle: Double
  /// The same hour of the ordinary day whose past is an example for the target's.
  let ordinaryTarget: Int
  /// How many days and weeks before the target its namesake is known.
  let daysEarlier: Int
  let weeksEarlier: Int
  /// Log ratios of observed to expected activity: for so long idle, active within a day, active at the same hours.
  let logRatios: [Double]
  let anchors: MonthlyAnchors

  init(
    _ rolling: RollingFeatures, lead: Int, _ baselines: Baselines, renewal: Double,
    baseRate: Double, anchors: (Int) -> MonthlyAnchors
  ) {
    let hour = rolling.origin + lead
    let calendar = rolling.calendar
    self.rolling = rolling
    self.lead = lead
    self.baselines = baselines
    self.renewal = renewal
    self.baseRate = baseRate
    target = calendar.local(hour)
    weekday = calendar.weekday(target)
    dayAngle = 2 * Double.pi * Double(target.hourOfDay) / 24
    weekAngle = 2 * Double.pi * Double(24 * weekday + target.hourOfDay) / 168
    ordinaryTarget = calendar.ordinaryHour(hour)
    daysEarlier = (lead + 23) / 24
    weeksEarlier = (lead + 167) / 168
    logRatios = rolling.ratios.logRatios(
      lead: lead, hourOfDay: target.hourOfDay,
      sameHour: rolling.sameHour(hour, days: daysEarlier, weeks: weeksEarlier))
    self.anchors = anchors(target.day)
  }

  /// Whether the hour a little after the target's namesake so many days earlier was active.
  func wasActive(daysEarlier days: Int, hoursAfter hours: Int = 0) -> Bool {
    rolling.wasActive(rolling.calendar.hour(ordinaryTarget, daysEarlier: days) + hours)
  }

  /// The share of some days on which this hour was active.
  func activeShare(of days: [Int]) -> Float {
    let active = days.count { day in
      let hour = rolling.calendar.hour(LocalHour(index: 24 * day + target.hourOfDay))
      return rolling.wasActive(hour)
    }
    return Float(active) / Float(MonthlyAnchors.months)
  }
}
