package import NeuralNet
package import Series

/// What there is to learn from, gathered as hours pass: the rows that are new since the last run, and a
/// sample of all before them to rehearse, so that learning the new does not mean forgetting the old.
///
/// It follows the streams a week behind. The newest week is held out: every network is judged by hours that
/// neither it nor the one in use has learned from.
package struct Curriculum: Sendable {
  package static let heldOutHours = 24 * 7
  /// Bounded, whatever the number of streams and years.
  static let rehearsalMax = 50_000

  private var followers: [String: RollingFeatures] = [:]
  private(set) var fresh = TrainingRows()
  private var sample = TrainingRows()
  /// A row belongs to the sample if its uniform number is below this; it falls as the sample fills up.
  private var sampleShare = 1.0
  private var samplePriorities: [Double] = []

  package init() {}

  /// A stream's hour was closed.
  package mutating func close(
    _ hour: Int, of stream: String, series: HourlySeries, calendar: HourCalendar,
    forecast: ForecastSettings, seed: UInt64
  ) {
    let origin = hour - Self.heldOutHours
    guard origin >= series.firstHour else { return }
    var rolling =
      followers.removeValue(forKey: stream)
      ?? RollingFeatures(startingAt: series.firstHour, calendar: calendar)
    while rolling.origin < origin {
      rolling.close(rolling.origin + 1, of: series, forecast)
      guard rolling.isWarm else { continue }
      learn(rolling, stream, series, forecast, seed)
    }
    followers[stream] = rolling
  }

  private mutating func learn(
    _ rolling: RollingFeatures, _ stream: String, _ series: HourlySeries,
    _ forecast: ForecastSettings, _ seed: UInt64
  ) {
    let choice = LeadChoice(horizon: forecast.horizonHours, seed: seed)
    var rows = FeatureRows(rolling, horizon: forecast.horizonHours)
    for (lead, priority) in choice.leads(
      stream: LeadChoice.hash(stream), origin: rolling.origin)
    {
      let active = series.isActive(rolling.origin + lead, forecast)
      fresh.append(&rows, of: rolling, lead: lead, active: active, weight: rolling.rowWeight)
      guard priority < sampleShare else { continue }
      sample.append(row: fresh.count - 1, of: fresh)
      samplePriorities.append(priority)
    }
    if sample.count > Self.rehearsalMax { thinOut() }
    // Nobody trains: only the sample stays.
    if fresh.count > 4 * Self.rehearsalMax { fresh = TrainingRows() }
  }

  private mutating func thinOut() {
    sampleShare /= 2
    var kept = TrainingRows()
    for index in 0..<sample.count where samplePriorities[index] < sampleShare {
      kept.append(row: index, of: sample)
    }
    samplePriorities.removeAll { $0 >= sampleShare }
    sample = kept
  }

  /// The followers' state, from which a run makes the held-out rows.
  func follower(of stream: String) -> RollingFeatures? { followers[stream] }

  /// Hands the new rows over, once, with twice as many old ones.
  package mutating func takeLesson(using generator: inout Xoshiro) -> Lesson {
    var rows = fresh
    for _ in 0..<min(2 * fresh.count, sample.count) {
      rows.append(row: Int.random(in: 0..<sample.count, using: &generator), of: sample)
    }
    fresh = TrainingRows()
    return Lesson(rows: rows)
  }

  /// The streams begin anew; what was gathered of them stays.
  package mutating func forgetStreams() {
    followers.removeAll()
  }

  /// The new rows were learned from in an earlier life.
  package mutating func forgetFresh() {
    fresh = TrainingRows()
  }

  /// What an incremental run learns from.
  package struct Lesson: Sendable {
    let rows: TrainingRows
  }
}
