import Series

/// Keeps a stream's alerts from becoming a nuisance: says of each whether it is delivered, and if not, why.
///
/// Time is that of the hours, so that a replay withholds what the daemon did.
struct AlertThrottle: Equatable, Sendable {
  private struct Cooldown: Equatable, Sendable {
    /// The origins of the last that was found and of the last that was delivered; nil before the first.
    var found: Int?
    var delivered: Int?
    /// Hours for which the next waits.
    var hours = 0
  }

  /// By the order of `Alert.Kind`.
  private var cooldowns = Array(repeating: Cooldown(), count: Alert.Kind.allCases.count)
  /// The origins of those that count against the budget.
  private var delivered: [Int] = []

  /// - Parameters:
  ///   - origin: The hour at whose end the alert was found.
  ///   - minuteOfDay: Of that moment, in the stream's time zone.
  mutating func suppressionReason(
    _ kind: Alert.Kind, origin: Int, minuteOfDay: Int, _ settings: AlertSettings
  ) -> Alert.SuppressionReason? {
    let index = Alert.Kind.allCases.firstIndex(of: kind)!
    let last = cooldowns[index]
    cooldowns[index].found = origin
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
    cooldowns[index].delivered = origin
    cooldowns[index].hours =
      isSoon ? min(max(2 * last.hours, bounds.lowerBound), bounds.upperBound) : bounds.lowerBound
    return nil
  }

  /// So does a hit.
  mutating func wasRight(_ kind: Alert.Kind, _ settings: AlertSettings) {
    cooldowns[Alert.Kind.allCases.firstIndex(of: kind)!].hours = settings.cooldownHours.lowerBound
  }

  func write(to writer: inout ByteWriter) {
    writer.write(cooldowns.flatMap { [$0.found ?? Int.min, $0.delivered ?? Int.min, $0.hours] })
    writer.write(delivered)
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    let possible = 0...ByteReader.lastHour
    let numbers = try reader.readArray(of: Int.self, count: 3 * cooldowns.count)
    for index in cooldowns.indices {
      let hours = numbers[3 * index..<3 * index + 2].map { $0 == Int.min ? nil : $0 }
      guard ([numbers[3 * index + 2]] + hours.compactMap(\.self)).allSatisfy(possible.contains)
      else { throw ByteReader.Damaged() }
      cooldowns[index] = Cooldown(
        found: hours[0], delivered: hours[1], hours: numbers[3 * index + 2])
    }
    delivered = try reader.readArray(of: Int.self)
    guard delivered.allSatisfy(possible.contains) else { throw ByteReader.Damaged() }
  }
}
