import Glibc

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
  /// The network before the last full run: a new one enters with a part of its weight and earns the rest.
  case previousNetwork
  /// The network, recalibrated by its errors on this stream.
  case recalibrated
  /// The network, corrected by all that stand before it here.
  case stacked

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
    case .stacked: "stacked network"
    }
  }

  /// How much the mixture trusts each before it has seen anything of a stream.
  package var prior: Double {
    switch self {
    case .baseRate: 0.04
    case .hourOfDay, .hourOfWeek, .gapHistogram, .intermittentDemand: 0.015
    case .logistic, .previousNetwork: 0.06
    case .network: 0.28
    case .recalibrated: 0.2
    case .stacked: 0.3
    }
  }

  static let priors = allCases.map(\.prior)

  /// The weight that is spread anew every hour: in proportion to how much an hour can teach, so that the
  /// weights of a rare stream are not forgotten between two of its requests.
  package static func share(baseRate: Double) -> Double {
    let rate = Mixture.clamp(baseRate)
    let entropy = -rate * log(rate) - (1 - rate) * log(1 - rate)
    return min(0.01, 0.002 * entropy)
  }
}
