/// What is known at an origin of one later hour: what several features of a lead are computed from.
///
/// A class, because dozens of features read it for every lead, and copying a stream's history for each would
/// cost more than the features.
package final class TargetContext {
  package let rolling: RollingFeatures
  /// Hours from the origin to the target.
  package private(set) var lead = 1
  package private(set) var baselines: Baselines
  let baseRate: Double
  /// By lead: the probability of the target hour by the renewal process of the gaps.
  private let renewals: [Double]
  private(set) var target = LocalHour(index: 0)
  private(set) var weekday = 0
  /// From Monday's first.
  private(set) var hourOfWeek = 0
  /// The same hour of the ordinary day whose past is an example for the target's.
  private(set) var ordinaryTarget = 0
  /// How many days and weeks before the target its namesake is known.
  private(set) var daysEarlier = 1
  private(set) var weeksEarlier = 1
  /// Log ratios of observed to expected activity: for so long idle, active within a day, active at the same hours.
  private(set) var logRatios = ObservedExpectedRatios.LogRatios()
  private(set) var anchors: MonthlyAnchors
  private var anchorsDay: Int

  /// - Parameter horizon: The largest lead that will be asked for.
  init(_ rolling: RollingFeatures, horizon: Int) {
    self.rolling = rolling
    baseRate = rolling.climatology.baseRate
    renewals = rolling.gaps.renewalProbabilities(horizon: horizon, fallback: baseRate)
    anchorsDay = rolling.calendar.local(rolling.origin + 1).day
    anchors = MonthlyAnchors(day: anchorsDay, isWorkingDay: rolling.calendar.isWorkingDay)
    baselines = Baselines(
      baseRate: baseRate, hourOfDay: baseRate, hourOfWeek: baseRate, gapHistogram: baseRate,
      intermittentDemand: baseRate)
  }

  var renewal: Double { renewals[lead - 1] }

  func move(toLead lead: Int, _ baselines: Baselines) {
    let hour = rolling.origin + lead
    let calendar = rolling.calendar
    self.lead = lead
    self.baselines = baselines
    target = calendar.local(hour)
    weekday = calendar.weekday(target)
    hourOfWeek = 24 * weekday + target.hourOfDay
    ordinaryTarget = calendar.ordinaryHour(hour)
    daysEarlier = (lead + 23) / 24
    weeksEarlier = (lead + 167) / 168
    logRatios = rolling.ratios.logRatios(
      lead: lead, hourOfDay: target.hourOfDay,
      sameHour: rolling.sameHour(hour, days: daysEarlier, weeks: weeksEarlier))
    guard anchorsDay != target.day else { return }
    anchorsDay = target.day
    anchors = MonthlyAnchors(day: target.day, isWorkingDay: calendar.isWorkingDay)
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
