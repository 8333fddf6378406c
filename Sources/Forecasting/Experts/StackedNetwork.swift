/// The network, corrected by the baselines and the logistic regression.
package struct StackedNetwork: StackedExpert {
  package static let name = "stacked network"
  package static let prior = 0.2

  private static let others: [any Expert.Type] = [
    BaseRate.self, HourOfDay.self, HourOfWeek.self, GapProbability.self, IntermittentDemand.self,
    DailyHabit.self, WorkdayHabit.self, LogisticRegression.self,
  ]

  package var stacking: Stacking

  package init(horizon: Int) {
    stacking = Stacking(otherCount: Self.others.count, ridge: 30, horizon: horizon)
  }

  package static func arguments(
    _ said: ExpertPredictions
  ) -> (corrected: Double, others: [Double])? {
    guard let network = said[CurrentNetwork.self] else { return nil }
    return (network, others.map { said[$0] ?? network })
  }
}
