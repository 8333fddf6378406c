import Alerts
import Series

/// Decides of each of a stream's alerts whether it is delivered, and if not, why: by cool-down, budget, quiet hours and
/// mute.
///
/// Time is that of the hours, so that a replay suppresses what the daemon did.
struct AlertThrottle: Equatable, Sendable {
  private struct Cooldown: Equatable, Sendable {
    /// The origins of the last that was found and of the last that was delivered; nil before the first.
    var found: Int?
    var delivered: Int?
    /// Hours for which the next waits.
    var hours = 0
  }

  private var cooldowns: [AlertKind: Cooldown] = [:]
  /// The origins of those that count against the budget.
  private var delivered: [Int] = []

  /// - Parameters:
  ///   - origin: The hour at whose end the alert was found.
  ///   - minuteOfDay: Of that moment, in the stream's time zone.
  mutating func suppressionReason(
    _ kind: AlertKind, origin: Int, minuteOfDay: Int, _ settings: AlertSettings
  ) -> Alert.SuppressionReason? {
    let last = cooldowns[kind] ?? Cooldown()
    cooldowns[kind, default: Cooldown()].found = origin
    if let end = settings.muteUntil, Int64(origin + 1) * 3600 < end { return .muted }
    if settings.quietHours.contains(where: { $0.contains(minuteOfDay) }) { return .quietHours }
    if let delivered = last.delivered, origin - delivered < last.hours { return .cooldown }
    if let budget = settings.budgetPerDay {
      // Half an alert a day is one in two days.
      let count = budget.rounded(.up)
      let window = 24 * count / budget
      delivered.removeAll { Double(origin - $0) >= window }
      if delivered.count >= Int(count) { return .budget }
      delivered.append(origin)
    } else {
      delivered = []
    }
    // Every one doubles the wait; a quiet as long as the longest brings back the shortest.
    let bounds = settings.cooldownHours
    let isSoon = last.found.map { origin - $0 < bounds.upperBound } ?? false
    cooldowns[kind, default: Cooldown()].delivered = origin
    cooldowns[kind, default: Cooldown()].hours =
      isSoon ? min(max(2 * last.hours, bounds.lowerBound), bounds.upperBound) : bounds.lowerBound
    return nil
  }

  /// So does a hit.
  mutating func wasRight(_ kind: AlertKind, _ settings: AlertSettings) {
    cooldowns[kind, default: Cooldown()].hours = settings.cooldownHours.lowerBound
  }

  /// In the order of the list of kinds, at whose end a new one is added: bytes of before know nothing of it.
  func write(to writer: inout ByteWriter) {
    writer.write(
      AlertKind.ofStreams.map { cooldowns[$0] ?? Cooldown() }
        .flatMap { [$0.found ?? Int.min, $0.delivered ?? Int.min, $0.hours] })
    writer.write(delivered)
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    let possible = 0...ByteReader.lastHour
    let numbers = try reader.readArray(of: Int.self)
    let kinds = AlertKind.ofStreams
    guard numbers.count.isMultiple(of: 3), numbers.count <= 3 * kinds.count else {
      throw ByteReader.Damaged()
    }
    for (kind, start) in zip(kinds, stride(from: 0, to: numbers.count, by: 3)) {
      let hours = numbers[start..<start + 2].map { $0 == Int.min ? nil : $0 }
      guard ([numbers[start + 2]] + hours.compactMap(\.self)).allSatisfy(possible.contains)
      else { throw ByteReader.Damaged() }
      let cooldown = Cooldown(found: hours[0], delivered: hours[1], hours: numbers[start + 2])
      if cooldown != Cooldown() { cooldowns[kind] = cooldown }
    }
    delivered = try reader.readArray(of: Int.self)
    guard delivered.allSatisfy(possible.contains) else { throw ByteReader.Damaged() }
  }
}
