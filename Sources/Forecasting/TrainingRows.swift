import Arithmetic
import Glibc
import NeuralNet
import Series

/// Examples for the network: one row for an origin and a lead, labelled when the target hour is over.
///
/// The rows are most of the memory that training takes. So what the rows of an origin have in common is kept once,
/// all in half precision, three digits being more than a feature knows; a batch is put together when it is needed.
struct TrainingRows: Equatable, Sendable {
  /// `[count × leadWidth]` and `[originCount × originWidth]`, unscaled.
  private var leadFeatures: [Float16] = []
  private var originFeatures: [Float16] = []
  /// `[count]`: which origin each row is of.
  private var origins: [Int32] = []
  private(set) var labels: [Bool] = []
  private(set) var weights: [Float] = []

  static let width = FeatureRows.names.count
  private static let leadWidth = FeatureRows.leadCount
  private static let originWidth = width - leadWidth

  var count: Int { labels.count }
  var isEmpty: Bool { labels.isEmpty }
  var indices: [Int32] { (0..<Int32(count)).map { $0 } }

  /// So that nothing is moved as rows come, and no memory is taken that stays empty.
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
    var features: [Float] = []
    features.reserveCapacity(Self.leadWidth)
    rows.appendLead(lead, rolling.baselines(lead: lead), to: &features)
    for feature in features { leadFeatures.append(Float16(feature)) }
    appendOrigin(rows.ofOrigin.map { Float16($0) }[...])
    labels.append(active)
    weights.append(weight)
  }

  /// - Parameter features: Of the lead, then of the origin.
  mutating func append(_ features: [Float16], active: Bool, weight: Float) {
    leadFeatures += features[..<Self.leadWidth]
    appendOrigin(features[Self.leadWidth...])
    labels.append(active)
    weights.append(weight)
  }

  /// - Parameter active: Its label; nil: as it is.
  mutating func append(row index: Int, of other: TrainingRows, active: Bool? = nil) {
    let lead = index * Self.leadWidth
    leadFeatures += other.leadFeatures[lead..<lead + Self.leadWidth]
    let origin = Int(other.origins[index]) * Self.originWidth
    appendOrigin(other.originFeatures[origin..<origin + Self.originWidth])
    labels.append(active ?? other.labels[index])
    weights.append(other.weights[index])
  }

  func selecting(_ rows: some Collection<Int>) -> TrainingRows {
    var selected = TrainingRows()
    selected.reserve(rowCount: rows.count, originCount: 0)
    for row in rows { selected.append(row: row, of: self) }
    return selected
  }

  private mutating func appendOrigin(_ features: ArraySlice<Float16>) {
    // The slice has to be gone before: the whole array would be copied.
    let isKnown = originFeatures.suffix(Self.originWidth)
      .elementsEqual(features, by: { $0.bitPattern == $1.bitPattern })
    if !isKnown { originFeatures += features }
    origins.append(Int32(originFeatures.count / Self.originWidth - 1))
  }

  /// Puts the features of a row in front of a span, unscaled.
  func copy(_ index: Int32, to target: inout MutableSpan<Float>) {
    let lead = Int(index) * Self.leadWidth
    widen(leadFeatures, lead..<lead + Self.leadWidth, into: &target, at: 0)
    let origin = Int(origins[Int(index)]) * Self.originWidth
    widen(
      originFeatures, origin..<origin + Self.originWidth, into: &target, at: Self.leadWidth)
  }

  /// The same for some rows, one after the other.
  func copy(_ indices: [Int32], to target: inout MutableSpan<Float>) {
    widenRows(
      leadFeatures, width: Self.leadWidth, order: indices, into: &target, column: 0,
      stride: Self.width)
    widenRows(
      originFeatures, width: Self.originWidth, order: indices.map { origins[Int($0)] },
      into: &target, column: Self.leadWidth, stride: Self.width)
  }

  mutating func setLabel(_ index: Int32, active: Bool) {
    labels[Int(index)] = active
  }
}

// MARK: - Some of them

extension TrainingRows {
  func activeCount(among chosen: [Int32]) -> Int { chosen.count { labels[Int($0)] } }

  /// The mean of the weights, by which they are divided to be 1 on the whole.
  func meanWeight(of chosen: [Int32]) -> Double {
    let mean = chosen.reduce(0) { $0 + Double(weights[Int($1)]) } / Double(max(chosen.count, 1))
    return mean > 0 ? mean : 1
  }

  /// The share of active hours, weighted, kept away from 0 and 1.
  func activeShare(of chosen: [Int32]) -> Double {
    let total = chosen.reduce(0) { $0 + Double(weights[Int($1)]) }
    let active = chosen.reduce(0) { $0 + (labels[Int($1)] ? Double(weights[Int($1)]) : 0) }
    return min(max(active / max(total, 1e-9), 1e-3), 0.5)
  }

  func standardizer(fitting chosen: [Int32]) -> Standardizer {
    Standardizer(featureCount: Self.width, rowCount: chosen.count) { number, row in
      copy(chosen[number], to: &row)
    }
  }
}

/// Which leads of an origin become rows: the next hour, the farthest, and one each from near and far between
/// them; the near ones are the most useful and the most different from each other. By hash, so that the same hour of
/// the same stream always gives the same rows.
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
      seed: seed ^ stream ^ (UInt64(bitPattern: Int64(origin)) &* 0x9e37_79b9_7f4a_7c15))
    return strata.map { (Int.random(in: $0, using: &generator), generator.uniform()) }
  }

  static func hash(_ name: String) -> UInt64 {
    FNV1a(name.utf8).value
  }
}

extension HourlySeries {
  /// The label of an hour: whether enough requests came in it or in the `holdHours` − 1 hours before.
  package func isActive(_ hour: Int, _ forecast: ForecastSettings) -> Bool {
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

  /// Rows of rare streams weigh more, so that one busy stream does not drown them: 1/∜(entropy of their rate).
  var rowWeight: Float {
    let rate = min(max(activeShare, 1e-4), 0.5)
    return Float(1 / entropy(rate).squareRoot().squareRoot())
  }
}
