import Arithmetic
import Forecasting
import Glibc
import NeuralNet
import Records
import Series

/// The rows of pieces: inputs of the network, whether the target was active, and what the row weighs.
struct PieceRows {
  static let horizon = 24

  private(set) var inputs: [Float] = []
  private(set) var labels: [Float] = []
  private(set) var weights: [Float] = []
  /// What the base rate says of the target.
  private var baseRates: [Double] = []
  /// Of its piece's life.
  private var days: [Int] = []

  var count: Int { labels.count }

  /// - Parameter rowsMax: Of more a sample is taken.
  init(_ pieces: [StreamPiece], rowsMax: Int, using generator: inout Xoshiro) {
    let possible = pieces.reduce(0) { $0 + 4 * $1.originCount }
    let share = min(1, Double(rowsMax) / Double(max(possible, 1)))
    for piece in pieces { append(piece, share: share, using: &generator) }
    let mean = weights.reduce(0) { $0 + Double($1) } / Double(max(count, 1))
    for index in weights.indices { weights[index] = Float(Double(weights[index]) / mean) }
  }

  private mutating func append(
    _ piece: StreamPiece, share: Double, using generator: inout Xoshiro
  ) {
    var rolling = RollingFeatures(
      startingAt: piece.firstHour, calendar: HourCalendar(timeZone: .utc))
    for hour in 0..<piece.originCount {
      rolling.close(active: piece.counts[hour] > 0, count: piece.counts[hour])
      let leads = [
        1, 2 + Int(7 * generator.uniform()), 9 + Int(15 * generator.uniform()), Self.horizon,
      ].filter { _ in generator.uniform() < share }
      guard !leads.isEmpty else { continue }
      var features = FeatureRows(rolling, horizon: Self.horizon)
      for lead in leads {
        var row: [Float] = []
        let baselines = rolling.baselines(lead: lead)
        features.append(lead: lead, baselines: baselines, to: &row)
        inputs += PretrainedModel.inputs(row, of: rolling)
        labels.append(piece.counts[hour + lead] > 0 ? 1 : 0)
        weights.append(Float(piece.weight))
        baseRates.append(baselines.baseRate)
        days.append(hour / 24)
      }
    }
  }

  mutating func standardize(_ standardizer: Standardizer) {
    standardizer.apply(to: &inputs)
  }

  var activeShare: Double {
    zip(labels, weights).reduce(0) { $0 + Double($1.0 * $1.1) } / Double(max(count, 1))
  }

  /// The skill of a network against the base rate, all rows alike, by age; the rows are standardised.
  func skills(of network: Network) -> [(days: Range<Int>, skill: Double)] {
    let logits = network.logits(of: inputs)
    return [0..<7, 7..<14, 14..<30, 30..<60, 60..<90].map { age in
      var own = 0.0
      var usual = 0.0
      for index in labels.indices where age.contains(days[index]) {
        let isActive = labels[index] > 0
        own += RunningScore.logLoss(sigmoid(Double(logits[index])), isActive)
        usual += RunningScore.logLoss(baseRates[index], isActive)
      }
      return (age, 1 - own / usual)
    }
  }
}
