package import Series

/// The base rate, corrected by the other baselines: as long as there is no network.
package struct StackedBaselines: Expert {
  package static let name = "stacked baselines"
  package static let prior = 0.1

  private static let others: [any Expert.Type] = [
    HourOfDay.self, HourOfWeek.self, GapProbability.self, IntermittentDemand.self,
    DailyHabit.self, WorkdayHabit.self,
  ]

  private var byLead: [Stacking]

  package init(horizon: Int) {
    byLead = Array(
      repeating: Stacking(otherCount: Self.others.count, ridge: 10), count: horizon)
  }

  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    guard let (baseRate, others) = Self.arguments(inputs.earlier) else { return nil }
    return byLead[inputs.lead - 1].predictOne(baseRate, others: others)
  }

  package mutating func learnOne(_ forecast: JudgedForecast) {
    guard let (baseRate, others) = Self.arguments(forecast.experts) else { return }
    byLead[forecast.lead - 1].learnOne(baseRate, others: others, active: forecast.active)
  }

  private static func arguments(_ said: ExpertPredictions) -> (baseRate: Double, others: [Double])?
  {
    guard said[CurrentNetwork.self] == nil, let baseRate = said[BaseRate.self] else { return nil }
    return (baseRate, others.map { said[$0] ?? baseRate })
  }

  package func write(to writer: inout ByteWriter) {
    for stacking in byLead { stacking.write(to: &writer) }
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    for index in byLead.indices { try byLead[index].read(from: &reader) }
  }
}
