import Glibc
package import Series

/// Whether the network is still better than the simple forecasters: its log-loss an hour ahead, over all streams
/// and the newest weeks, against the better of the base rate and the hour of week. One that was never good has
/// not become worse.
package struct ModelWatch: Equatable, Sendable {
  /// What is a week old counts half.
  private static let memory = exp2(-1.0 / (24 * 7))
  /// It is degraded when its log-loss is greater by this part, and by so many nats that chance does not do it:
  /// e^10 to one against its being as good.
  package static let margin = 0.1
  private static let nats = 10.0
  /// So long it has to be as good as the baselines before more is expected of it.
  private static let provingHours = 24 * 7

  private var network = 0.0
  private var baseRate = 0.0
  private var hourOfWeek = 0.0
  package private(set) var isDegraded = false
  private var isDelivered = false
  private var goodHours = 0

  /// What is to be reported.
  package enum Change: Hashable, Sendable {
    case degraded(skill: Double)
    case recovered(skill: Double)
  }

  package init() {}

  private var baseline: Double { min(baseRate, hourOfWeek) }

  /// 1 − the network's log-loss ÷ the baseline's; nil before there is any.
  package var skill: Double? { baseline > 0 ? 1 - network / baseline : nil }

  /// Adds the log-losses of one forecast whose hour is over; nothing if there was no network.
  package mutating func record(_ judged: JudgedForecast) {
    guard let network = judged.experts[CurrentNetwork.self],
      let baseRate = judged.experts[BaseRate.self],
      let hourOfWeek = judged.experts[HourOfWeek.self]
    else { return }
    self.network += RunningScore.logLoss(network, judged.active)
    self.baseRate += RunningScore.logLoss(baseRate, judged.active)
    self.hourOfWeek += RunningScore.logLoss(hourOfWeek, judged.active)
  }

  /// An hour is over, and recorded. Once degraded it is so until it is no worse than the baseline.
  ///
  /// - Parameter isRecent: The hour is recent, not one of an old log that is being read.
  package mutating func closeHour(isRecent: Bool) -> Change? {
    let skill = skill ?? 0
    let excess = network - baseline
    if baseline > 0, excess <= 0 { goodHours += 1 }
    let isWorse = excess > max(Self.margin * baseline, Self.nats)
    isDegraded = isDegraded ? excess > 0 : isWorse && goodHours >= Self.provingHours
    network *= Self.memory
    baseRate *= Self.memory
    hourOfWeek *= Self.memory
    guard isDelivered != isDegraded, isRecent || !isDegraded else { return nil }
    isDelivered = isDegraded
    return isDegraded ? .degraded(skill: skill) : .recovered(skill: skill)
  }

  package func write(to writer: inout ByteWriter) {
    for value in [network, baseRate, hourOfWeek] { writer.write(value) }
    writer.write(isDegraded ? 1 : 0)
    writer.write(isDelivered ? 1 : 0)
    writer.write(goodHours)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    network = try reader.readSum()
    baseRate = try reader.readSum()
    hourOfWeek = try reader.readSum()
    isDegraded = try reader.readInt() != 0
    isDelivered = try reader.readInt() != 0
    goodHours = try reader.readHour()
    guard (skill ?? 0).isFinite else { throw ByteReader.Damaged() }
  }
}
