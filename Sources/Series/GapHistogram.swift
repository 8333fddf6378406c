/// A histogram, with exponential forgetting, of the hours between two active hours of a stream.
///
/// - Source: Shahrad et al., "Serverless in the Wild", USENIX ATC 2020 (idle-time histograms).
package struct GapHistogram: Equatable, Sendable {
  /// Gaps of this many hours or more fall into the last bin. Beyond this range no probability is derived from it,
  /// because the hazard there would be 1 for ever.
  package static let range = 24 * 28

  /// The factor by which each gap's weight decays with the next gap.
  private static let memoryPerGap = 0.995

  /// The observed gap lengths in hours, ascending: a stream has a few dozen of hundreds of possible ones.
  private var lengths: [Int16] = []
  /// The weight of each length in units of `1 / scale`, so that decay is a single change of `scale`.
  private var weights: [Double] = []
  private var scale = 1.0
  /// The weight, in units of `1 / scale`, of gaps longer than the idle time so far.
  private var survivors = 0.0
  private var idleHours = 0

  package init() {}

  /// Records an active hour, `gap` hours after the previous one; nil for the first.
  package mutating func recordArrival(gap: Int?) {
    if let gap {
      scale /= Self.memoryPerGap
      add(scale, at: min(gap, Self.range))
      if scale > 1e100 {
        for index in weights.indices { weights[index] /= scale }
        scale = 1
      }
    }
    idleHours = 0
    survivors = weights.reduce(0, +)
  }

  /// Records an idle hour.
  package mutating func recordIdleHour() {
    idleHours += 1
    guard idleHours <= Self.range else { return }
    survivors = max(0, survivors - weight(idleHours))
  }

  private mutating func add(_ weight: Double, at length: Int) {
    let index = partitionPoint(length)
    if index < lengths.count, Int(lengths[index]) == length {
      weights[index] += weight
    } else {
      lengths.insert(Int16(length), at: index)
      weights.insert(weight, at: index)
    }
  }

  private func weight(_ length: Int) -> Double {
    let index = partitionPoint(length)
    return index < lengths.count && Int(lengths[index]) == length ? weights[index] : 0
  }

  /// The index of the first length that is not below this one.
  private func partitionPoint(_ length: Int) -> Int {
    var low = 0
    var high = lengths.count
    while low < high {
      let middle = (low + high) / 2
      if Int(lengths[middle]) < length { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The decaying number of gaps longer than the idle time so far.
  package var survivorCount: Double { survivors / scale }

  /// The share of the survivors that end `lead` hours from now.
  ///
  /// - Parameter fallback: The probability beyond the histogram's range; within it, a prior with the weight of two
  ///   gaps.
  package func probability(lead: Int, fallback: Double) -> Double {
    let end = idleHours + lead
    guard end < Self.range else { return fallback }
    return (weight(end) / scale + 2 * fallback) / (survivorCount + 2)
  }

  /// The share of the survivors that end in that hour or its two neighbours, without a fallback.
  package func shareNear(lead: Int) -> Double {
    let end = min(idleHours + lead, Self.range)
    var near = 0.0
    for gap in max(end - 1, 0)...min(end + 1, Self.range) { near += weight(gap) }
    return near / scale / (survivorCount + 2)
  }

  /// `probability`, smoothed over neighbouring gaps; the window is wider for longer gaps.
  func smoothedProbability(lead: Int, fallback: Double) -> Double {
    let end = idleHours + lead
    guard end <= Self.range else { return fallback }
    let width = 1 + end / 12
    let gaps = max(1, end - width)...min(Self.range, end + width)
    func nearness(_ gap: Int) -> Double { 1 - Double(abs(gap - end)) / Double(width + 1) }
    let total = gaps.reduce(0) { $0 + nearness($1) }
    var near = 0.0
    var index = partitionPoint(gaps.lowerBound)
    while index < lengths.count, Int(lengths[index]) <= gaps.upperBound {
      near += nearness(Int(lengths[index])) * weights[index]
      index += 1
    }
    return (near / total / scale + 2 * fallback) / (survivorCount + 2)
  }

  /// For each of the next `horizon` hours, the probability that an arrival of a renewal process with these gaps falls
  /// into it, whether the next arrival or a later one.
  func renewalProbabilities(horizon: Int, fallback: Double) -> [Double] {
    let fresh = firstArrival(afterIdle: 0, survivors: weights.reduce(0, +), horizon, fallback)
    var renewed = [1.0]
    for hour in 1...horizon {
      renewed.append((1...hour).reduce(0) { $0 + fresh[$1 - 1] * renewed[hour - $1] })
    }
    let next = firstArrival(afterIdle: idleHours, survivors: survivors, horizon, fallback)
    return (1...horizon).map { hour in
      (1...hour).reduce(0) { $0 + next[$1 - 1] * renewed[hour - $1] }
    }
  }

  /// The probability that the next arrival comes 1 … `horizon` hours from now.
  private func firstArrival(
    afterIdle idle: Int, survivors: Double, _ horizon: Int, _ fallback: Double
  ) -> [Double] {
    var survivors = survivors / scale
    var stillIdle = 1.0
    return (1...horizon).map { hour in
      var hazard = fallback
      if idle + hour <= Self.range {
        let ending = weight(idle + hour) / scale
        hazard = min(1, (ending + 2 * fallback) / (survivors + 2))
        survivors = max(0, survivors - ending)
      }
      defer { stillIdle *= 1 - hazard }
      return stillIdle * hazard
    }
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(lengths)
    writer.write(weights)
    writer.write(scale)
    writer.write(survivors)
    writer.write(idleHours)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    lengths = try reader.readArray(of: Int16.self)
    weights = try reader.readSums(count: lengths.count)
    scale = try reader.readSum()
    survivors = try reader.readSum()
    idleHours = try reader.readHour()
    guard scale >= 1, lengths.allSatisfy({ (0...Self.range).contains(Int($0)) }),
      zip(lengths, lengths.dropFirst()).allSatisfy(<)
    else { throw ByteReader.Damaged() }
  }
}
