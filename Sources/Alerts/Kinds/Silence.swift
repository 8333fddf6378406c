extension AlertKind {
  /// An expected request did not come.
  package static let silence: AlertKind = AlertKind(
    name: "silence", messageID: "1f8a3a5becf34f3b95bb06098e2fc475", severity: .warning,
    sentence: { alert in
      "A request to \(alert.shownName) did not come at \(alert.shownTime) "
        + alert.withHabit([alert.shownSilence])
    },
    settings: ["silence_bits", "cooldown", "budget_per_day", "quiet_hours", "mute_until"],
    condition: """
      the surprise of the silence since the last request, −Σ log₂(1 − p), passes `alert.silence_bits`
      """,
    subject: "A request to @HARBINGER_STREAM@ did not come",
    explanation: """
      Requests that nearly always come did not: in the @HARBINGER_HOURS_SILENT@ hours since the last one
      to @HARBINGER_STREAM@ so many likely ones have passed without any that this is hardly chance. The
      latest of them began at @HARBINGER_LOCAL_TIME@.
      The forecast of that hour: @HARBINGER_EXPLANATION@.

      Check what should have sent it (a timer, a backup, an upload), then the service and
      the network between them. If the log itself is silent for all streams, its source may have
      stalled: "harbinger status" shows when each source was last read.

      It is sent once for each silence. For fewer such alerts raise alert.silence_bits in
      /etc/harbinger/harbinger.yaml and reload the service.
      """,
    sample: { stream, hour in
      Alert(
        kind: .silence, stream: stream, origin: hour, hour: hour, probability: 0.5, threshold: 10,
        bits: 12, hoursSilent: 30)
    })
}
