import Arithmetic
import Series

/// A logistic regression on the network's own features.
package struct LogisticRegression: Expert {
  package static let name = "logistic regression"
  package static let prior = 0.05
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.tempered(inputs.models.logistic)
  }
}

/// The network in use.
package struct CurrentNetwork: Expert {
  package static let name = "network"
  package static let prior = 0.2
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.tempered(inputs.models.network)
  }
}

/// The network before the last full run: a new one enters with a part of its weight and earns the rest.
package struct PreviousNetwork: Expert {
  package static let name = "previous network"
  package static let prior = 0.05
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.tempered(inputs.models.previousNetwork ?? inputs.models.network)
  }
}

/// The network that the program brings, for a stream's first months. It was trained on streams from their first hours on,
/// so nothing draws it to the base rate but the limit for streams that hardly spoke.
package struct PretrainedNetwork: Expert {
  package static let name = "pretrained network"
  package static let prior = 0.3
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    guard let said = inputs.models.pretrained else { return nil }
    return BaseRateShrinkage.supported(
      said[inputs.lead - 1], baseRate: inputs.baselines.baseRate,
      activeHours: inputs.rolling.activeHourCount)
  }
}

extension ExpertInputs {
  /// A week of the stream's own counts as much as what other streams have taught.
  private static let halfwayHours = 24.0 * 7

  /// What a network says of a stream it has seen little of, drawn towards the base rate in logits.
  ///
  /// - Parameter probabilities: `[lead]`
  fileprivate func tempered(_ probabilities: [Double]?) -> Double? {
    guard let probability = probabilities?[lead - 1] else { return nil }
    let age = Double(rolling.hourCount)
    let usual = logit(Mixture.clamp(baselines.baseRate))
    let own = logit(Mixture.clamp(probability))
    return sigmoid(usual + (own - usual) * age / (age + Self.halfwayHours))
  }
}
