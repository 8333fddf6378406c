package import NeuralNet
package import Series

/// What there is to learn from, gathered as hours pass: the rows that are new since the last run, and a
/// sample of all before them to rehearse, so that learning the new does not mean forgetting the old.
///
/// It follows the streams a week behind. The newest week is held out: every network is judged by hours that
/// neither it nor the one in use has learned from.
package struct TrainingBuffer: Sendable {
  package static let heldOutHours = 24 * 7
  /// Bounded, whatever the number of streams and years.
  static let rehearsalMax = 50_000

  private var followers: [String: RollingFeatures] = [:]
  private(set) var fresh = TrainingRows()
  /// The stream of each row, by its hash.
  private var freshStreams: [UInt64] = []
  private var sample = TrainingRows()
  /// A row belongs to the sample if its uniform number is below this; it falls as the sample fills up.
  package private(set) var sampleShare = 1.0
  private var samplePriorities: [Double] = []
  private var sampleStreams: [UInt64] = []

  /// - Parameter sampleShare: That of an earlier life, whose sample is gathered again.
  package init(sampleShare: Double = 1) {
    self.sampleShare = sampleShare
  }

  /// A stream's hour was closed.
  ///
  /// - Parameter first: Where the stream begins; nil: with its series.
  package mutating func close(
    _ hour: Int, of stream: String, series: HourlySeries, calendar: HourCalendar,
    since first: Int? = nil, forecast: ForecastSettings, seed: UInt64
  ) {
    let origin = hour - Self.heldOutHours
    let first = first ?? series.firstHour
    guard origin >= first else { return }
    var rolling =
      followers.removeValue(forKey: stream)
      ?? RollingFeatures(startingAt: first, calendar: calendar)
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
    let hash = LeadChoice.hash(stream)
    for (lead, priority) in choice.leads(stream: hash, origin: rolling.origin) {
      let active = series.isActive(rolling.origin + lead, forecast)
      fresh.append(&rows, of: rolling, lead: lead, active: active, weight: rolling.rowWeight)
      freshStreams.append(hash)
      guard priority < sampleShare else { continue }
      sample.append(row: fresh.count - 1, of: fresh)
      samplePriorities.append(priority)
      sampleStreams.append(hash)
    }
    if sample.count > Self.rehearsalMax { thinOut() }
    // Nobody trains: only the sample stays.
    if fresh.count > 4 * Self.rehearsalMax { forgetFresh() }
  }

  private mutating func thinOut() {
    sampleShare /= 2
    let (priorities, share) = (samplePriorities, sampleShare)
    keepInSample { priorities[$0] < share }
  }

  private mutating func keepInSample(_ isKept: (Int) -> Bool) {
    let kept = (0..<sample.count).filter(isKept)
    sample = sample.selecting(kept)
    samplePriorities = kept.map { samplePriorities[$0] }
    sampleStreams = kept.map { sampleStreams[$0] }
  }

  /// Streams are not followed any more, and what was gathered of them goes with them.
  package mutating func forget(_ streams: [String]) {
    for stream in streams { followers[stream] = nil }
    let hashes = Set(streams.map(LeadChoice.hash))
    if sampleStreams.contains(where: hashes.contains) {
      let streams = sampleStreams
      keepInSample { !hashes.contains(streams[$0]) }
    }
    guard freshStreams.contains(where: hashes.contains) else { return }
    let kept = freshStreams.indices.filter { !hashes.contains(freshStreams[$0]) }
    fresh = fresh.selecting(kept)
    freshStreams = kept.map { freshStreams[$0] }
  }

  /// The followers' state, from which a run makes the held-out rows.
  func follower(of stream: String) -> RollingFeatures? { followers[stream] }

  /// Hands the new rows over, once, with twice as many old ones.
  package mutating func takeBatch(using generator: inout Xoshiro) -> Batch {
    var rows = fresh
    for _ in 0..<min(2 * fresh.count, sample.count) {
      rows.append(row: Int.random(in: 0..<sample.count, using: &generator), of: sample)
    }
    forgetFresh()
    return Batch(rows: rows)
  }

  /// The streams begin anew; what was gathered of them stays.
  package mutating func forgetStreams() {
    followers.removeAll()
  }

  /// The new rows were learned from in an earlier life.
  package mutating func forgetFresh() {
    fresh = TrainingRows()
    freshStreams.removeAll(keepingCapacity: true)
  }

  /// What an incremental run learns from.
  package struct Batch: Sendable {
    let rows: TrainingRows
  }
}
