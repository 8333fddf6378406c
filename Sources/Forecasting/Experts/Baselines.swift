import Series

/// The forgetting share of active hours.
package struct BaseRate: Expert {
  package static let name = "base rate"
  package static let prior = 0.04
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.baseRate }
}

/// The share of days on which the target's hour was active.
package struct HourOfDay: Expert {
  package static let name = "hour of day"
  package static let prior = 0.015
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.hourOfDay }
}

/// The share of weeks in which the target's hour was active.
package struct HourOfWeek: Expert {
  package static let name = "hour of week"
  package static let prior = 0.015
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.hourOfWeek }
}

/// The share of the gaps that last until now and end at the target.
package struct GapProbability: Expert {
  package static let name = "gap histogram"
  package static let prior = 0.015
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.gapHistogram }
}

/// The smoothed probability of a demand.
package struct IntermittentDemand: Expert {
  package static let name = "intermittent demand"
  package static let prior = 0.015
  package static let isBaseline = true
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? { inputs.baselines.intermittentDemand }
}
