import Arithmetic
package import Series

/// The forecasts whose hours are not over yet: of each target hour, those of the origins before it.
///
/// At lead h there are h of them, used in turn like the weightings of the mixture: the forecast of an hour takes the
/// place of the one that was made for h hours before it, which has just been judged. Together there are
/// horizon · (horizon + 1) / 2 for each stream, each with the probability of every expert. So they are kept as
/// `CompactProbability`.
package struct PendingForecasts: Equatable, Sendable {
  private let horizon: Int
  private let list: ExpertList
  /// The origins whose forecasts are kept, without gaps; empty before the first.
  private var origins: Range<Int>
  /// `[lead][target modulo lead][probability, mixture alone, experts]`; empty before the first.
  private var places: [CompactProbability] = []

  package init(horizon: Int, experts list: ExpertList) {
    self.horizon = horizon
    self.list = list
    origins = 0..<0
  }

  /// What is kept of one forecast.
  private var width: Int { 2 + list.count }

  private var placeCount: Int { horizon * (horizon + 1) / 2 * width }

  private func place(lead: Int, target: Int) -> Int {
    (lead * (lead - 1) / 2 + floorModulo(target, lead)) * width
  }

  private func isKept(lead: Int, target: Int) -> Bool {
    (1...horizon).contains(lead) && origins.contains(target - lead)
  }

  /// - Parameters:
  ///   - origin: The hour after the last one that was stored, or a later one.
  ///   - probabilities: `[lead]`
  ///   - mixed: `[lead]`, of the mixture alone.
  ///   - experts: `[lead][expert]`
  package mutating func store(
    origin: Int, probabilities: [Double], mixed: [Double], experts: [Double]
  ) {
    if places.isEmpty {
      places = Array(repeating: CompactProbability(.nan), count: placeCount)
    }
    // Where hours were skipped, those before them are forgotten: what is kept has no gaps.
    let first =
      origin == origins.upperBound ? max(origins.lowerBound, origin - horizon + 1) : origin
    origins = first..<origin + 1
    for lead in 1...horizon {
      let place = place(lead: lead, target: origin + lead)
      places[place] = CompactProbability(probabilities[lead - 1])
      places[place + 1] = CompactProbability(mixed[lead - 1])
      for expert in 0..<list.count {
        places[place + 2 + expert] = CompactProbability(experts[(lead - 1) * list.count + expert])
      }
    }
  }

  /// The forecasts that were made for `hour`, nearest origin first.
  package func judge(hour: Int, active: Bool) -> [JudgedForecast] {
    (1...horizon).filter { isKept(lead: $0, target: hour) }.map { lead in
      let place = place(lead: lead, target: hour)
      return JudgedForecast(
        target: hour, lead: lead, active: active, probability: places[place].value ?? 0,
        mixed: places[place + 1].value ?? 0, experts: predictions(at: place))
    }
  }

  private func predictions(at place: Int) -> ExpertPredictions {
    ExpertPredictions(
      list, places[place + 2..<place + width].map { $0.value ?? ExpertPredictions.absent })
  }

  /// The experts' forecasts; nil if none is pending.
  func experts(origin: Int, lead: Int) -> ExpertPredictions? {
    isKept(lead: lead, target: origin + lead)
      ? predictions(at: place(lead: lead, target: origin + lead)) : nil
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(origins.lowerBound)
    writer.write(origins.upperBound)
    let bits = places.map(\.bits)
    writer.write(writer.isInColumns ? differences(bits) : bits)
  }

  /// Calls `body` with the place of each forecast and with that of one that says much the same: of the origin after it,
  /// for the same hour, or of the same lead, for the hour before; nil for the first.
  private func forEachPlace(_ body: (_ place: Int, _ similar: Int?) -> Void) {
    for lead in 1...horizon {
      for ahead in 1...lead {
        let target = origins.upperBound - 1 + ahead
        let place = place(lead: lead, target: target)
        if ahead < lead {
          body(place, self.place(lead: lead - 1, target: target))
        } else {
          body(place, lead > 1 ? self.place(lead: lead, target: target - 1) : nil)
        }
      }
    }
  }

  /// The differences between similar forecasts, forecaster by forecaster: compressed, they take half of what the
  /// forecasts take.
  private func differences(_ bits: [UInt16]) -> [UInt16] {
    guard !bits.isEmpty else { return [] }
    let rowCount = bits.count / width
    return [UInt16](unsafeUninitializedCapacity: bits.count) { differences, initialized in
      var row = 0
      forEachPlace { place, similar in
        for column in 0..<width {
          let difference = bits[place + column] &- (similar.map { bits[$0 + column] } ?? 0)
          // Small ones of both signs become small numbers.
          let sign = UInt16(bitPattern: Int16(bitPattern: difference) >> 15)
          differences[column * rowCount + row] = difference << 1 ^ sign
        }
        row += 1
      }
      initialized = bits.count
    }
  }

  /// The inverse of `differences`, for as many as there are places.
  private func bits(_ differences: [UInt16]) -> [UInt16] {
    var bits = [UInt16](repeating: 0, count: differences.count)
    let rowCount = bits.count / width
    var row = 0
    forEachPlace { place, similar in
      for column in 0..<width {
        let coded = differences[column * rowCount + row]
        let difference = coded >> 1 ^ (0 &- (coded & 1))
        bits[place + column] = difference &+ (similar.map { bits[$0 + column] } ?? 0)
      }
      row += 1
    }
    return bits
  }

  /// - Throws: `ByteReader.Damaged`, also for bytes of another horizon or list of experts.
  package init(
    from reader: inout ByteReader, horizon: Int, experts list: ExpertList
  ) throws(ByteReader.Damaged) {
    self.init(horizon: horizon, experts: list)
    let first = try reader.readHour()
    origins = first..<(try reader.readInt(in: first...ByteReader.lastHour + 1))
    var bits = try reader.readArray(of: UInt16.self)
    guard origins.count <= horizon, bits.count == (origins.isEmpty ? 0 : placeCount) else {
      throw ByteReader.Damaged()
    }
    if reader.isInColumns, !bits.isEmpty { bits = self.bits(bits) }
    places.reserveCapacity(bits.count)
    for bits in bits {
      let probability =
        reader.hasFinerNumbers
        ? CompactProbability(finer: bits) : CompactProbability(bits: bits)
      guard let probability else { throw ByteReader.Damaged() }
      places.append(probability)
    }
    // A forecast that is kept has a probability.
    for origin in origins {
      for lead in 1...horizon where origin + lead >= origins.upperBound {
        let place = place(lead: lead, target: origin + lead)
        guard places[place].value != nil, places[place + 1].value != nil else {
          throw ByteReader.Damaged()
        }
      }
    }
  }
}

/// A probability in two bytes, or that there is none: to a sixtieth of it, or of its complement, whichever is smaller, and
/// so as exact near 1 as near 0. It is what the mixture learns from, and what a sixtieth changes there is not to be seen.
package struct CompactProbability: Equatable, Sendable {
  /// Greater for greater probabilities, so that similar ones have small differences.
  package let bits: UInt16

  /// The smallest that is told from 0: far below what the mixture tells apart.
  private static let smallest = Float(0x1p-32).bitPattern
  /// Of single precision, so many digits are cut off.
  private static let cutBits: UInt32 = 18
  private static let half = UInt16((Float(0.5).bitPattern - smallest) >> cutBits)
  private static let none = UInt16.max

  /// - Parameter probability: Negative or no number: there is none.
  package init(_ probability: Double) {
    if !(probability >= 0) {
      bits = Self.none
    } else if probability <= 0.5 {
      bits = Self.rounded(Float(probability))
    } else {
      bits = 2 * Self.half - Self.rounded(Float(1 - min(probability, 1)))
    }
  }

  private static func rounded(_ part: Float) -> UInt16 {
    guard part > Float(bitPattern: smallest) else { return 0 }
    return UInt16(
      truncatingIfNeeded: (part.bitPattern - smallest + (1 << (cutBits - 1))) >> cutBits)
  }

  /// Nil: these bits stand for no probability.
  package init?(bits: UInt16) {
    guard bits == Self.none || bits <= 2 * Self.half else { return nil }
    self.bits = bits
  }

  /// Nil: these bits stood for no probability, when one was kept to a part in two thousand.
  init?(finer bits: UInt16) {
    let complement: UInt16 = 1 << 15
    let part = Float(bitPattern: Self.smallest + (UInt32(bits & ~complement) << 13))
    guard bits == Self.none || part <= 0.5 else { return nil }
    self.init(bits == Self.none ? -1 : bits & complement == 0 ? Double(part) : 1 - Double(part))
  }

  /// Nil if there is none.
  package var value: Double? {
    guard bits != Self.none else { return nil }
    return bits <= Self.half ? Self.part(bits) : 1 - Self.part(2 * Self.half - bits)
  }

  private static func part(_ digits: UInt16) -> Double {
    digits == 0 ? 0 : Double(Float(bitPattern: smallest + (UInt32(digits) << cutBits)))
  }
}
