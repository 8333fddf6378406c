/// When an alert is sent.
package struct AlertSettings: Equatable, Sendable {
  /// Where the threshold of `upcoming` comes from.
  package enum Threshold: Equatable, Sendable, ExpressibleByFloatLiteral {
    case fixed(Double)
    /// From `missCost` and `falseAlarmCost`.
    case costs
    /// The lowest at which no more than `budgetPerDay` would have been delivered over the last weeks.
    case budget

    package init(floatLiteral value: Double) { self = .fixed(value) }
  }

  /// A part of the day, in minutes since midnight; it may lie across it.
  package struct QuietHours: Equatable, Sendable {
    package var startMinute: Int
    package var endMinute: Int

    package init(startMinute: Int, endMinute: Int) {
      self.startMinute = startMinute
      self.endMinute = endMinute
    }

    func contains(_ minute: Int) -> Bool {
      startMinute < endMinute
        ? (startMinute..<endMinute).contains(minute) : minute >= startMinute || minute < endMinute
    }
  }

  /// `upcoming` fires when the probability of an hour rises through this.
  package var threshold: Threshold = 0.5
  /// It is armed again when no hour within `leadHours` is at or above this.
  package var clear = 0.3
  /// The cost of a request without a warning; in any unit.
  package var missCost = 1.0
  /// The cost of a warning without a request; in the same unit.
  package var falseAlarmCost = 1.0
  /// How far ahead `upcoming` may warn, in hours.
  package var leadHours = 1...6
  /// `silence` fires when the surprise of the hours since the last request, −Σ log2(1 − p), passes this.
  package var silenceBits = 10.0
  /// `unexpected` fires when an arrival's surprise, −log2 p, passes this.
  package var surpriseBits = 8.0
  /// No alert is delivered before a stream was active in so many hours, and on so many days of its time zone.
  package var evidenceActiveHours = 5
  package var evidenceDays = 3
  /// How long after an alert the next of its kind waits, in hours: from the shortest to the longest.
  package var cooldownHours = 1...24
  /// The most alerts of a stream delivered a day; nil: any number.
  package var budgetPerDay: Double?
  /// In the stream's time zone.
  package var quietHours: [QuietHours] = []
  /// Seconds since the epoch.
  package var muteUntil: Int64?

  package init() {}

  /// The clear level of a threshold that the settings do not give as a number.
  static func clear(below threshold: Double) -> Double { 0.6 * threshold }
}

/// What is different for some streams: any members of `AlertSettings`, by their own names; nil: as for all.
@dynamicMemberLookup
package struct AlertOverride: Sendable {
  /// A setting, by its member of `AlertSettings`.
  package typealias Member<Value> = any WritableKeyPath<AlertSettings, Value> & Sendable

  private struct Change: Sendable {
    let member: any PartialKeyPath<AlertSettings> & Sendable
    let apply: @Sendable (inout AlertSettings) -> Void
  }

  /// A stream's name, or a pattern with `*` and `?`.
  package var stream = ""
  private var changes: [Change] = []

  package init() {}

  package subscript<Value: Sendable>(dynamicMember member: Member<Value>) -> Value? {
    get { has(member) ? applied(to: AlertSettings())[keyPath: member] : nil }
    set {
      remove(member)
      if let newValue { add(member) { $0[keyPath: member] = newValue } }
    }
  }

  /// A member that may be nil in the general settings: an override cannot set it to nil.
  package subscript<Value: Sendable>(dynamicMember member: Member<Value?>) -> Value? {
    get { has(member) ? applied(to: AlertSettings())[keyPath: member] : nil }
    set {
      remove(member)
      if let newValue { add(member) { $0[keyPath: member] = newValue } }
    }
  }

  private func has(_ member: PartialKeyPath<AlertSettings>) -> Bool {
    changes.contains { $0.member == member }
  }

  private mutating func remove(_ member: PartialKeyPath<AlertSettings>) {
    changes.removeAll { $0.member == member }
  }

  private mutating func add(
    _ member: any PartialKeyPath<AlertSettings> & Sendable,
    _ apply: @escaping @Sendable (inout AlertSettings) -> Void
  ) {
    changes.append(Change(member: member, apply: apply))
  }

  /// The settings of a stream that this override applies to: what it does not set is as in `general`.
  package func applied(to general: AlertSettings) -> AlertSettings {
    var settings = general
    for change in changes { change.apply(&settings) }
    return settings
  }
}

extension AlertOverride: Equatable {
  package static func == (a: AlertOverride, b: AlertOverride) -> Bool {
    a.stream == b.stream && a.changes.count == b.changes.count
      && a.changes.allSatisfy { b.has($0.member) }
      && a.applied(to: AlertSettings()) == b.applied(to: AlertSettings())
  }
}
