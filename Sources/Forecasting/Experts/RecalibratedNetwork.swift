/// The network, recalibrated by its errors on this stream.
package struct RecalibratedNetwork: StackedExpert {
  package static let name = "recalibrated network"
  package static let prior = 0.15

  package var stacking: Stacking

  package init(horizon: Int) {
    stacking = Stacking(otherCount: 1, ridge: 10, horizon: horizon)
  }

  package static func arguments(
    _ said: ExpertPredictions
  ) -> (corrected: Double, others: [Double])? {
    guard let network = said[CurrentNetwork.self], let baseRate = said[BaseRate.self] else {
      return nil
    }
    return (network, [baseRate])
  }
}
