import Forecasting
import NeuralNet

extension Model {
  /// A network for rows of another width.
  static func untrained(featureCount: Int) -> Model {
    var generator = Xoshiro(seed: 1)
    let network = Network(
      shape: NetworkShape(inputCount: featureCount, hidden: [4]), using: &generator)
    let logistic = Network(
      shape: NetworkShape(inputCount: featureCount, hidden: []), using: &generator)
    return Model(
      standardizer: Standardizer(
        means: Array(repeating: 0, count: featureCount),
        deviations: Array(repeating: 1, count: featureCount)),
      network: Learner(network: network, loss: PenalizedLoss(penalty: 10)),
      logistic: Learner(network: logistic, loss: PenalizedLoss(penalty: 1)))
  }
}
