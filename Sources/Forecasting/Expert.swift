/// The forecasters in the mixture, in the order of their weights.
package enum Expert: Int, CaseIterable, Sendable {
  case baseRate
  case hourOfDay
  case hourOfWeek
  case gapHistogram
  case intermittentDemand
  /// A logistic regression on the network's own features.
  case logistic
  case network
  /// The network before it: a new one enters with a part of its weight and earns the rest.
  case previousNetwork
  /// The network's logit, shifted and scaled as its errors on this stream suggest.
  case recalibrated

  /// For people and reports.
  package var name: String {
    switch self {
    case .baseRate: "base rate"
    case .hourOfDay: "hour of day"
    case .hourOfWeek: "hour of week"
    case .gapHistogram: "gap histogram"
    case .intermittentDemand: "intermittent demand"
    case .logistic: "logistic regression"
    case .network: "network"
    case .previousNetwork: "previous network"
    case .recalibrated: "recalibrated network"
    }
  }

  /// How much the mixture trusts each before it has seen anything.
  static let prior: [Double] = allCases.map { _ in 1 }
}
