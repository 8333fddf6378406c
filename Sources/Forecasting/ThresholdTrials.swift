import Series

/// What other thresholds would have caught and cost: each of a grid warns beside the real one, of the same
/// forecasts, and nothing is delivered.
package struct ThresholdTrials: Equatable, Sendable {
  package static let thresholds = [
    0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9,
  ]
  /// Until there is so much to judge by, a budget buys what most people begin with.
  private static let hoursNeeded = 24 * 14
  private static let usual = 0.5

  private var warnings = Array(repeating: Warnings(), count: thresholds.count)
  private var tallies = Array(repeating: RecentTally(), count: thresholds.count)
  private var hoursSeen = 0

  package init() {}

  /// By threshold, of the last thirteen weeks.
  package var totals: [(threshold: Double, tally: WarningTally)] {
    zip(Self.thresholds, tallies).map { ($0, $1.total) }
  }

  mutating func observe(
    hour: Int, active: Bool, wasActive: Bool, beginsEpisode: Bool, forecasts: [Double],
    leads: ClosedRange<Int>
  ) {
    hoursSeen += 1
    for (index, threshold) in Self.thresholds.enumerated() {
      tallies[index].advance(to: hour)
      let isWarned = warnings[index].hasWarned(of: hour)
      tallies[index].take(
        warnings[index].judge(hour: hour, active: active, wasActive: wasActive),
        isWarned: isWarned, beginsEpisode: beginsEpisode)
      let lead = warnings[index].rise(
        active: active, forecasts: forecasts, leads: leads, threshold: threshold,
        clear: AlertSettings.clear(below: threshold))
      if let lead { warnings[index].add(origin: hour, hour: hour + lead, isDelivered: true) }
    }
  }

  /// The lowest threshold that would have kept within a budget, or else the highest.
  func lowest(alertsPerDay: Double, at hour: Int) -> Double {
    guard hoursSeen >= Self.hoursNeeded else { return Self.usual }
    let days = Double(min(hoursSeen, RecentTally.hoursCovered(at: hour))) / 24
    return totals.first { Double($0.tally.alerts) <= alertsPerDay * days }?.threshold
      ?? Self.thresholds[Self.thresholds.count - 1]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(hoursSeen)
    for index in warnings.indices {
      warnings[index].write(to: &writer)
      tallies[index].write(to: &writer)
    }
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    hoursSeen = try reader.readHour()
    for index in warnings.indices {
      try warnings[index].read(from: &reader)
      try tallies[index].read(from: &reader)
    }
  }
}
