/// All that the alerts of one kind have in common.
///
/// To add one: a file in `Kinds` and a line of `all`. The state, the journal, the actions, `harbinger alerts` and
/// `alert-test`, the message catalogue and the documentation go by that list.
package struct AlertKind: Sendable {
  /// How urgent it is; the numbers are those of syslog.
  package enum Severity: Int, Sendable {
    case error = 3
    case warning, notice
  }

  /// As in the state, in payloads and on the command line.
  package let name: String
  /// By which the journal's entries of this kind are found: random, made once, never changed.
  package let messageID: String
  package let severity: Severity
  /// The message when it is found or begins. The first words are always the same.
  let sentence: @Sendable (Alert) -> String
  /// The message when it ends; nil for an alert that has no end.
  var endSentence: (@Sendable (Alert) -> String)?
  /// The keys below `alert` of the settings by which its number is changed.
  package var settings: [String] = []
  /// What may be done about it, where the settings ask for it.
  package var actions: Set<ActionKind> = [.exec, .webhook]
  /// When it is raised; in the table of the documentation.
  let condition: String
  /// What `journalctl -x` says of it: the subject, and the text below it.
  let subject: String
  let explanation: String
  /// One made up about a stream or a source, and an hour since the epoch; with each number that the kind has.
  let sample: @Sendable (_ name: String, _ hour: Int) -> Alert

  /// Those of streams in the order in which their state is stored: new ones are added at the end.
  package static let all: [AlertKind] = [
    .upcoming, .silence, .unexpected, .stalledSource, .modelDegraded, .stateProblem,
  ]

  /// The kinds that are about one stream, and found in its hours alone.
  package static let ofStreams = all.filter { $0.test(about: "", hour: 0).stream != nil }

  /// - Returns: Nil for a name that is no kind's.
  package static func named(_ name: String) -> AlertKind? { all.first { $0.name == name } }
}

extension AlertKind: Hashable {
  /// By the names: there is one kind of each.
  package static func == (a: AlertKind, b: AlertKind) -> Bool { a.name == b.name }

  /// As the equality.
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// What can be done about an alert, by the name of its setting.
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

  /// One that tries the delivery, with every fact that an alert of this kind has.
  ///
  /// - Parameters:
  ///   - name: Of a stream or a source, by what the kind is about.
  ///   - hour: Since the epoch.
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

  /// One of a stream's hours.
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
