import Arithmetic
import Glibc

/// Makes the features of one origin, lead by lead. What does not depend on the lead is worked out once.
package struct FeatureRows {
  private let rolling: RollingFeatures
  /// What the rows of all leads end with.
  package let ofOrigin: [Float]
  private let renewal: [Double]
  private let baseRate: Double
  /// By local day of the target, of which there are few.
  private var anchors: [Int: MonthlyAnchors] = [:]

  private static let windowsHours = [1, 3, 6, 12, 24, 72, 168, 720]
  /// Of `DecayingActivity.halfLivesHours`: those whose level is a feature.
  private static let levels = [2, 4, 7, 9]

  /// - Parameter horizon: The largest lead that will be asked for.
  package init(_ rolling: RollingFeatures, horizon: Int) {
    self.rolling = rolling
    baseRate = rolling.climatology.baseRate
    renewal = rolling.gaps.renewalProbabilities(horizon: horizon, fallback: baseRate)
    ofOrigin = Self.originFeatures(rolling)
  }

  /// In the order of a row.
  package static let names: [String] = leadNames + originNames
  /// So many of them belong to a lead; the others are `ofOrigin`.
  package static let leadCount = leadNames.count

  /// Appends one row of `names.count` unscaled features.
  package mutating func append(lead: Int, baselines: Baselines, to rows: inout [Float]) {
    appendLead(lead, baselines, to: &rows)
    rows += ofOrigin
  }

  /// Appends the first `leadCount` features of a row.
  package mutating func appendLead(_ lead: Int, _ baselines: Baselines, to rows: inout [Float]) {
    let before = rows.count
    let target = rolling.calendar.local(rolling.origin + lead)
    appendCalendar(of: target, lead: lead, to: &rows)
    appendGaps(lead: lead, baselines, to: &rows)
    appendSameHours(lead: lead, to: &rows)
    appendRatios(of: target, lead: lead, to: &rows)
    appendClimatology(of: target, baselines, to: &rows)
    appendMonthly(of: target, to: &rows)
    precondition(rows.count - before == Self.leadCount, "a feature row must match its schema")
  }
}

// MARK: - Of the target

extension FeatureRows {
  private static let leadNames: [String] = {
    var names: [String] = []
    for harmonic in 1...3 { names += ["day, sine \(harmonic)", "day, cosine \(harmonic)"] }
    for harmonic in 1...2 { names += ["week, sine \(harmonic)", "week, cosine \(harmonic)"] }
    names += ["weekend", "log lead"]
    names += ["log hours since last at target", "gap histogram", "gaps that end about then"]
    names += ["renewal process", "smoothed gap histogram"]
    for day in 1...7 { names.append("same hour, \(day) d before") }
    for week in 1...4 { names.append("same hour, \(week) wk before") }
    names += ["hour before, last day", "hour after, last day"]
    names += ["hour before, last week", "hour after, last week"]
    names += ["so long idle", "active within a day", "active same hours"].map { "log ratio, \($0)" }
    names += ["hour of day", "hour of week"]
    for days in [3, 12, 60] { names.append("hour of day, \(days) d") }
    names += ["hour of day, such days", "hour of week, smoothed"]
    names += ["same weekday a week before", "weekday"]
    names += ["same day of month", "same working day of month"]
    return names + ["same working day from month's end"]
  }()

  private func appendCalendar(of target: LocalHour, lead: Int, to rows: inout [Float]) {
    let weekday = rolling.calendar.weekday(target)
    let day = 2 * Double.pi * Double(target.hourOfDay) / 24
    let week = 2 * Double.pi * Double(24 * weekday + target.hourOfDay) / 168
    for (angle, harmonics) in [(day, 3), (week, 2)] {
      for harmonic in 1...harmonics {
        rows.append(Float(sin(Double(harmonic) * angle)))
        rows.append(Float(cos(Double(harmonic) * angle)))
      }
    }
    rows.append(weekday >= 5 ? 1 : 0)
    rows.append(Float(log(Double(lead))))
  }

  private func appendGaps(lead: Int, _ baselines: Baselines, to rows: inout [Float]) {
    rows.append(Float(log1p(Double(rolling.idleHours + lead))))
    rows.append(Self.clampedLogit(baselines.gapHistogram))
    rows.append(Float(rolling.gaps.shareNear(lead: lead)))
    rows.append(Self.clampedLogit(renewal[lead - 1]))
    rows.append(Self.clampedLogit(rolling.gaps.smoothedProbability(lead: lead, fallback: baseRate)))
  }

  /// The target's hour on earlier days and weeks, as far as they are known at the origin.
  private func appendSameHours(lead: Int, to rows: inout [Float]) {
    let calendar = rolling.calendar
    let target = calendar.ordinaryHour(rolling.origin + lead)
    let days = (lead + 23) / 24
    let weeks = (lead + 167) / 168
    func wasActive(_ hour: Int) -> Float { rolling.activity.wasActive(hour) ? 1 : 0 }
    for day in days..<days + 7 { rows.append(wasActive(calendar.hour(target, daysEarlier: day))) }
    for week in weeks..<weeks + 4 {
      rows.append(wasActive(calendar.hour(target, daysEarlier: 7 * week)))
    }
    for daysEarlier in [days, 7 * weeks] {
      let hour = calendar.hour(target, daysEarlier: daysEarlier)
      rows.append(wasActive(hour - 1))
      rows.append(wasActive(hour + 1))
    }
  }

  private func appendRatios(of target: LocalHour, lead: Int, to rows: inout [Float]) {
    let sameHour = rolling.sameHour(
      rolling.origin + lead, days: (lead + 23) / 24, weeks: (lead + 167) / 168)
    rows += rolling.ratios.logRatios(lead: lead, hourOfDay: target.hourOfDay, sameHour: sameHour)
      .map { Float($0) }
  }

  private func appendClimatology(
    of target: LocalHour, _ baselines: Baselines, to rows: inout [Float]
  ) {
    let calendar = rolling.calendar
    let weekday = calendar.weekday(target)
    let hour = target.hourOfDay
    let climatology = rolling.climatology
    rows.append(Self.clampedLogit(baselines.hourOfDay))
    rows.append(Self.clampedLogit(baselines.hourOfWeek))
    for rate in climatology.smoothedHourOfDayRates(hour) { rows.append(Self.clampedLogit(rate)) }
    rows.append(
      Self.clampedLogit(climatology.smoothedDayKindRate(hourOfDay: hour, weekday: weekday)))
    rows.append(
      Self.clampedLogit(climatology.smoothedHourOfWeekRate(hourOfDay: hour, weekday: weekday)))
    let day = calendar.ordinaryDay(target.day)
    rows.append(rolling.days.wasActiveWeekBefore(day: day) ? 1 : 0)
    rows.append(Self.clampedLogit(rolling.days.weekdayRate(weekday, baseRate: baseRate)))
  }

  /// Of the three months before: the share in which this hour of the corresponding day was active.
  private mutating func appendMonthly(of target: LocalHour, to rows: inout [Float]) {
    let calendar = rolling.calendar
    let anchors =
      anchors[target.day]
      ?? MonthlyAnchors(day: target.day, isWorkingDay: calendar.isWorkingDay)
    self.anchors[target.day] = anchors
    for days in [anchors.sameDay, anchors.sameWorkingDay, anchors.sameWorkingDayFromEnd] {
      let active = days.count { day in
        let hour = calendar.hour(LocalHour(index: 24 * day + target.hourOfDay))
        return rolling.activity.wasActive(hour)
      }
      rows.append(Float(active) / Float(MonthlyAnchors.months))
    }
  }
}

// MARK: - Of the origin

extension FeatureRows {
  private static let originNames: [String] = {
    var names = ["log hours since last", "log hours since last but one", "log run length"]
    for hours in windowsHours { names.append("active share, \(hours) h") }
    names += ["log requests, 24 h", "log requests, 1 h"]
    let halfLives = DecayingActivity.halfLivesHours.map { Int($0) }
    for level in levels { names.append("decaying activity, \(halfLives[level]) h") }
    for hours in halfLives { names.append("excess activity, \(hours) h") }
    for hours in DecayingActivity.countHalfLivesHours {
      names.append("log decaying requests, \(Int(hours)) h")
    }
    names += ["log gaps longer than this", "base rate", "intermittent demand", "persistence"]
    names += ["log hours active today", "active yesterday"]
    return names + ["active days, 7 d", "active days, 28 d"]
  }()

  private static func originFeatures(_ rolling: RollingFeatures) -> [Float] {
    let climatology = rolling.climatology
    let activity = rolling.activity
    var values: [Double] = [
      log1p(Double(rolling.idleHours)),
      log1p(Double(rolling.hoursSince(rolling.lastButOneActive))),
      log1p(Double(rolling.runLength)),
    ]
    values += windowsHours.map { Double(activity.activeCount(last: $0)) / Double($0) }
    values += [24, 1].map { log1p(activity.requestCount(last: $0)) }
    values += levels.map(rolling.decaying.level)
    values += DecayingActivity.halfLivesHours.indices.map {
      rolling.decaying.excess($0, baseRate: climatology.baseRate)
    }
    values += DecayingActivity.countHalfLivesHours.indices.map(rolling.decaying.logRequests)
    values += [
      log1p(rolling.gaps.survivorCount),
      Double(clampedLogit(climatology.baseRate)),
      Double(clampedLogit(climatology.intermittentDemandRate)),
      Double(clampedLogit(climatology.persistence)),
      log1p(Double(rolling.days.hoursActiveToday)),
      rolling.days.wasActive(daysAgo: 1) ? 1 : 0,
      rolling.days.activeShare(days: 7),
      rolling.days.activeShare(days: 28),
    ]
    return values.map { Float($0) }
  }

  private static func clampedLogit(_ probability: Double) -> Float {
    Float(logit(min(max(probability, 1e-5), 1 - 1e-5)))
  }
}
