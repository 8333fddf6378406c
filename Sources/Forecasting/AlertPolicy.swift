package import Alerts
import Glibc
package import Series

/// Decides, at every hour's end, which alerts one stream raises.
package struct AlertPolicy: Equatable, Sendable {
  private var warnings = Warnings()
  private var trials = ThresholdTrials()
  private var throttle = AlertThrottle()
  private var recent = RecentTally()
  /// What `upcoming` last had to pass.
  package private(set) var threshold = 0.0
  /// The surprise, in bits, of the idle hours since the last request; nil once it has been reported, or before
  /// the first request.
  private var silenceBits: Double?
  private var silenceHours = 0
  private var wasActive = false
  /// A silence that was found long after its hour, and that lasts.
  private var postponed: Alert?

  package init() {}

  /// The `upcoming` alerts of the last thirteen weeks, judged.
  package var tally: WarningTally { recent.total }
  /// The same, as it would have been with other thresholds.
  package var trialTallies: [(threshold: Double, tally: WarningTally)] { trials.totals }

  /// The result of an hour's end: new alerts, and the outcomes of earlier ones.
  package struct Decision: Equatable, Sendable {
    package var alerts: [Alert] = []
    /// Of `upcoming` alerts whose hours are over.
    package var outcomes: [(alert: Alert.ID, hour: Int, outcome: Alert.Outcome)] = []

    package static func == (a: Decision, b: Decision) -> Bool {
      a.alerts == b.alerts && a.outcomes.elementsEqual(b.outcomes, by: ==)
    }
  }

  /// - Parameters:
  ///   - hour: The hour that was just closed, the forecasts' origin.
  ///   - minuteOfDay: When it ended, in the stream's time zone.
  ///   - expected: The probability this hour was given one hour before; nil if none was.
  ///   - forecasts: By lead, from 1.
  ///   - hasEvidence: The stream has been active often enough for its alerts to be delivered.
  package mutating func decide(
    stream: String, hour: Int, minuteOfDay: Int, active: Bool, expected: Double?,
    forecasts: [Double], hasEvidence: Bool = true, settings: AlertSettings
  ) -> Decision {
    var decision = Decision()
    // A request that follows on another is not expected to be warned of again.
    let isAwaited = silenceHours >= settings.leadHours.upperBound && expected != nil
    let beginsEpisode = active && isAwaited
    judge(
      stream: stream, hour: hour, active: active, beginsEpisode: beginsEpisode, settings,
      into: &decision)
    trials.observe(
      hour: hour, active: active, wasActive: wasActive, beginsEpisode: beginsEpisode,
      forecasts: forecasts, leads: settings.leadHours)
    if active {
      surprise(stream: stream, hour: hour, expected: expected, settings, into: &decision)
      silenceBits = 0
      silenceHours = 0
      postponed = nil
    } else {
      silence(stream: stream, hour: hour, expected: expected, settings, into: &decision)
    }
    wasActive = active
    upcoming(stream: stream, origin: hour, active: active, forecasts, settings, into: &decision)
    restrain(
      minuteOfDay: minuteOfDay, hasEvidence: hasEvidence, settings, &decision.alerts)
    return decision
  }

  /// Takes note of a closed hour that was not forecast and causes no alert.
  package mutating func skipHour(active: Bool) {
    silenceHours = active ? 0 : silenceHours + 1
    wasActive = active
    if active { postponed = nil }
  }

  private mutating func judge(
    stream: String, hour: Int, active: Bool, beginsEpisode: Bool, _ settings: AlertSettings,
    into decision: inout Decision
  ) {
    recent.advance(to: hour)
    let isWarned = warnings.hasWarned(of: hour)
    let judged = warnings.judge(hour: hour, active: active, wasActive: wasActive)
    recent.take(judged, isWarned: isWarned, beginsEpisode: beginsEpisode)
    for (warning, outcome) in judged {
      decision.outcomes.append(
        (Alert.id(.upcoming, stream: stream, hour: warning.hour), warning.hour, outcome))
      if outcome == .hit, warning.isDelivered { throttle.wasRight(.upcoming, settings) }
    }
  }

  private func surprise(
    stream: String, hour: Int, expected: Double?, _ settings: AlertSettings,
    into decision: inout Decision
  ) {
    guard let expected, !wasActive else { return }
    let bits = -log2(max(expected, Mixture.floor))
    guard bits >= settings.surpriseBits else { return }
    decision.alerts.append(
      Alert(
        kind: .unexpected, stream: stream, origin: hour, hour: hour, probability: expected,
        threshold: exp2(-settings.surpriseBits), bits: bits))
  }

  /// How surprising it is that an hour was idle.
  package static func bits(ofIdle probability: Double) -> Double {
    -log2(max(1 - probability, Mixture.floor))
  }

  private mutating func silence(
    stream: String, hour: Int, expected: Double?, _ settings: AlertSettings,
    into decision: inout Decision
  ) {
    silenceHours += 1
    guard let expected, let before = silenceBits else { return }
    let bits = before + Self.bits(ofIdle: expected)
    silenceBits = bits
    guard bits >= settings.silenceBits else { return }
    silenceBits = nil
    decision.alerts.append(
      Alert(
        kind: .silence, stream: stream, origin: hour, hour: hour, probability: expected,
        threshold: settings.silenceBits, bits: bits, hoursSilent: silenceHours))
  }

  private mutating func upcoming(
    stream: String, origin: Int, active: Bool, _ forecasts: [Double], _ settings: AlertSettings,
    into decision: inout Decision
  ) {
    let clear: Double
    (threshold, clear) = levels(settings, at: origin)
    let lead = warnings.rise(
      active: active, forecasts: forecasts, leads: settings.leadHours, threshold: threshold,
      clear: clear)
    guard let lead else { return }
    decision.alerts.append(
      Alert(
        kind: .upcoming, stream: stream, origin: origin, hour: origin + lead,
        probability: forecasts[lead - 1], threshold: threshold))
  }

  /// - Source: the threshold that costs least, for a calibrated probability: Elkan, "The foundations of
  ///   cost-sensitive learning", IJCAI 2001, equation 2.
  private func levels(
    _ settings: AlertSettings, at hour: Int
  ) -> (threshold: Double, clear: Double) {
    let derived: Double
    switch settings.threshold {
    case .fixed(let threshold): return (threshold, settings.clear)
    case .costs:
      derived = settings.falseAlarmCost / (settings.falseAlarmCost + settings.missCost)
    case .budget:
      derived = trials.lowest(alertsPerDay: settings.budgetPerDay ?? 1, at: hour)
    }
    return (derived, AlertSettings.clear(below: derived))
  }

  /// How long after its hour a silence that lasts is still worth an alert.
  private static let postponedHoursMax = 72

  package var hasPostponed: Bool { postponed != nil }

  /// Keeps a silence that is suppressed because it was found long after its hour, as after a downtime: it is
  /// still news if it lasts.
  package mutating func postpone(_ alerts: [Alert]) {
    postponed = alerts.first { $0.kind == .silence && $0.suppressed == .past } ?? postponed
  }

  /// The silence that was kept and lasts up to `hour`, which is recent: now to be delivered, as the same alert.
  package mutating func takePostponed(at hour: Int) -> Alert? {
    defer { postponed = nil }
    guard var silence = postponed, silence.hour >= hour - Self.postponedHoursMax else { return nil }
    silence.suppressed = nil
    return silence
  }

  /// Marks those that are suppressed.
  private mutating func restrain(
    minuteOfDay: Int, hasEvidence: Bool, _ settings: AlertSettings, _ alerts: inout [Alert]
  ) {
    for index in alerts.indices {
      let alert = alerts[index]
      let reason =
        hasEvidence
        ? throttle.suppressionReason(
          alert.kind, origin: alert.origin, minuteOfDay: minuteOfDay, settings)
        : .tooLittleEvidence
      alerts[index].suppressed = reason
      guard alert.kind == .upcoming else { continue }
      warnings.add(origin: alert.origin, hour: alert.hour, isDelivered: reason == nil)
      if reason != nil { recent.note { $0.suppressed += 1 } }
    }
  }
}

extension AlertPolicy {
  package func write(to writer: inout ByteWriter) {
    warnings.write(to: &writer)
    trials.write(to: &writer)
    throttle.write(to: &writer)
    recent.write(to: &writer)
    writer.write(threshold)
    writer.write(wasActive ? 1 : 0)
    writer.write(silenceBits ?? .nan)
    writer.write(silenceHours)
    writer.write(postponed?.stream ?? "")
    writer.write(postponed?.hour ?? Int.min)
    let facts = postponed?.facts
    for value in [facts?.probability, facts?.threshold, facts?.bits] { writer.write(value ?? 0) }
    writer.write(facts?.hoursSilent ?? 0)
    for text in [facts?.explanation, facts?.localTime, facts?.habit] {
      writer.write(text ?? "")
    }
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    try warnings.read(from: &reader)
    try trials.read(from: &reader)
    try throttle.read(from: &reader)
    try recent.read(from: &reader)
    threshold = try reader.readProbability()
    wasActive = try reader.readInt() != 0
    let bits = try reader.readDouble()
    silenceBits = bits.isNaN ? nil : bits
    silenceHours = try reader.readHour()
    let stream = try reader.readString()
    let hour = try reader.readHourIfAny()
    var silence = Alert(
      kind: .silence, stream: stream, origin: hour ?? 0, hour: hour ?? 0,
      probability: try reader.readProbability(), threshold: try reader.readSum(),
      bits: try reader.readSum(), hoursSilent: try reader.readHour(), suppressed: .past)
    func text() throws(ByteReader.Damaged) -> String? {
      let text = try reader.readString()
      return text.isEmpty ? nil : text
    }
    silence.facts.explanation = try text()
    silence.facts.localTime = try text()
    silence.facts.habit = try text()
    postponed = hour == nil ? nil : silence
    guard silenceBits.map({ $0 >= 0 && $0.isFinite }) ?? true else { throw ByteReader.Damaged() }
  }
}
