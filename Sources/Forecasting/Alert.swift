import Arithmetic

/// An event of a stream that people are alerted to.
package struct Alert: Hashable, Sendable {
  /// What an alert says of its stream.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A request is likely soon.
    case upcoming
    /// A request that was to be expected did not come.
    case silence
    /// A request came that was not to be expected.
    case unexpected
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

  package var kind: Kind
  package var stream: String
  /// The hour at whose end it was found.
  package var origin: Int
  /// The hour it is about.
  package var hour: Int
  /// The probability that was given to `hour`.
  package var probability: Double
  /// What was passed: a probability for `upcoming` and `unexpected`, bits for `silence`.
  package var threshold: Double
  /// The surprise, for `silence` and `unexpected`.
  package var bits: Double?
  /// Hours since the last active one, for `silence`.
  package var hoursSilent: Int?
  /// Nil: it is delivered.
  package var suppressed: SuppressionReason?
  /// Why the probability was what it was, in words; whoever has the forecasts at hand adds it.
  package var explanation: String?
  /// `hour` as clocks of the stream's zone show it, such as `Sat 09:00 CET`; added like the explanation.
  package var localTime: String?
  /// What was usual at that hour, in words that people can check; added like the explanation.
  package var habit: String?

  package init(
    kind: Kind, stream: String, origin: Int, hour: Int, probability: Double, threshold: Double,
    bits: Double? = nil, hoursSilent: Int? = nil, suppressed: SuppressionReason? = nil
  ) {
    self.kind = kind
    self.stream = stream
    self.origin = origin
    self.hour = hour
    self.probability = probability
    self.threshold = threshold
    self.bits = bits
    self.hoursSilent = hoursSilent
    self.suppressed = suppressed
  }

  package var leadHours: Int { hour - origin }

  package var id: ID { Self.id(kind, stream: stream, hour: hour) }

  /// FNV-1a over stream, hour and kind, as 16 hexadecimal digits.
  static func id(_ kind: Kind, stream: String, hour: Int) -> ID {
    ID(text: FNV1a("\(kind.rawValue)\u{0}\(hour)\u{0}\(stream)".utf8).hexadecimal)
  }
}
