import Glibc
package import NeuralNet

/// Probabilities with their outcomes, and every score of them.
package struct ScoredForecasts: Equatable, Sendable {
  /// `[count]`, in 0…1.
  package private(set) var probabilities: [Float] = []
  package private(set) var labels: [Bool] = []
  /// Target hours.
  package private(set) var hours: [Int] = []

  package init() {}

  /// - Parameters: As the properties, `[count]` each.
  init(probabilities: [Float], labels: [Bool], hours: [Int]) {
    self.probabilities = probabilities
    self.labels = labels
    self.hours = hours
  }

  package var count: Int { labels.count }

  /// Adds one forecast.
  ///
  /// - Parameters:
  ///   - probability: Clipped as the mixture's are.
  ///   - hour: The target hour, counted since the epoch.
  package mutating func append(_ probability: Double, active: Bool, hour: Int) {
    probabilities.append(Float(Mixture.clamp(probability)))
    labels.append(active)
    hours.append(hour)
  }

  /// Those whose target hour is within a range.
  package func within(_ range: Range<Int>) -> ScoredForecasts {
    var part = ScoredForecasts()
    for index in labels.indices where range.contains(hours[index]) {
      part.probabilities.append(probabilities[index])
      part.labels.append(labels[index])
      part.hours.append(hours[index])
    }
    return part
  }

  package var activeCount: Int { labels.count { $0 } }

  /// The target hours that were active, each as often as it was forecast.
  package var activeTargets: [Int] { hours.indices.filter { labels[$0] }.map { hours[$0] } }

  /// Mean over the hours, in nats.
  package var logLoss: Double {
    mean { RunningScore.logLoss(Double(probabilities[$0]), labels[$0]) }
  }

  package var brierScore: Double {
    mean {
      let error = Double(probabilities[$0]) - (labels[$0] ? 1 : 0)
      return error * error
    }
  }

  private func mean(_ term: (Int) -> Double) -> Double {
    count == 0 ? 0 : labels.indices.reduce(0) { $0 + term($1) } / Double(count)
  }

  /// See `ScoreSums`.
  package var averagePrecision: Double {
    var sums = ScoreSums()
    for (probability, label) in zip(probabilities, labels) {
      sums.append(probability, active: label)
    }
    return sums.averagePrecision
  }

  /// A bin of forecasts of about the same probability.
  package struct Bin: Equatable, Sendable {
    package var count: Int
    /// Of the bin's forecasts.
    package var meanProbability: Double
    /// The share of its hours that were active: equal to `meanProbability` if forecasts are calibrated.
    package var activeShare: Double
  }

  /// Bins of equal mass, by rising probability.
  package func bins(_ binCount: Int = 15) -> [Bin] {
    let order = probabilities.indices.sorted {
      (probabilities[$0], $0) < (probabilities[$1], $1)
    }
    return (0..<binCount).compactMap { bin in
      let range = order.count * bin / binCount..<order.count * (bin + 1) / binCount
      guard !range.isEmpty else { return nil }
      let members = order[range]
      return Bin(
        count: members.count,
        meanProbability: members.reduce(0) { $0 + Double(probabilities[$1]) }
          / Double(members.count),
        activeShare: Double(members.count { labels[$0] }) / Double(members.count))
    }
  }

  /// The mean distance of a bin's probability from its active share.
  package var expectedCalibrationError: Double {
    bins().reduce(0) { $0 + Double($1.count) * abs($1.meanProbability - $1.activeShare) }
      / Double(max(count, 1))
  }

  /// The same where forecasts are acted on: over bins of a tenth each from 0.4 on. Nil: none was so high.
  package var highCalibrationError: Double? {
    var bins = Array(repeating: (count: 0, probability: 0.0, active: 0), count: 10)
    for (probability, label) in zip(probabilities, labels) {
      let bin = min(Int(probability * 10), 9)
      bins[bin].count += 1
      bins[bin].probability += Double(probability)
      bins[bin].active += label ? 1 : 0
    }
    let high = bins[4...]
    let count = high.reduce(0) { $0 + $1.count }
    let error = high.reduce(0) { $0 + abs($1.probability - Double($1.active)) }
    return count > 0 ? error / Double(count) : nil
  }

  /// The two parts of the Brier score that a forecaster can do something about: how far its probabilities
  /// are from the shares that came true, and how far those shares are from the base rate.
  ///
  /// - Source: Murphy, "A new vector partition of the probability score", J. Appl. Meteorology 12 (1973).
  package var brierParts: (reliability: Double, resolution: Double) {
    let base = Double(activeCount) / Double(max(count, 1))
    var reliability = 0.0
    var resolution = 0.0
    for bin in bins() {
      let share = Double(bin.count) / Double(count)
      reliability +=
        share * (bin.meanProbability - bin.activeShare) * (bin.meanProbability - bin.activeShare)
      resolution += share * (bin.activeShare - base) * (bin.activeShare - base)
    }
    return (reliability, resolution)
  }

  /// 1 − log-loss ÷ log-loss of the reference, for the same hours.
  package func skill(against reference: ScoredForecasts) -> Double {
    precondition(reference.count == count, "skill compares forecasts of the same hours")
    let other = reference.logLoss
    return other > 0 ? 1 - logLoss / other : 0
  }

  /// The middle 95 % of the skill when whole weeks are drawn anew: hours of a week resemble each other, so
  /// drawing single hours would promise too much.
  ///
  /// - Source: Künsch, "The jackknife and the bootstrap for general stationary observations", 1989.
  package func skillInterval(
    against reference: ScoredForecasts, draws: Int = 200, using generator: inout Xoshiro
  ) -> ClosedRange<Double> {
    var blocks: [Int: (own: Double, reference: Double)] = [:]
    for index in labels.indices {
      let own = RunningScore.logLoss(Double(probabilities[index]), labels[index])
      let other = RunningScore.logLoss(Double(reference.probabilities[index]), labels[index])
      let block = blocks[hours[index] / 168] ?? (0, 0)
      blocks[hours[index] / 168] = (block.own + own, block.reference + other)
    }
    let sums = blocks.sorted { $0.key < $1.key }.map(\.value)
    guard !sums.isEmpty else { return 0...0 }
    let skills = (0..<draws).map { _ in
      var own = 0.0
      var other = 0.0
      for _ in sums {
        let block = sums[Int.random(in: 0..<sums.count, using: &generator)]
        own += block.own
        other += block.reference
      }
      return other > 0 ? 1 - own / other : 0
    }.sorted()
    return skills[draws / 40]...skills[draws - 1 - draws / 40]
  }
}
