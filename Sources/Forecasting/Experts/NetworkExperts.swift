/// A logistic regression on the network's own features.
package struct LogisticRegression: Expert {
  package static let name = "logistic regression"
  package static let prior = 0.06
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.models.logistic?[inputs.lead - 1]
  }
}

/// The network in use.
package struct CurrentNetwork: Expert {
  package static let name = "network"
  package static let prior = 0.28
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.models.network?[inputs.lead - 1]
  }
}

/// The network before the last full run: a new one enters with a part of its weight and earns the rest.
package struct PreviousNetwork: Expert {
  package static let name = "previous network"
  package static let prior = 0.06
  package init(horizon: Int) {}
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    inputs.models.previousNetwork?[inputs.lead - 1] ?? inputs.models.network?[inputs.lead - 1]
  }
}
