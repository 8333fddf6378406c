import Arithmetic
package import Forecasting

/// Something about Harbinger's own sources, models and state that people should know: delivered once when it
/// begins and once when it is over.
///
/// It is committed with the hour in which it was found and marked when it is delivered, as an alert is, so that
/// no restart loses it.
package struct HealthEvent: Hashable, Sendable {
  /// What is wrong with the service itself.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Nothing comes from a source although requests were expected.
    case stalledSource = "stalled source"
    /// The network forecasts worse than the simple baselines.
    case modelDegraded = "model degraded"
    /// Counts cannot be saved, or alerts not be delivered.
    case stateProblem = "state problem"
  }

  package var kind: Kind
  package var isOver: Bool
  /// The hour at whose end, or in which, it was found; since the epoch.
  package var hour: Int
  package var source: String?
  package var hoursSilent: Int?
  /// The surprise of the silence.
  package var bits: Double?
  /// 1 − the network's log-loss ÷ that of the best baseline.
  package var skill: Double?
  /// What is wrong, in words.
  package var reason: String?

  package init(
    _ kind: Kind, isOver: Bool, hour: Int, source: String? = nil, hoursSilent: Int? = nil,
    bits: Double? = nil, skill: Double? = nil, reason: String? = nil
  ) {
    self.kind = kind
    self.isOver = isOver
    self.hour = hour
    self.source = source
    self.hoursSilent = hoursSilent
    self.bits = bits
    self.skill = skill
    self.reason = reason
  }

  /// The same event has the same ID, whenever it is found.
  package var id: Alert.ID {
    let facts = [kind.rawValue, "\(isOver)", "\(hour)", source ?? "", reason ?? ""]
    return Alert.ID(text: FNV1a(facts.joined(separator: "\u{0}").utf8).hexadecimal)
  }
}
