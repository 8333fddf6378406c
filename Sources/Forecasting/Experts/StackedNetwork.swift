package import Series

/// The network, corrected by the baselines and the logistic regression.
package struct StackedNetwork: Expert {
  package static let name = "stacked network"
  package static let prior = 0.2

  private static let others: [any Expert.Type] = [
    BaseRate.self, HourOfDay.self, HourOfWeek.self, GapProbability.self, IntermittentDemand.self,
    DailyHabit.self, WorkdayHabit.self, LogisticRegression.self,
  ]

  private var stacking: Stacking

  package init(horizon: Int) {
    stacking = Stacking(otherCount: Self.others.count, ridge: 30, horizon: horizon)
  }

  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    guard let (network, others) = Self.arguments(inputs.earlier) else { return nil }
    return stacking.predictOne(network, others: others, lead: inputs.lead)
  }

  package mutating func learnOne(_ forecast: JudgedForecast) {
    guard let (network, others) = Self.arguments(forecast.experts) else { return }
    stacking.learnOne(network, others: others, lead: forecast.lead, active: forecast.active)
  }

  private static func arguments(_ said: ExpertPredictions) -> (network: Double, others: [Double])? {
    guard let network = said[CurrentNetwork.self] else { return nil }
    return (network, others.map { said[$0] ?? network })
  }

  package func write(to writer: inout ByteWriter) {
    stacking.write(to: &writer)
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    try stacking.read(from: &reader)
  }
}
