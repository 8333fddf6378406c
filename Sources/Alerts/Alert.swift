import Arithmetic

/// What people are alerted to: something about a stream, a source, or Harbinger itself.
///
/// Alerts of all kinds go one way: they are stored with the hour in which they were found, delivered from the state,
/// and marked when they are delivered, so that neither a crash nor an absent journal loses one.
package struct Alert: Hashable, Sendable {
  /// What an alert is about.
  package enum Subject: Hashable, Sendable {
    /// By its name.
    case stream(String)
    /// By its name in the settings.
    case source(String)
    /// Harbinger itself.
    case service
  }

  /// What an `upcoming` alert turned out to be, by the request that came or did not.
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case hit, early, late
    case falseAlarm = "false"
  }

  /// Why an alert is recorded, with its outcome, and not delivered.
  package enum SuppressionReason: String, Hashable, Sendable, CaseIterable {
    /// Another of its kind was delivered a short while ago.
    case cooldown
    /// The budget of delivered alerts is spent.
    case budget
    case quietHours = "quiet hours"
    case muted
    /// The stream has shown too few active hours or days.
    case tooLittleEvidence = "too little evidence"
    /// It was found while catching up with an old log, long after its hour.
    case past
  }

  /// The same alert has the same ID, whenever it is found: after a restart, or in a replay.
  package struct ID: Hashable, Sendable {
    package var text: String

    package init(text: String) {
      self.text = text
    }
  }

  /// Numbers and words, of which each kind has some.
  ///
  /// They are stored and sent as JSON, in snake case; the environment of programs and the journal's fields have the
  /// same names. A new fact is a member of this type and a line of `Alert.fields`.
  package struct Facts: Hashable, Codable, Sendable {
    /// That was given to the alert's hour.
    package var probability: Double?
    /// What was passed: a probability for `upcoming` and `unexpected`, bits for `silence`.
    package var threshold: Double?
    /// How surprising it is, as −log₂ of a probability.
    package var bits: Double?
    /// Hours since the last active one, or since the last line of a source.
    package var hoursSilent: Int?
    /// 1 − the network's log-loss ÷ that of the best baseline.
    package var skill: Double?
    /// What is or was wrong, in words.
    package var reason: String?
    /// Why the probability was what it was, in words; added where the forecasts are at hand.
    package var explanation: String?
    /// The alert's hour as clocks of the stream's zone show it, such as `Sat 09:00 CET`; added like the explanation.
    package var localTime: String?
    /// What was usual at that hour, such as `active on 6 of the last 7 Saturdays`; added like the explanation.
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
  /// What began with an earlier alert of this kind has ended.
  package var isOver: Bool
  /// The hour at whose end, or in which, it was found; since the epoch.
  package var origin: Int
  /// The hour it is about; since the epoch.
  package var hour: Int
  package var facts: Facts
  /// Nil: it is delivered.
  package var suppressed: SuppressionReason?

  /// - Parameter origin: Nil: it is about the hour in which it was found.
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

  /// Nil: it is about no stream.
  package var stream: String? {
    if case .stream(let name) = subject { name } else { nil }
  }

  /// Nil: it is about no source.
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

  /// Of an alert that a stream's outcome refers to: all that its ID depends on.
  package static func id(_ kind: AlertKind, stream: String, hour: Int) -> ID {
    id([kind.name, "\(hour)", stream])
  }

  /// FNV-1a, as 16 hexadecimal digits.
  private static func id(_ parts: [String]) -> ID {
    ID(text: FNV1a(parts.joined(separator: "\u{0}").utf8).hexadecimal)
  }
}
