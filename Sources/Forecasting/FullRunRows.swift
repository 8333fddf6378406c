import Series

/// The rows that full runs learn from: of all hours of the streams, or a sample of them.
///
/// A replay runs training dozens of times, each time over all hours up to then. So rows may be kept from one run to the
/// next, and only the hours since are gone through. A stream whose counts have changed meanwhile is gone through anew,
/// and which rows a run gets, in which order, does not depend on what was kept: the networks are the same.
package struct FullRunRows: Sendable {
  /// Of some streams, one after the other or, if they are kept, run after run.
  private(set) var rows = TrainingRows()
  private let areKept: Bool
  private var streams: [String: Stream] = [:]
  private var terms: Terms?

  /// - Parameter areKept: There may be a next run.
  package init(areKept: Bool) {
    self.areKept = areKept
  }

  /// What rows depend on besides a stream's counts.
  private struct Terms: Equatable {
    var forecast: ForecastSettings
    var seed: UInt64
  }

  private struct Place {
    var row: Int32
    var origin: Int32
    var lead: Int16
  }

  /// What was made of a stream.
  private struct Stream: Sendable {
    /// As it was then.
    var series: HourlySeries
    /// At the newest origin whose rows were made.
    var rolling: RollingFeatures
    /// Rows whose number was lower than this are there.
    var share: Double
    /// By origin.
    var places: [Place] = []

    init(_ stream: TrainingJob.Stream, share: Double) {
      series = stream.series
      rolling = RollingFeatures(startingAt: stream.series.firstHour, calendar: stream.calendar)
      self.share = share
    }

    func isOf(_ stream: TrainingJob.Stream) -> Bool {
      rolling.calendar == stream.calendar
        && series.agrees(with: stream.series, before: rolling.origin + 1)
    }
  }

  /// Makes the rows that are missing, and chooses those of a run.
  ///
  /// - Parameters:
  ///   - hours: Of all origins and targets.
  ///   - split: The hour that ends the early ones.
  ///   - hourCount: Of all streams together.
  ///   - rowsMax: Of more a sample is taken.
  /// - Returns: The rows whose targets are before the split, and those whose origins are not, by stream and origin.
  mutating func choose(
    of streams: [TrainingJob.Stream], hours: Range<Int>, splitAt split: Int, hourCount: Int,
    rowsMax: Int, _ forecast: ForecastSettings, seed: UInt64
  ) -> (early: [Int32], late: [Int32]) {
    let choice = LeadChoice(horizon: forecast.horizonHours, seed: seed)
    let share = min(1, Double(rowsMax) / Double(max(1, hourCount * choice.count)))
    let expected = Int(share * Double(hourCount * choice.count) * 1.02) + 1_000
    let terms = Terms(forecast: forecast, seed: seed)
    if terms != self.terms { self = FullRunRows(areKept: areKept) }
    self.terms = terms
    compact()
    if rows.isEmpty { rows.reserve(rowCount: expected, originCount: min(hourCount, expected)) }
    var early: [Int32] = []
    var late: [Int32] = []
    early.reserveCapacity(expected)
    late.reserveCapacity(expected)
    for stream in streams {
      var known = self.streams.removeValue(forKey: stream.name)
      if let made = known, made.share < share || !made.isOf(stream) { known = nil }
      var made = known ?? Stream(stream, share: share)
      extend(&made, with: stream, hours: hours, share: share, choice)
      for place in made.places {
        let origin = Int(place.origin)
        let target = origin + Int(place.lead)
        guard origin >= hours.lowerBound, target < hours.upperBound else { continue }
        if origin >= split {
          late.append(place.row)
        } else if target < split {
          early.append(place.row)
        }
      }
      if areKept { self.streams[stream.name] = made }
    }
    return (early, late)
  }

  /// - Parameter share: No more than what was made has.
  private mutating func extend(
    _ made: inout Stream, with stream: TrainingJob.Stream, hours: Range<Int>, share: Double,
    _ choice: LeadChoice
  ) {
    let hash = LeadChoice.hash(stream.name)
    guard let forecast = terms?.forecast else { return }
    if share < made.share {
      made.places.removeAll { place in
        let leads = choice.leads(stream: hash, origin: Int(place.origin))
        return !leads.contains { $0.lead == place.lead && $0.priority < share }
      }
    }
    made.share = share
    let known = made.rolling.origin
    for origin in known + 1..<max(hours.upperBound - 1, known + 1) {
      made.rolling.close(origin, of: stream.series, forecast)
      guard origin >= hours.lowerBound, made.rolling.isWarm else { continue }
      let leads = choice.leads(stream: hash, origin: origin).filter { $0.priority < share }
      guard !leads.isEmpty else { continue }
      var features = FeatureRows(made.rolling, horizon: forecast.horizonHours)
      let weight = made.rolling.rowWeight
      for (lead, _) in leads {
        made.places.append(
          Place(row: Int32(rows.count), origin: Int32(clamping: origin), lead: Int16(lead)))
        rows.append(&features, of: made.rolling, lead: lead, active: false, weight: weight)
      }
    }
    // The others have theirs, for those hours are as they were.
    for place in made.places.reversed() {
      guard Int(place.origin) + forecast.horizonHours > known else { break }
      let target = Int(place.origin) + Int(place.lead)
      rows.setLabel(place.row, active: stream.series.isActive(target, forecast))
    }
    made.series = stream.series
  }

  /// Lets go of rows that nobody needs any more, when they are most of all.
  private mutating func compact() {
    let count = streams.values.reduce(0) { $0 + $1.places.count }
    guard rows.count > 2 * count + 10_000 else { return }
    var left = TrainingRows()
    left.reserve(rowCount: count, originCount: count)
    for name in streams.keys.sorted() {
      guard var stream = streams.removeValue(forKey: name) else { continue }
      for index in stream.places.indices {
        left.append(row: Int(stream.places[index].row), of: rows)
        stream.places[index].row = Int32(left.count - 1)
      }
      streams[name] = stream
    }
    rows = left
  }
}
