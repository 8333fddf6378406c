package import Series

/// The base rate, corrected by the other baselines: as long as there is no network.
package struct StackedBaselines: Expert {
  package static let name = "stacked baselines"
  package static let prior = 0.1

  private static let others: [any Expert.Type] = [
    HourOfDay.self, HourOfWeek.self, GapProbability.self, IntermittentDemand.self,
    DailyHabit.self, WorkdayHabit.self,
  ]

  private var stacking: Stacking

  package init(horizon: Int) {
    stacking = Stacking(otherCount: Self.others.count, ridge: 10, horizon: horizon)
  }

  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    guard let (baseRate, others) = Self.arguments(inputs.earlier) else { return nil }
    return stacking.predictOne(baseRate, others: others, lead: inputs.lead)
  }

  package mutating func learnOne(_ forecast: JudgedForecast) {
    guard let (baseRate, others) = Self.arguments(forecast.experts) else { return }
    stacking.learnOne(baseRate, others: others, lead: forecast.lead, active: forecast.active)
  }

  private static func arguments(_ said: ExpertPredictions) -> (baseRate: Double, others: [Double])?
  {
    guard said[CurrentNetwork.self] == nil, let baseRate = said[BaseRate.self] else { return nil }
    return (baseRate, others.map { said[$0] ?? baseRate })
  }

  package func write(to writer: inout ByteWriter) {
    stacking.write(to: &writer)
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    try stacking.read(from: &reader)
  }
}
