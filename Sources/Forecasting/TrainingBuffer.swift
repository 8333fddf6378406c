import Arithmetic
package import NeuralNet
package import Series

/// The rows that increments learn from: as features are at an hour's end, chosen by hash, each kept until it is
/// learned, and a sample of all before to rehearse, so that learning the new does not mean forgetting the old.
///
/// The newest week is held out: every network is judged by hours that neither it nor the one in use has learned
/// from. The number of rows is bounded, whatever the number of streams and years; what is added and dropped is
/// handed on to be stored, so that a restart makes no row again.
package struct TrainingBuffer: Sendable {
  package static let heldOutHours = 24 * 7
  /// Rows that are not learned yet, at most: half of them go when there are more.
  static let waitingMax = 60_000
  /// Rows to rehearse, at most, in the same way.
  static let sampleMax = 50_000
  /// Both networks are judged by the same rows, so that few of them tell which is better.
  private static let heldOutRowsMax = 500

  /// One row, as it is stored.
  package struct Row: Equatable, Sendable {
    package var stream: String
    /// The hour at whose end the features were these.
    package var origin: Int
    /// Hours from the origin to the target.
    package var lead: Int
    /// Uniform in 0 ..< 1: the lowest stay longest.
    package var priority: Double
    /// How much it counts in the loss; rows of rare streams count more.
    package var weight: Float
    /// `[FeatureRows.names.count]`
    package var features: [Float16]

    package init(
      stream: String, origin: Int, lead: Int, priority: Double, weight: Float, features: [Float16]
    ) {
      self.stream = stream
      self.origin = origin
      self.lead = lead
      self.priority = priority
      self.weight = weight
      self.features = features
    }
  }

  /// Which rows are kept: by their origins, and by how many there are.
  package struct Rule: Equatable, Sendable {
    /// Rows with earlier origins were learned.
    package var learnedBefore = Int.min
    /// Of learned rows those stay whose priority is below this, and of the others those below `waitingShare`.
    package var sampleShare = 1.0
    /// As `sampleShare`, for rows that no run has learned from yet.
    package var waitingShare = 1.0

    package init() {}

    /// Whether a row stays.
    ///
    /// - Parameters:
    ///   - origin: The hour it was forecast from.
    ///   - priority: Its random number, in 0…1: of two rows the lower one stays longer.
    package func keeps(origin: Int, priority: Double) -> Bool {
      priority < (origin < learnedBefore ? sampleShare : waitingShare)
    }
  }

  /// The changes to the rows since they were last taken, in order.
  package enum Change: Equatable, Sendable {
    case added(Row)
    /// Those that the rule does not keep were dropped.
    case dropped(Rule)
    case forgotten(streams: [String])
    case forgottenAll
  }

  private struct Entry: Sendable {
    var stream: String
    var origin: Int32
    var lead: Int16
    var priority: Double
  }

  package private(set) var rule = Rule()
  /// Side by side, in the order in which they came. Labels are made when rows are used, for late lines may change
  /// them.
  private var entries: [Entry] = []
  private var rows = TrainingRows()
  private var changes: [Change] = []

  package init() {}

  package var count: Int { entries.count }

  /// The changes since the last call, which are to be stored in this order.
  package mutating func takeChanges() -> [Change] {
    defer { changes = [] }
    return changes
  }

  /// A stream's hour was closed, and it was forecast from there.
  ///
  /// - Parameters:
  ///   - rolling: What is known of the stream at the end of `origin`.
  ///   - features: The row of a lead, unscaled.
  package mutating func record(
    _ stream: String, _ rolling: RollingFeatures, _ forecast: ForecastSettings, seed: UInt64,
    features: (_ lead: Int) -> ArraySlice<Float>
  ) {
    guard rolling.isWarm else { return }
    let choice = LeadChoice(horizon: forecast.horizonHours, seed: seed)
    for (lead, priority) in choice.leads(stream: LeadChoice.hash(stream), origin: rolling.origin)
    where rule.keeps(origin: rolling.origin, priority: priority) {
      let row = Row(
        stream: stream, origin: rolling.origin, lead: lead, priority: priority,
        weight: rolling.rowWeight, features: features(lead).map { Float16($0) })
      append(row)
      changes.append(.added(row))
    }
    // After years of hours at once.
    if entries.count > 2 * (Self.waitingMax + Self.sampleMax) { thinOut() }
  }

  private mutating func append(_ row: Row) {
    entries.append(
      Entry(
        stream: row.stream, origin: Int32(clamping: row.origin), lead: Int16(clamping: row.lead),
        priority: row.priority))
    rows.append(row.features, active: false, weight: row.weight)
  }

  /// An hour was closed for all streams.
  package mutating func close(_ hour: Int) {
    // Often enough, for it goes through all rows.
    guard hour.isMultiple(of: 6) else { return }
    let end = hour + 1 - Self.heldOutHours
    let readyCount = entries.count { $0.origin >= rule.learnedBefore && $0.origin < end }
    // No training happens: only the sample stays.
    if readyCount > Self.sampleMax { finishRun(endHour: hour + 1) }
    thinOut()
    // Streams have gone. Once a week, for it takes as long until the number of rows follows.
    if rule.waitingShare < 1, hour.isMultiple(of: Self.heldOutHours),
      keptCounts.waiting < Self.waitingMax / 4
    {
      rule.waitingShare *= 2
    }
  }

  /// Halves the shares until there are not too many rows. Those that are kept no more go when they are many: to move
  /// the others takes longer than to pass over them.
  private mutating func thinOut() {
    var kept = keptCounts
    while kept.learned > Self.sampleMax || kept.waiting > Self.waitingMax {
      if kept.learned > Self.sampleMax { rule.sampleShare /= 2 }
      if kept.waiting > Self.waitingMax { rule.waitingShare /= 2 }
      kept = keptCounts
    }
    guard entries.count - kept.learned - kept.waiting > 1_000 + entries.count / 4 else { return }
    let rule = rule
    changes.append(.dropped(rule))
    keep { rule.keeps(origin: Int($0.origin), priority: $0.priority) }
  }

  /// How many rows are kept by the rule.
  private var keptCounts: (learned: Int, waiting: Int) {
    entries.reduce(into: (0, 0)) { counts, entry in
      guard keeps(entry) else { return }
      if entry.origin < rule.learnedBefore { counts.0 += 1 } else { counts.1 += 1 }
    }
  }

  private func keeps(_ entry: Entry) -> Bool {
    rule.keeps(origin: Int(entry.origin), priority: entry.priority)
  }

  private mutating func keep(_ isKept: (Entry) -> Bool) {
    let kept = entries.indices.filter { isKept(entries[$0]) }
    guard kept.count < entries.count else { return }
    rows = rows.selecting(kept)
    entries = kept.map { entries[$0] }
  }

  /// What was gathered of these streams goes with them.
  package mutating func forget(_ streams: [String]) {
    let gone = Set(streams)
    let count = entries.count
    // What is to go need not be stored first.
    changes.removeAll { if case .added(let row) = $0 { gone.contains(row.stream) } else { false } }
    keep { !gone.contains($0.stream) }
    if entries.count < count { changes.append(.forgotten(streams: gone.sorted())) }
  }

  /// What increments learn from, and what they are judged by.
  package struct Batch: Equatable, Sendable {
    let rows: TrainingRows
    let heldOut: TrainingRows

    package init() { self.init(rows: TrainingRows(), heldOut: TrainingRows()) }

    fileprivate init(rows: TrainingRows, heldOut: TrainingRows) {
      self.rows = rows
      self.heldOut = heldOut
    }

    package var rowCount: Int { rows.count }
    package var heldOutCount: Int { heldOut.count }
  }

  /// The rows that are new, with twice as many old ones; and a sample of the newest, held-out week.
  ///
  /// - Parameters:
  ///   - endHour: The first hour that is not over.
  ///   - isActive: Whether a stream was active in an hour; nil: it is not known any more.
  package func batch(
    endHour: Int, using generator: inout Xoshiro, isActive: (String, Int) -> Bool?
  ) -> Batch {
    let firstHeldOut = endHour - Self.heldOutHours
    var fresh: [Int] = []
    var sample: [Int] = []
    var heldOut: [Int] = []
    for (index, entry) in entries.enumerated() {
      let origin = Int(entry.origin)
      if origin < firstHeldOut {
        if origin >= rule.learnedBefore, entry.priority < rule.waitingShare { fresh.append(index) }
        if entry.priority < rule.sampleShare { sample.append(index) }
      } else if origin + Int(entry.lead) < endHour, keeps(entry) {
        heldOut.append(index)
      }
    }
    var rehearsed: [Int] = []
    for _ in 0..<min(2 * fresh.count, sample.count) {
      rehearsed.append(sample[Int.random(in: sample.indices, using: &generator)])
    }
    let share = min(1, Double(Self.heldOutRowsMax) / Double(max(1, heldOut.count)))
    if share < 1 { heldOut.removeAll { _ in generator.uniform() >= share } }
    return Batch(
      rows: labelled(fresh + rehearsed, isActive), heldOut: labelled(heldOut, isActive))
  }

  private func labelled(
    _ chosen: [Int], _ isActive: (String, Int) -> Bool?
  ) -> TrainingRows {
    var labelled = TrainingRows()
    labelled.reserve(rowCount: chosen.count, originCount: chosen.count)
    for index in chosen {
      let entry = entries[index]
      guard let active = isActive(entry.stream, Int(entry.origin) + Int(entry.lead)) else {
        continue
      }
      labelled.append(row: index, of: rows, active: active)
    }
    return labelled
  }

  /// The new rows of a run up to `endHour` were learned.
  package mutating func finishRun(endHour: Int) {
    rule.learnedBefore = max(rule.learnedBefore, endHour - Self.heldOutHours)
  }
}

// MARK: - Stored

extension TrainingBuffer {
  package func write(to writer: inout ByteWriter) {
    writer.write(rule.learnedBefore)
    writer.write(rule.sampleShare)
    writer.write(rule.waitingShare)
  }

  /// - Throws: `ByteReader.Damaged`
  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    rule.learnedBefore = try reader.readHourIfAny() ?? Int.min
    rule.sampleShare = try reader.readProbability()
    rule.waitingShare = try reader.readProbability()
    guard rule.sampleShare > 0, rule.waitingShare > 0 else { throw ByteReader.Damaged() }
  }

  /// Takes rows back as they were stored, in their order; such as cannot be are left out.
  package mutating func restore(_ stored: [Row], horizon: Int) {
    for row in stored
    where row.features.count == TrainingRows.width && row.features.allSatisfy(\.isFinite)
      && (0...ByteReader.lastHour).contains(row.origin) && (1...horizon).contains(row.lead)
      && (0..<1).contains(row.priority) && row.weight.isFinite && row.weight > 0
    {
      append(row)
    }
  }

  /// None of the rows fits any more.
  package mutating func forgetAll() {
    self = TrainingBuffer()
    changes = [.forgottenAll]
  }
}
