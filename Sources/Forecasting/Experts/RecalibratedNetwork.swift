package import Series

/// The network, recalibrated by its errors on this stream.
package struct RecalibratedNetwork: Expert {
  package static let name = "recalibrated network"
  package static let prior = 0.15

  private var stacking: Stacking

  package init(horizon: Int) {
    stacking = Stacking(otherCount: 1, ridge: 10, horizon: horizon)
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
    guard let network = said[CurrentNetwork.self], let baseRate = said[BaseRate.self] else {
      return nil
    }
    return (network, [baseRate])
  }

  package func write(to writer: inout ByteWriter) {
    stacking.write(to: &writer)
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    try stacking.read(from: &reader)
  }
}
