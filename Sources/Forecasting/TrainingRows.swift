import Glibc
import NeuralNet
import Series

/// Examples for the network: one row for an origin and a lead, labelled when the target hour is over.
///
/// In half precision, as they are most of the memory that training takes: three digits of a feature are more
/// than it knows. For the same reason, what the rows of an origin have in common is kept once.
struct TrainingRows: Equatable, Sendable {
  /// `[count × leadWidth]` and `[originCount × originWidth]`, unscaled.
  private var leadFeatures: [Float16] = []
  private var originFeatures: [Float16] = []
  /// `[count]`: which origin each row is of.
  private var origins: [Int32] = []
  private(set) var labels: [Float] = []
  private(set) var weights: [Float] = []

  static let width = FeatureRows.names.count
  private static let leadWidth = FeatureRows.leadCount
  private static let originWidth = width - leadWidth

  var count: Int { labels.count }
  var isEmpty: Bool { labels.isEmpty }

  /// So that nothing is moved as rows come. Memory that stays empty is not taken.
  mutating func reserve(rowCount: Int, originCount: Int) {
    leadFeatures.reserveCapacity(rowCount * Self.leadWidth)
    originFeatures.reserveCapacity(originCount * Self.originWidth)
    origins.reserveCapacity(rowCount)
    labels.reserveCapacity(rowCount)
    weights.reserveCapacity(rowCount)
  }

  mutating func append(
    _ rows: inout FeatureRows, of rolling: RollingFeatures, lead: Int, active: Bool, weight: Float
  ) {
    var row: [Float] = []
    row.reserveCapacity(Self.leadWidth)
    rows.appendLead(lead, rolling.baselines(lead: lead), to: &row)
    for value in row { leadFeatures.append(Float16(value)) }
    appendOrigin(rows.ofOrigin.map { Float16($0) }[...])
    labels.append(active ? 1 : 0)
    weights.append(weight)
  }

  mutating func append(contentsOf other: TrainingRows) {
    for index in 0..<other.count { append(row: index, of: other) }
  }

  mutating func append(row index: Int, of other: TrainingRows) {
    leadFeatures += other.leadFeatures[index * Self.leadWidth..<(index + 1) * Self.leadWidth]
    let origin = Int(other.origins[index]) * Self.originWidth
    appendOrigin(other.originFeatures[origin..<origin + Self.originWidth])
    labels.append(other.labels[index])
    weights.append(other.weights[index])
  }

  private mutating func appendOrigin(_ features: ArraySlice<Float16>) {
    if !originFeatures.suffix(Self.originWidth).elementsEqual(features) {
      originFeatures += features
    }
    origins.append(Int32(originFeatures.count / Self.originWidth - 1))
  }

  /// Writes some rows, one after the other, from the front of `room`.
  func copy(_ indices: some Sequence<Int>, to room: inout MutableSpan<Float>) {
    var end = 0
    for index in indices {
      let lead = index * Self.leadWidth
      for column in 0..<Self.leadWidth { room[end + column] = Float(leadFeatures[lead + column]) }
      end += Self.leadWidth
      let origin = Int(origins[index]) * Self.originWidth
      for column in 0..<Self.originWidth {
        room[end + column] = Float(originFeatures[origin + column])
      }
      end += Self.originWidth
    }
  }

  /// `[indices × featureCount]`.
  func features(of indices: some Collection<Int>) -> [Float] {
    var rows = [Float](repeating: 0, count: indices.count * Self.width)
    var span = rows.mutableSpan
    copy(indices, to: &span)
    return rows
  }

  /// Fitted to enough of the rows, evenly spread.
  var standardizer: Standardizer {
    let chosen = Array(stride(from: 0, to: count, by: max(1, count / 20_000)))
    return Standardizer(featureCount: Self.width, rowCount: chosen.count) { number, row in
      copy(CollectionOfOne(chosen[number]), to: &row)
    }
  }

  /// Weights with a mean of 1.
  var normalizedWeights: [Float] {
    let mean = weights.reduce(0) { $0 + Double($1) } / Double(max(count, 1))
    return mean > 0 ? weights.map { Float(Double($0) / mean) } : weights
  }

  var activeCount: Int { labels.count { $0 > 0 } }

  /// The share of active hours, weighted, kept away from 0 and 1.
  var activeShare: Double {
    let total = weights.reduce(0) { $0 + Double($1) }
    let active = zip(labels, weights).reduce(0) { $0 + Double($1.0 * $1.1) }
    return min(max(active / max(total, 1e-9), 1e-3), 0.5)
  }
}

/// Which leads of an origin become rows: the next hour, the farthest, and one each from near and far between
/// them; the near ones are the most useful and the most different from each other. By hash, so that the same hour of
/// the same stream always gives the same rows, whoever makes them and when.
struct LeadChoice {
  private let strata: [ClosedRange<Int>]
  private let seed: UInt64

  init(horizon: Int, seed: UInt64) {
    let bounds = [0, 1, max(1, horizon / 3), horizon - 1, horizon]
    strata = zip(bounds, bounds.dropFirst()).filter { $0 < $1 }.map { $0 + 1...$1 }
    self.seed = seed
  }

  var count: Int { strata.count }

  /// - Returns: The leads, each with a uniform number by which it may be sampled further.
  func leads(stream: UInt64, origin: Int) -> [(lead: Int, priority: Double)] {
    var generator = SplitMix64(
      state: seed ^ stream ^ (UInt64(bitPattern: Int64(origin)) &* 0x9e37_79b9_7f4a_7c15))
    return strata.map { (Int.random(in: $0, using: &generator), generator.uniform()) }
  }

  static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

extension HourlySeries {
  func isActive(_ hour: Int, _ forecast: ForecastSettings) -> Bool {
    (0..<forecast.holdHours).contains { count(at: hour - $0) >= forecast.minRequests }
  }
}

extension RollingFeatures {
  /// Before this a stream's features are mostly guesses.
  static let warmUpHours = 24 * 7

  var isWarm: Bool { hourCount >= Self.warmUpHours }

  mutating func close(_ hour: Int, of series: HourlySeries, _ forecast: ForecastSettings) {
    close(active: series.isActive(hour, forecast), count: series.count(at: hour))
  }

  /// Rare streams speak louder, so that one busy stream does not drown them: 1/√(entropy of their rate).
  var rowWeight: Float {
    let rate = min(max(activeShare, 1e-4), 0.5)
    let entropy = -rate * log(rate) - (1 - rate) * log(1 - rate)
    return Float(1 / entropy.squareRoot())
  }
}
