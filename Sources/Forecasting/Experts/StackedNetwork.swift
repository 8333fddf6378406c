package import Series

/// The network, corrected by the baselines and the logistic regression.
package struct StackedNetwork: Expert {
  package static let name = "stacked network"
  package static let prior = 0.2

  private static let others: [any Expert.Type] = [
    BaseRate.self, HourOfDay.self, HourOfWeek.self, GapProbability.self, IntermittentDemand.self,
    DailyHabit.self, WorkdayHabit.self, LogisticRegression.self,
  ]

  private var byLead: [Stacking]

  package init(horizon: Int) {
    byLead = Array(
      repeating: Stacking(otherCount: Self.others.count, ridge: 30), count: horizon)
  }

  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    guard let (network, others) = Self.arguments(inputs.earlier) else { return nil }
    return byLead[inputs.lead - 1].predictOne(network, others: others)
  }

  package mutating func learnOne(_ forecast: JudgedForecast) {
    guard let (network, others) = Self.arguments(forecast.experts) else { return }
    byLead[forecast.lead - 1].learnOne(network, others: others, active: forecast.active)
  }

  private static func arguments(_ said: ExpertPredictions) -> (network: Double, others: [Double])? {
    guard let network = said[CurrentNetwork.self] else { return nil }
    return (network, others.map { said[$0] ?? network })
  }

  package func write(to writer: inout ByteWriter) {
    for stacking in byLead { stacking.write(to: &writer) }
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    for index in byLead.indices { try byLead[index].read(from: &reader) }
  }
}
