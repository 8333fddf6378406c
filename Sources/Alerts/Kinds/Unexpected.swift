extension AlertKind {
  /// A request came unexpectedly.
  package static let unexpected: AlertKind = AlertKind(
    name: "unexpected", messageID: "b1abac564fbe41eaa0b844af649b099a", severity: .warning,
    sentence: { alert in
      "A request to \(alert.shownName) came unexpectedly at \(alert.shownTime) "
        + alert.withHabit([alert.shownProbability])
    },
    settings: ["surprise_bits", "cooldown", "budget_per_day", "quiet_hours", "mute_until"],
    condition: """
      the surprise of an arrival, −log₂ p, passes `alert.surprise_bits`
      """,
    subject: "An unexpected request to @HARBINGER_STREAM@",
    explanation: """
      A request to @HARBINGER_STREAM@ came in the hour that begins at @HARBINGER_LOCAL_TIME@, which was
      given a probability of only @HARBINGER_PROBABILITY@.
      The forecast: @HARBINGER_EXPLANATION@.

      It may be a scanner, a person at work at an unusual time, or a job whose schedule has moved. If
      such requests are of no interest, leave them out with "exclude" of the source; for alerts of only
      the most surprising ones raise alert.surprise_bits, in /etc/harbinger/harbinger.yaml, and
      reload the service. A new habit is learned within days, and then raises no alert.
      """,
    sample: { stream, hour in
      Alert(
        kind: .unexpected, stream: stream, origin: hour, hour: hour, probability: 0.002,
        threshold: 0.004, bits: 9)
    })
}
