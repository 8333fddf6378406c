package import Series

/// The network, recalibrated by its errors on this stream; before there is one, the base rate.
package struct RecalibratedNetwork: Expert {
  package static let name = "recalibrated network"
  package static let prior = 0.2

  private var byLead: [Stacking]

  package init(horizon: Int) {
    byLead = Array(repeating: Stacking(otherCount: 1, ridge: 10), count: horizon)
  }

  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    let (network, others) = Self.arguments(inputs.earlier)
    return byLead[inputs.lead - 1].predictOne(network, others: others)
  }

  package mutating func learnOne(_ forecast: JudgedForecast) {
    let (network, others) = Self.arguments(forecast.experts)
    byLead[forecast.lead - 1].learnOne(network, others: others, active: forecast.active)
  }

  private static func arguments(_ said: ExpertPredictions) -> (network: Double, others: [Double]) {
    let baseRate = said[BaseRate.self] ?? 0.5
    return (said[CurrentNetwork.self] ?? baseRate, [baseRate])
  }

  package func write(to writer: inout ByteWriter) {
    for stacking in byLead { stacking.write(to: &writer) }
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    for index in byLead.indices { try byLead[index].read(from: &reader) }
  }
}
