import Arithmetic
import NeuralNet
package import Series

/// What a forecast was made from: enough to say later why it was what it was.
package struct ForecastInputs: Equatable, Sendable {
  /// `[featureCount]`, unscaled.
  package var row: [Float]
  /// Each expert's forecast and weight.
  package var experts: ExpertPredictions
  /// `[expert]`, of the mixture; they sum to 1.
  package var weights: [Double]
}

/// Why a probability is what it is: which experts it is mixed from, and what moved the network away from what it
/// says of the stream's mean.
package struct Explanation: Equatable, Sendable {
  package typealias ExpertContribution = ExpertPredictions.Contribution

  /// What one group of features did to the network's output.
  package struct Reason: Equatable, Sendable {
    package var group: FeatureGroup
    /// In logits; above 0 it made a request more likely.
    package var contribution: Double
    package var words: String
  }

  /// The one that counts most first.
  package private(set) var expertContributions: [ExpertContribution]
  /// What they make together; high probabilities are calibrated besides.
  package var mixed: Double {
    expertContributions.reduce(0) { $0 + $1.weight * $1.probability }
  }
  /// The one that moved the network most first; empty without a network. They sum to
  /// `logit` − `usualLogit`.
  package private(set) var reasons: [Reason] = []
  /// The penalised network's, of the hour and of the stream's mean.
  package private(set) var logit = 0.0
  package private(set) var usualLogit = 0.0

  /// - Parameter usualRow: The stream's mean features, unscaled.
  package init(_ inputs: ForecastInputs, usualRow: [Float], model: Model?) {
    expertContributions = inputs.experts.contributions(inputs.weights)
    guard let model, usualRow.count == inputs.row.count,
      model.featureCount == inputs.row.count
    else { return }
    let rows = model.standardized(usualRow + inputs.row)
    let usual = Array(rows[..<usualRow.count])
    let row = Array(rows[usualRow.count...])
    let network = model.network.network
    let logits = network.logits(of: rows)
    usualLogit = Double(logits[0])
    logit = Double(logits[1])
    let contributions = network.integratedGradients(of: row, against: usual)
    var sums: [FeatureGroup: Double] = [:]
    for (group, contribution) in zip(FeatureGroup.ofFeatures, contributions) {
      sums[group, default: 0] += Double(contribution)
    }
    reasons = FeatureGroup.allCases.map { group in
      Reason(group: group, contribution: sums[group] ?? 0, words: group.words(inputs.row))
    }.sorted { $0.contribution.magnitude > $1.contribution.magnitude }
  }

  /// The expertContribution that counts most and the reasons that moved the network most, for one line.
  package var sentence: String {
    var parts: [String] = []
    if let expertContribution = expertContributions.first {
      parts.append(
        "mostly by the \(expertContribution.expert) (\(Int(nearest: 100 * expertContribution.weight)) % of the weight)"
      )
    }
    let strong = reasons.prefix(3).filter { $0.contribution.magnitude >= 0.1 }
    for (word, isMore) in [("more likely as", true), ("less likely as", false)] {
      let words = strong.filter { ($0.contribution > 0) == isMore }.map(\.words)
      if !words.isEmpty { parts.append("\(word) \(words.joined(separator: "; "))") }
    }
    return parts.joined(separator: "; ")
  }
}
