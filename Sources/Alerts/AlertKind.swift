/// The definition of one kind of alert.
///
/// To add a kind, add a file to `Kinds` and a line to `all`. The state, the journal, the actions, `harbinger alerts`
/// and `alert-test`, the message catalogue and the documentation use that list.
package struct AlertKind: Sendable {
  /// The priority, with syslog's numbers.
  package enum Severity: Int, Sendable {
    case error = 3
    case warning, notice
  }

  /// The name in the state, in payloads and on the command line.
  package let name: String
  /// The `MESSAGE_ID` of its journal entries: random, and never changed.
  package let messageID: String
  package let severity: Severity
  /// The message of an alert, or of its start. It always starts with the same words.
  let sentence: @Sendable (Alert) -> String
  /// The message of its end; nil for alerts that do not end.
  var endSentence: (@Sendable (Alert) -> String)?
  /// The settings keys below `alert` that influence how often it is raised.
  package var settings: [String] = []
  /// The actions that settings may configure for it.
  package var actions: Set<ActionKind> = [.exec, .webhook]
  /// When it is raised, for the table in the documentation.
  let condition: String
  /// The message catalogue entry shown by `journalctl -x`: subject and text.
  let subject: String
  let explanation: String
  /// Makes a sample alert about a stream or a source and an hour since the epoch, with every number that the kind has.
  let sample: @Sendable (_ name: String, _ hour: Int) -> Alert

  /// All kinds. New ones must be added at the end, because the policy's stored state of stream kinds follows this
  /// order.
  package static let all: [AlertKind] = [
    .upcoming, .silence, .unexpected, .stalledSource, .modelDegraded, .stateProblem,
  ]

  /// The kinds that are about one stream and derived from its hours only.
  package static let ofStreams = all.filter { $0.test(about: "", hour: 0).stream != nil }

  /// - Returns: Nil if no kind has this name.
  package static func named(_ name: String) -> AlertKind? { all.first { $0.name == name } }
}

extension AlertKind: Hashable {
  /// Compares the names, which are unique.
  package static func == (a: AlertKind, b: AlertKind) -> Bool { a.name == b.name }

  /// Consistent with equality.
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A kind of action on an alert; the raw value is the name of its setting.
package enum ActionKind: String, Codable, CaseIterable, Sendable {
  case startUnit = "start_unit"
  case exec
  case webhook
}

extension AlertKind {
  /// The entry of the message catalogue, `deploy/harbinger.catalog`.
  ///
  /// - Source: systemd's "Journal Message Catalogs".
  package var catalogEntry: String {
    """
    -- \(messageID)
    Subject: \(subject)
    Defined-By: harbinger
    Documentation: man:harbinger(1)

    \(explanation)

    """
  }

  /// A test alert for trying the delivery, with every fact that an alert of this kind has.
  ///
  /// - Parameters:
  ///   - name: The name of a stream or a source, depending on the kind.
  ///   - hour: Hours since the epoch.
  package func test(about name: String, hour: Int) -> Alert {
    var alert = sample(name, hour)
    if alert.stream != nil {
      alert.facts.explanation = Alert.testReason
      alert.facts.localTime = alert.shownTime
      alert.facts.habit = Alert.testReason
    }
    return alert
  }

  /// The row of the table of alert kinds in the documentation.
  package var documentationRow: String { "| \(name) | \(condition) | `\(messageID)` |" }
}

extension Alert {
  static let testReason = "made up, to try the delivery of alerts"

  /// An alert about an hour of a stream.
  package init(
    kind: AlertKind, stream: String, origin: Int, hour: Int, probability: Double, threshold: Double,
    bits: Double? = nil, hoursSilent: Int? = nil, suppressed: SuppressionReason? = nil
  ) {
    self.init(
      kind, about: .stream(stream), origin: origin, hour: hour,
      facts: Facts(
        probability: probability, threshold: threshold, bits: bits, hoursSilent: hoursSilent),
      suppressed: suppressed)
  }
}
