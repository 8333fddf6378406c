import Glibc

/// A stream's recent activity on ten time scales, and its requests on three, as sums that decay with the half-lives
/// below.
package struct DecayingActivity: Equatable, Sendable {
  static let halfLivesHours: [Double] = [1, 3, 6, 12, 24, 48, 96, 168, 336, 720]
  static let countHalfLivesHours: [Double] = [3, 24, 168]

  private static let decays = halfLivesHours.map { exp2(-1 / $0) }
  private static let countDecays = countHalfLivesHours.map { exp2(-1 / $0) }

  /// The decaying numbers of active hours and of hours, by half-life.
  private var active = [Double](repeating: 0, count: halfLivesHours.count)
  private var hours = [Double](repeating: 0, count: halfLivesHours.count)
  private var requests = [Double](repeating: 0, count: countHalfLivesHours.count)

  package init() {}

  /// Adds a closed hour; earlier ones decay.
  package mutating func record(active isActive: Bool, count: Int) {
    for (index, decay) in Self.decays.enumerated() {
      active[index] = active[index] * decay + (isActive ? 1 : 0)
      hours[index] = hours[index] * decay + 1
    }
    for (index, decay) in Self.countDecays.enumerated() {
      requests[index] = requests[index] * decay + Double(count)
    }
  }

  /// The exponential moving average of activity, starting at 0.
  func level(_ index: Int) -> Double { active[index] * (1 - Self.decays[index]) }

  /// The logarithm of recent activity relative to the base rate: 0 if they are equal.
  func excess(_ index: Int, baseRate: Double) -> Double {
    log((active[index] + 0.5) / (hours[index] * baseRate + 0.5))
  }

  func logRequests(_ index: Int) -> Double { log1p(requests[index]) }

  package func write(to writer: inout ByteWriter) {
    writer.write(active)
    writer.write(hours)
    writer.write(requests)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    active = try reader.readSums(count: Self.halfLivesHours.count)
    hours = try reader.readSums(count: Self.halfLivesHours.count)
    requests = try reader.readSums(count: Self.countHalfLivesHours.count)
    guard zip(active, hours).allSatisfy(<=) else { throw ByteReader.Damaged() }
  }
}
