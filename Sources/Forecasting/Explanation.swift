import NeuralNet
package import Series

/// What a forecast was made from: enough to say later why it was what it was.
package struct Grounds: Equatable, Sendable {
  /// `[featureCount]`, unscaled.
  package var row: [Float]
  /// What each expert said, and how much it counted; by `Expert.rawValue`.
  package var experts: [Double]
  package var weights: [Double]
}

/// Why a probability is what it is: which experts it is mixed from, and what moved the network away from what it
/// says of the stream's mean.
package struct Explanation: Equatable, Sendable {
  package struct Voice: Equatable, Sendable {
    package var expert: Expert
    package var weight: Double
    package var probability: Double
  }

  package struct Reason: Equatable, Sendable {
    package var theme: FeatureTheme
    /// In logits; above 0 it made a request more likely.
    package var contribution: Double
    package var words: String
  }

  /// The one that counts most first.
  package private(set) var voices: [Voice]
  /// The one that moved the network most first; empty without a network. They sum to
  /// `logit` − `usualLogit`.
  package private(set) var reasons: [Reason] = []
  /// The penalised network's, of the hour and of the stream's mean.
  package private(set) var logit = 0.0
  package private(set) var usualLogit = 0.0

  /// - Parameter usualRow: The stream's mean features, unscaled.
  package init(_ grounds: Grounds, usualRow: [Float], model: Model?) {
    voices = Expert.allCases.map { expert in
      Voice(
        expert: expert, weight: grounds.weights[expert.rawValue],
        probability: grounds.experts[expert.rawValue])
    }.sorted { ($1.weight, $0.expert.rawValue) < ($0.weight, $1.expert.rawValue) }
    guard let model, usualRow.count == grounds.row.count,
      model.featureCount == grounds.row.count
    else { return }
    let rows = model.standardized(usualRow + grounds.row)
    let usual = Array(rows[..<usualRow.count])
    let row = Array(rows[usualRow.count...])
    let network = model.network.network
    let logits = network.logits(of: rows)
    usualLogit = Double(logits[0])
    logit = Double(logits[1])
    let contributions = network.integratedGradients(of: row, against: usual)
    var sums: [FeatureTheme: Double] = [:]
    for (theme, contribution) in zip(FeatureTheme.ofFeatures, contributions) {
      sums[theme, default: 0] += Double(contribution)
    }
    reasons = FeatureTheme.allCases.map { theme in
      Reason(theme: theme, contribution: sums[theme] ?? 0, words: theme.words(grounds.row))
    }.sorted { $0.contribution.magnitude > $1.contribution.magnitude }
  }

  /// The voice that counts most and the reasons that moved the network most, for one line.
  package var sentence: String {
    var parts: [String] = []
    if let voice = voices.first {
      parts.append(
        "mostly by the \(voice.expert.name) (\(Int((100 * voice.weight).rounded())) % of the weight)"
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
