/// The values at an origin for one target hour from which several features are computed.
///
/// A class, because dozens of features read it for every lead, and copying a stream's history each time would cost more
/// than the features.
package final class TargetContext {
  package let rolling: RollingFeatures
  /// Hours from the origin to the target.
  package private(set) var lead = 1
  package private(set) var baselines: Baselines
  let baseRate: Double
  /// By lead: the probability of the target hour from the renewal process of the gaps.
  private let renewals: [Double]
  private(set) var target = LocalHour(index: 0)
  private(set) var weekday = 0
  /// 0 is Monday's first hour.
  private(set) var hourOfWeek = 0
  /// The target hour or, on a holiday, the same hour of the Sunday before.
  private(set) var ordinaryTarget = 0
  /// The least number of days, and of weeks, before the target for which the same hour is known.
  private(set) var daysEarlier = 1
  private(set) var weeksEarlier = 1
  /// As `ObservedExpectedRatios.logRatios`.
  private(set) var logRatios = ObservedExpectedRatios.LogRatios()
  private(set) var anchors: MonthlyAnchors
  private var anchorsDay: Int

  /// - Parameter horizon: The largest lead that will be requested.
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

  /// Whether the same hour so many days earlier, plus `hours`, was active.
  func wasActive(daysEarlier days: Int, hoursAfter hours: Int = 0) -> Bool {
    rolling.wasActive(rolling.calendar.hour(ordinaryTarget, daysEarlier: days) + hours)
  }

  /// The share of the given days on which this hour was active; missing months count as inactive.
  func activeShare(of days: [Int]) -> Float {
    let active = days.count { day in
      let hour = rolling.calendar.hour(LocalHour(index: 24 * day + target.hourOfDay))
      return rolling.wasActive(hour)
    }
    return Float(active) / Float(MonthlyAnchors.months)
  }
}
