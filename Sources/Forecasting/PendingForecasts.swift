import Arithmetic
package import Series

/// The forecasts whose hours are not over yet: of each target hour, those of the origins before it.
///
/// There are horizon · (horizon + 1) / 2 of them for each stream, each with the probability of every expert. So
/// those are kept as `CompactProbability`, and no longer than they are waited for.
package struct PendingForecasts: Equatable, Sendable {
  private struct Target: Equatable, Sendable {
    var hour: Int
    /// The lead of the first forecast; each that follows has one less.
    var firstLead: Int
    /// `[forecast]`
    var probabilities: [Double] = []
    /// `[forecast]`, of the mixture alone.
    var mixed: [CompactProbability] = []
    /// `[forecast][expert]`
    var experts: [CompactProbability] = []

    /// The lead of the next forecast.
    var nextLead: Int { firstLead - probabilities.count }

    func predictions(_ list: ExpertList, lead: Int) -> ExpertPredictions {
      let start = (firstLead - lead) * list.count
      let values = experts[start..<start + list.count].map {
        $0.value ?? ExpertPredictions.absent
      }
      return ExpertPredictions(list, values[...])
    }
  }

  private let horizon: Int
  private let list: ExpertList
  /// By hour modulo `horizon`.
  private var targets: [Target?]

  package init(horizon: Int, experts list: ExpertList) {
    self.horizon = horizon
    self.list = list
    targets = Array(repeating: nil, count: horizon)
  }

  /// - Parameters:
  ///   - origin: The hour after the last one that was stored, or a later one.
  ///   - probabilities: `[lead]`
  ///   - mixed: `[lead]`, of the mixture alone.
  ///   - experts: `[lead][expert]`
  package mutating func store(
    origin: Int, probabilities: [Double], mixed: [Double], experts: [Double]
  ) {
    for lead in 1...horizon {
      let hour = origin + lead
      let slot = floorModulo(hour, horizon)
      var target = Target(hour: hour, firstLead: lead)
      // Where hours were skipped, those before them are forgotten: what is kept has no gaps.
      if let known = targets[slot], known.hour == hour, known.nextLead == lead {
        target = known
        // Taken out while it changes, so that nothing is copied.
        targets[slot] = nil
      }
      // In small steps: doubling would take half as much again.
      if target.experts.capacity < target.experts.count + list.count {
        target.experts.reserveCapacity(target.experts.count + 4 * list.count)
      }
      target.probabilities.append(probabilities[lead - 1])
      target.mixed.append(CompactProbability(mixed[lead - 1]))
      for expert in experts[(lead - 1) * list.count..<lead * list.count] {
        target.experts.append(CompactProbability(expert))
      }
      targets[slot] = target
    }
  }

  /// The forecasts that were made for `hour`, nearest origin first.
  package func judge(hour: Int, active: Bool) -> [JudgedForecast] {
    guard let target = targets[floorModulo(hour, horizon)], target.hour == hour else { return [] }
    return (target.nextLead + 1...target.firstLead).map { lead in
      JudgedForecast(
        target: hour, lead: lead, active: active,
        probability: target.probabilities[target.firstLead - lead],
        mixed: target.mixed[target.firstLead - lead].value,
        experts: target.predictions(list, lead: lead))
    }
  }

  /// The experts' forecasts; nil if none is pending.
  func experts(origin: Int, lead: Int) -> ExpertPredictions? {
    let hour = origin + lead
    guard let target = targets[floorModulo(hour, horizon)], target.hour == hour,
      target.nextLead < lead, lead <= target.firstLead
    else { return nil }
    return target.predictions(list, lead: lead)
  }

  package func write(to writer: inout ByteWriter) {
    for target in targets {
      writer.write(target?.hour ?? Int.min)
      guard let target else { continue }
      writer.write(target.firstLead)
      writer.write(target.probabilities)
      writer.write(target.mixed.map(\.bits))
      writer.write(target.experts.map(\.bits))
    }
  }

  /// - Throws: `ByteReader.Damaged`, also for bytes of another horizon or list of experts.
  package init(
    from reader: inout ByteReader, horizon: Int, experts list: ExpertList
  ) throws(ByteReader.Damaged) {
    self.init(horizon: horizon, experts: list)
    for slot in targets.indices {
      guard let hour = try reader.readHourIfAny() else { continue }
      let firstLead = try reader.readInt(in: 1...horizon)
      var target = Target(hour: hour, firstLead: firstLead)
      target.probabilities = try reader.readArray(of: Double.self)
      let count = target.probabilities.count
      guard floorModulo(hour, horizon) == slot, (1...firstLead).contains(count),
        target.probabilities.allSatisfy((0...1).contains)
      else { throw ByteReader.Damaged() }
      target.mixed = try Self.probabilities(from: &reader, count: count)
      target.experts = try Self.probabilities(from: &reader, count: count * list.count)
      targets[slot] = target
    }
  }

  private static func probabilities(
    from reader: inout ByteReader, count: Int
  ) throws(ByteReader.Damaged) -> [CompactProbability] {
    var probabilities: [CompactProbability] = []
    probabilities.reserveCapacity(count)
    for bits in try reader.readArray(of: UInt16.self, count: count) {
      guard let value = CompactProbability(bits: bits) else { throw ByteReader.Damaged() }
      probabilities.append(value)
    }
    return probabilities
  }
}

/// A probability in two bytes, or that there is none: to a part in two thousand of it, or of its complement,
/// whichever is smaller, and so as exact near 1 as near 0.
package struct CompactProbability: Equatable, Sendable {
  package let bits: UInt16

  /// Half precision keeps its digits down to 6·10⁻⁵; scaled, far below the smallest that the mixture tells apart.
  private static let scale: Float = 1_024
  private static let none = Float16.nan.bitPattern

  /// - Parameter probability: Negative or no number: there is none.
  package init(_ probability: Double) {
    if !(probability >= 0) {
      bits = Self.none
    } else if probability <= 0.5 {
      bits = Float16(Float(probability) * Self.scale).bitPattern
    } else {
      bits = (-Float16(Float(1 - min(probability, 1)) * Self.scale)).bitPattern
    }
  }

  /// Nil: these bits stand for no probability.
  package init?(bits: UInt16) {
    self.bits = bits
    guard bits == Self.none || value.map({ (0...1).contains($0) }) ?? false else { return nil }
  }

  /// Nil if there is none.
  package var value: Double? {
    guard bits != Self.none else { return nil }
    let number = Float16(bitPattern: bits)
    let part = Double(number.magnitude) / Double(Self.scale)
    return number.sign == .minus ? 1 - part : part
  }
}
