import Series

/// The forgetting share of active hours.
package struct BaseRate: Expert {
  package static let name = "base rate"
  package static let prior = 0.3
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.baseRate }
}

/// The share of days on which the target's hour was active.
package struct HourOfDay: Expert {
  package static let name = "hour of day"
  package static let prior = 0.05
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.hourOfDay }
}

/// The share of weeks in which the target's hour was active.
package struct HourOfWeek: Expert {
  package static let name = "hour of week"
  package static let prior = 0.05
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.hourOfWeek }
}

/// The share of the gaps that last until now and end at the target.
package struct GapProbability: Expert {
  package static let name = "gap histogram"
  package static let prior = 0.05
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.gapHistogram }
}

/// The smoothed probability of a demand.
package struct IntermittentDemand: Expert {
  package static let name = "intermittent demand"
  package static let prior = 0.05
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.intermittentDemand }
}

/// The share of the last days on which the target's hour was active, with little reserve: right within days for a
/// job that comes every night.
package struct DailyHabit: Expert {
  package static let name = "daily habit"
  package static let prior = 0.1
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.rolling.dailyHabit(lead: inputs.lead)
  }
}

/// The same of working days, Saturdays or Sundays only.
package struct WorkdayHabit: Expert {
  package static let name = "workday habit"
  package static let prior = 0.1
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.rolling.workdayHabit(lead: inputs.lead)
  }
}

/// Whether the target's hour of the week is that of a job that comes every week: sure of it at its third time, and
/// otherwise hardly ever far from the base rate.
package struct WeeklySchedule: Expert {
  package static let name = "weekly schedule"
  package static let prior = 0.2
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.rolling.weeklySchedule(lead: inputs.lead)
  }
}
