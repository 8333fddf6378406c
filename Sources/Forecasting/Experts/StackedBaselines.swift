/// The base rate, corrected by the other baselines: as long as there is no network.
package struct StackedBaselines: StackedExpert {
  package static let name = "stacked baselines"
  package static let prior = 0.1

  private static let others: [any Expert.Type] = [
    HourOfDay.self, HourOfWeek.self, GapProbability.self, IntermittentDemand.self,
    DailyHabit.self, WorkdayHabit.self,
  ]

  package var stacking: Stacking

  package init(horizon: Int) {
    stacking = Stacking(otherCount: Self.others.count, ridge: 10, horizon: horizon)
  }

  package static func arguments(
    _ said: ExpertPredictions
  ) -> (corrected: Double, others: [Double])? {
    guard said[CurrentNetwork.self] == nil, let baseRate = said[BaseRate.self] else { return nil }
    return (baseRate, others.map { said[$0] ?? baseRate })
  }
}
