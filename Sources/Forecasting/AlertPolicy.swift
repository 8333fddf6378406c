import Glibc
package import Series

/// Decides, at every hour's end, what is worth telling about one stream.
package struct AlertPolicy: Equatable, Sendable {
  /// An `upcoming` alert has been sent and the probability has not fallen below the clear level since.
  private var isRaised = false
  /// `upcoming` alerts whose hour, or the one after it, is not over yet.
  private var pending: [Alert] = []
  /// The surprise, in bits, of the idle hours since the last request; nil once it has been told, or before
  /// the first request.
  private var silenceBits: Double?
  private var silenceHours = 0
  private var wasActive = false

  package init() {}

  /// What an hour's end has to tell: new alerts, and what became of earlier ones.
  package struct Decision: Equatable, Sendable {
    package var alerts: [Alert] = []
    package var outcomes: [(alert: Alert.ID, outcome: Alert.Outcome)] = []

    package static func == (a: Decision, b: Decision) -> Bool {
      a.alerts == b.alerts && a.outcomes.elementsEqual(b.outcomes, by: ==)
    }
  }

  /// - Parameters:
  ///   - hour: The hour that was just closed, the forecasts' origin.
  ///   - expected: The probability this hour was given one hour before; nil if none was.
  ///   - forecasts: By lead, from 1.
  package mutating func decide(
    stream: String, hour: Int, active: Bool, expected: Double?, forecasts: [Double],
    settings: AlertSettings
  ) -> Decision {
    var decision = Decision()
    judge(hour: hour, active: active, into: &decision)
    if active {
      surprise(stream: stream, hour: hour, expected: expected, settings, into: &decision)
      silenceBits = 0
      silenceHours = 0
    } else {
      silence(stream: stream, hour: hour, expected: expected, settings, into: &decision)
    }
    wasActive = active
    upcoming(stream: stream, origin: hour, active: active, forecasts, settings, into: &decision)
    return decision
  }

  /// A request in the hour itself is a hit; one in the hour before or after is early or late.
  private mutating func judge(hour: Int, active: Bool, into decision: inout Decision) {
    pending.removeAll { alert in
      let outcome: Alert.Outcome
      switch hour - alert.hour {
      case 0 where active: outcome = .hit
      case 0 where wasActive && alert.origin < hour - 1: outcome = .early
      case 1...: outcome = active ? .late : .falseAlarm
      default: return false
      }
      decision.outcomes.append((alert.id, outcome))
      return true
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

  private mutating func silence(
    stream: String, hour: Int, expected: Double?, _ settings: AlertSettings,
    into decision: inout Decision
  ) {
    silenceHours += 1
    guard let expected, let before = silenceBits else { return }
    let bits = before - log2(max(1 - expected, Mixture.floor))
    silenceBits = bits
    guard bits >= settings.silenceBits else { return }
    silenceBits = nil
    decision.alerts.append(
      Alert(
        kind: .silence, stream: stream, origin: hour, hour: hour, probability: expected,
        threshold: settings.silenceBits, bits: bits, hoursSilent: silenceHours))
  }

  /// One alert an episode: raised by the first hour within the lead that reaches the threshold, cleared when
  /// none within the lead reaches the clear level any more.
  private mutating func upcoming(
    stream: String, origin: Int, active: Bool, _ forecasts: [Double], _ settings: AlertSettings,
    into decision: inout Decision
  ) {
    let leads = settings.leadHours.clamped(to: 1...max(1, forecasts.count))
    let window = leads.filter { $0 <= forecasts.count }.map { (lead: $0, p: forecasts[$0 - 1]) }
    if isRaised {
      isRaised = active || window.contains { $0.p >= settings.clear }
    }
    // While it is active, the next hour is no news.
    let first = window.first { $0.p >= settings.threshold && !(active && $0.lead == 1) }
    guard !isRaised, let first else { return }
    isRaised = true
    let alert = Alert(
      kind: .upcoming, stream: stream, origin: origin, hour: origin + first.lead,
      probability: first.p, threshold: settings.threshold)
    pending.append(alert)
    decision.alerts.append(alert)
  }
}

extension AlertPolicy {
  package func write(to writer: inout ByteWriter) {
    writer.write(isRaised ? 1 : 0)
    writer.write(wasActive ? 1 : 0)
    writer.write(silenceBits ?? .nan)
    writer.write(silenceHours)
    writer.write(pending.count)
    for alert in pending { alert.write(to: &writer) }
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    isRaised = try reader.readInt() != 0
    wasActive = try reader.readInt() != 0
    let bits = try reader.readDouble()
    silenceBits = bits.isNaN ? nil : bits
    silenceHours = try reader.readInt()
    for _ in 0..<(try reader.readCount()) { pending.append(try Alert(from: &reader)) }
  }
}
