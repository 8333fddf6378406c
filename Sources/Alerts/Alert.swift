import Arithmetic

/// An alert about a stream, a source, or Harbinger itself.
///
/// All alerts are stored with the hour in which they were found, delivered from the state, and marked when they are
/// delivered, so that neither a crash nor an unavailable journal loses one.
package struct Alert: Hashable, Sendable {
  /// What an alert is about.
  package enum Subject: Hashable, Sendable {
    /// A stream, by name.
    case stream(String)
    /// A source, by its name in the settings.
    case source(String)
    /// Harbinger itself.
    case service
  }

  /// The outcome of an `upcoming` alert, depending on when a request came.
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case hit, early, late
    case falseAlarm = "false"
  }

  /// Why an alert is stored, with its outcome, but not delivered.
  package enum SuppressionReason: String, Hashable, Sendable, CaseIterable {
    /// Another alert of its kind was delivered a short time ago.
    case cooldown
    /// The budget of delivered alerts is spent.
    case budget
    case quietHours = "quiet hours"
    case muted
    /// The stream has shown too few active hours or days.
    case tooLittleEvidence = "too little evidence"
    /// It was found while reading an old log, long after its hour.
    case past
  }

  /// Identifies an alert: the same alert has the same ID after a restart and in a replay.
  package struct ID: Hashable, Sendable {
    package var text: String

    package init(text: String) {
      self.text = text
    }
  }

  /// The facts of an alert, of which each kind has some.
  ///
  /// They are stored and sent as JSON, in snake case; environment variables and journal fields have the same names. To
  /// add a fact, add a member to this type and a line to `Alert.fields`.
  package struct Facts: Hashable, Codable, Sendable {
    /// The probability that was forecast for the alert's hour.
    package var probability: Double?
    /// The threshold that was crossed: a probability for `upcoming` and `unexpected`, bits for `silence`.
    package var threshold: Double?
    /// The surprise: −log₂ of a probability.
    package var bits: Double?
    /// Hours since the last active one, or since the last line of a source.
    package var hoursSilent: Int?
    /// 1 − the network's log-loss ÷ that of the best baseline.
    package var skill: Double?
    /// The problem, in words.
    package var reason: String?
    /// Why the forecast gave this probability, in words; added by the monitor.
    package var explanation: String?
    /// The alert's hour in the stream's time zone, such as `Sat 09:00 CET`; added by the monitor.
    package var localTime: String?
    /// The habit at that hour, such as `active on 6 of the last 7 Saturdays`; added by the monitor.
    package var habit: String?

    package init(
      probability: Double? = nil, threshold: Double? = nil, bits: Double? = nil,
      hoursSilent: Int? = nil, skill: Double? = nil, reason: String? = nil
    ) {
      self.probability = probability
      self.threshold = threshold
      self.bits = bits
      self.hoursSilent = hoursSilent
      self.skill = skill
      self.reason = reason
    }
  }

  package var kind: AlertKind
  package var subject: Subject
  /// Whether this is the end of an earlier alert of this kind.
  package var isOver: Bool
  /// The hour at whose end, or in which, it was found; since the epoch.
  package var origin: Int
  /// The hour it is about; since the epoch.
  package var hour: Int
  package var facts: Facts
  /// Why it is not delivered; nil if it is.
  package var suppressed: SuppressionReason?

  /// - Parameter origin: Nil if it is about the hour in which it was found.
  package init(
    _ kind: AlertKind, about subject: Subject, isOver: Bool = false, origin: Int? = nil, hour: Int,
    facts: Facts = Facts(), suppressed: SuppressionReason? = nil
  ) {
    self.kind = kind
    self.subject = subject
    self.isOver = isOver
    self.origin = origin ?? hour
    self.hour = hour
    self.facts = facts
    self.suppressed = suppressed
  }

  /// Nil if it is not about a stream.
  package var stream: String? {
    if case .stream(let name) = subject { name } else { nil }
  }

  /// Nil if it is not about a source.
  package var source: String? {
    if case .source(let name) = subject { name } else { nil }
  }

  package var leadHours: Int { hour - origin }

  package var id: ID {
    if let stream, !isOver { return Self.id(kind, stream: stream, hour: hour) }
    return Self.id([
      kind.name, "\(isOver)", "\(hour)", stream ?? source ?? "", facts.reason ?? "",
    ])
  }

  /// The ID of a stream's alert, which depends only on these.
  package static func id(_ kind: AlertKind, stream: String, hour: Int) -> ID {
    id([kind.name, "\(hour)", stream])
  }

  /// FNV-1a, as 16 hexadecimal digits.
  private static func id(_ parts: [String]) -> ID {
    ID(text: FNV1a(parts.joined(separator: "\u{0}").utf8).hexadecimal)
  }
}
