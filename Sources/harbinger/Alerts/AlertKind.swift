import Forecasting
package import Host
import Monitoring

/// All that the alerts of one kind have in common. To add one: a case of `Alert.Kind` or `HealthEvent.Kind` for
/// whoever finds it, a case of `MessageID`, and an entry of `all`. The journal, the actions, `alert-test`, the
/// message catalogue and the documentation go by this list.
package struct AlertKind: Sendable {
  /// As in the state, in payloads and on the command line.
  package let name: String
  package let messageID: MessageID
  let priority: JournalMessage.Priority
  /// What the journal, the actions and `alerts` say of one; its first words are always the same.
  let sentence: @Sendable (AlertPayload) -> String
  /// Of its end; nil for an alert that has none.
  var endSentence: String?
  /// The keys below `alert` by which its number is changed.
  package var settings: [String] = []
  /// What may be done about it, where the settings ask for it.
  var actions: Set<AlertAction.Kind> = [.exec, .webhook]
  /// When it is raised; in the table of the documentation.
  let condition: String
  /// What `journalctl -x` says of it: the subject, and the text below it.
  let subject: String
  let explanation: String
  /// One made up about a stream or a source, and an hour.
  let sample: @Sendable (String, Int) -> AlertPayload

  /// - Returns: Nil for a name that is no kind's.
  package static func named(_ name: String) -> AlertKind? { all.first { $0.name == name } }

  package static let all = [
    upcoming, silence, unexpected, stalledSource, modelDegraded, stateProblem,
  ]

  private static let upcoming = AlertKind(
    name: "upcoming", messageID: .upcoming, priority: .notice,
    sentence: { payload in
      "A request to \(payload.shownName) is likely at \(payload.localTime ?? "?") "
        + payload.facts([payload.shownProbability, payload.shownWait])
    },
    settings: [
      "threshold", "clear", "lead", "cooldown", "budget_per_day", "quiet_hours", "mute_until",
    ],
    actions: Set(AlertAction.Kind.allCases),
    condition: """
      the probability of an hour within `alert.lead` rises through `alert.threshold`; again only after it \
      fell below `alert.clear`
      """,
    subject: "A request to @HARBINGER_STREAM@ is likely",
    explanation: """
      The service behind the stream @HARBINGER_STREAM@ is probably about to be used: for the hour
      that begins at @HARBINGER_HOUR@, @HARBINGER_LEAD_HOURS@ hours ahead, the probability rose to
      @HARBINGER_PROBABILITY@, through the threshold of @HARBINGER_THRESHOLD@.
      The forecast: @HARBINGER_EXPLANATION@.

      If the service has to be woken up, warmed up or paid for, now is the time. The forecast is
      calibrated: of the hours given 0.8, eight in ten see a request, and two do not.

      It is sent once for each rise, and again only after the probability has fallen below
      alert.clear. For fewer such alerts raise alert.threshold, for later ones lower the upper
      end of alert.lead, in /etc/harbinger/harbinger.yaml, and reload the service. There are also
      alert.quiet_hours, mute_until, budget_per_day, and overrides for one stream. What each
      threshold would have caught is shown by "harbinger status --thresholds".
      """,
    sample: {
      AlertPayload(
        Alert(
          kind: .upcoming, stream: $0, origin: $1, hour: $1 + 2, probability: 0.5, threshold: 0.5))
    })

  private static let silence = AlertKind(
    name: "silence", messageID: .silence, priority: .warning,
    sentence: { payload in
      "A request to \(payload.shownName) did not come at \(payload.localTime ?? "?") "
        + payload.facts(["silent for \(payload.hoursSilent ?? 0) h"])
    },
    settings: ["silence_bits", "cooldown", "budget_per_day", "quiet_hours", "mute_until"],
    condition: """
      the surprise of the silence since the last request, −Σ log₂(1 − p), passes `alert.silence_bits`
      """,
    subject: "A request to @HARBINGER_STREAM@ did not come",
    explanation: """
      Requests that nearly always come did not: in the @HARBINGER_HOURS_SILENT@ hours since the last one
      to @HARBINGER_STREAM@ so many likely ones have passed without any that this is hardly chance. The
      latest of them began at @HARBINGER_HOUR@.
      The forecast of that hour: @HARBINGER_EXPLANATION@.

      Check what should have sent it (a timer, a backup, an upload), then the service and
      the network between them. If the log itself is silent for all streams, its source may have
      stalled: "harbinger status" shows when each source was last read.

      It is sent once for each silence. For fewer such alerts raise alert.silence_bits in
      /etc/harbinger/harbinger.yaml and reload the service.
      """,
    sample: {
      AlertPayload(
        Alert(
          kind: .silence, stream: $0, origin: $1, hour: $1, probability: 0.5, threshold: 10,
          bits: 12, hoursSilent: 30))
    })

  private static let unexpected = AlertKind(
    name: "unexpected", messageID: .unexpected, priority: .warning,
    sentence: { payload in
      "A request to \(payload.shownName) came unexpectedly at \(payload.localTime ?? "?") "
        + payload.facts([payload.shownProbability])
    },
    settings: ["surprise_bits", "cooldown", "budget_per_day", "quiet_hours", "mute_until"],
    condition: """
      the surprise of an arrival, −log₂ p, passes `alert.surprise_bits`
      """,
    subject: "An unexpected request to @HARBINGER_STREAM@",
    explanation: """
      A request to @HARBINGER_STREAM@ came in the hour that begins at @HARBINGER_HOUR@, which was
      given a probability of only @HARBINGER_PROBABILITY@.
      The forecast: @HARBINGER_EXPLANATION@.

      It may be a scanner, somebody at work at an odd time, or a job whose schedule has moved. If
      such requests are of no interest, leave them out with "exclude" of the source; for alerts of only
      the most surprising ones raise alert.surprise_bits, in /etc/harbinger/harbinger.yaml, and
      reload the service. A new habit is learned within days, and then raises no alert.
      """,
    sample: {
      AlertPayload(
        Alert(
          kind: .unexpected, stream: $0, origin: $1, hour: $1, probability: 0.002, threshold: 0.004,
          bits: 9))
    })

  private static let stalledSource = AlertKind(
    name: "stalled source", messageID: .stalledSource, priority: .warning,
    sentence: { _ in "No lines come although requests were expected" },
    endSentence: "Lines come again",
    settings: ["stalled_bits"],
    condition: """
      no line comes from a source, and the idleness of all its streams since its last line passes \
      `alert.stalled_bits`
      """,
    subject: "No lines from @HARBINGER_SOURCE@",
    explanation: """
      Nothing new was read from the source @HARBINGER_SOURCE@ although requests were expected.
      Forecasts of its streams continue without new data.

      Check that the log is still written, under the name that "files" of the source gives, and that
      the service may read it: "harbinger status" shows what it has open and what was refused. Logs
      that do not belong to the group adm need a drop-in with SupplementaryGroups=.

      It is sent once, and again only after new lines were read. For later alerts raise
      alert.stalled_bits in /etc/harbinger/harbinger.yaml and reload the service.
      """,
    sample: {
      AlertPayload(
        HealthEvent(.stalledSource, isOver: false, hour: $1, source: $0, hoursSilent: 30, bits: 25))
    })

  private static let modelDegraded = AlertKind(
    name: "model degraded", messageID: .modelDegraded, priority: .warning,
    sentence: { _ in "The network forecasts worse than the baselines" },
    endSentence: "The network is as good as the baselines again",
    condition: """
      over the newest weeks the network's log-loss is 10 % above the better of base rate and hour of week, \
      and by more than chance
      """,
    subject: "The network forecasts worse than the baselines",
    explanation: """
      What the network has learned no longer holds: over the newest hours its forecasts are worse
      than those of the simple baselines. The mixture follows the better ones, so what is published
      is about as good as they are, and no more.

      It happens when a service changes its habits. The next training usually corrects it, and
      "systemctl kill --kill-whom=main -s USR1 harbinger" starts one at once. If it persists,
      "harbinger status" shows the scores and why new models were refused.
      """,
    sample: {
      AlertPayload(HealthEvent(.modelDegraded, isOver: false, hour: $1, skill: -0.2))
    })

  private static let stateProblem = AlertKind(
    name: "state problem", messageID: .stateProblem, priority: .error,
    sentence: { _ in "Something is wrong" },
    endSentence: "Well again",
    actions: [],
    condition: """
      counts cannot be saved, or alerts cannot be delivered
      """,
    subject: "Harbinger cannot save its state or deliver alerts",
    explanation: """
      @HARBINGER_REASON@

      What cannot be saved is not counted as read: no line is lost as long as the logs keep it, and
      what cannot be delivered is delivered later. It retries every few seconds and reports when it
      succeeds; until then "harbinger status" shows it.

      Most often the disk is full, or a folder has become read-only or belongs to another user.
      """,
    sample: {
      AlertPayload(
        HealthEvent(
          .stateProblem, isOver: false, hour: $1, reason: "made up, to try the delivery of alerts"))
    })
}

extension AlertKind {
  /// The entry of the message catalogue, `deploy/harbinger.catalog`.
  ///
  /// - Source: systemd's "Journal Message Catalogs".
  package var catalogEntry: String {
    """
    -- \(messageID.rawValue)
    Subject: \(subject)
    Defined-By: harbinger
    Documentation: man:harbinger(1)

    \(explanation)

    """
  }

  /// - Parameters:
  ///   - name: The stream or the source that it is about.
  ///   - hour: Since the epoch.
  func test(about name: String, hour: Int, unit: String?) -> AlertPayload {
    var payload = sample(name, hour)
    payload.isTest = true
    if payload.stream != nil {
      payload.unit = unit
      payload.explanation = "made up, to try the delivery of alerts"
      payload.habit = payload.explanation
      payload.message = sentence(payload)
    }
    return payload
  }

  /// The entry that the journal gets of a test.
  package func testMessage(about name: String, hour: Int) -> JournalMessage {
    JournalMessage(test(about: name, hour: hour, unit: nil))
  }

  /// The row of the table of alert kinds in the documentation.
  package var documentationRow: String { "| \(name) | \(condition) | `\(messageID.rawValue)` |" }
}
