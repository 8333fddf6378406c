extension AlertKind {
  /// A request is likely soon.
  package static let upcoming: AlertKind = AlertKind(
    name: "upcoming", messageID: "280d231252f24696ad1d300fb3d27b2b", severity: .notice,
    sentence: { alert in
      "A request to \(alert.shownName) is likely at \(alert.shownTime) "
        + alert.withHabit([alert.shownProbability, alert.shownWait])
    },
    settings: [
      "threshold", "clear", "lead", "cooldown", "budget_per_day", "quiet_hours", "mute_until",
    ],
    actions: [.startUnit, .exec, .webhook],
    condition: """
      the probability of an hour within `alert.lead` rises through `alert.threshold`; again only after it \
      fell below `alert.clear`
      """,
    subject: "A request to @HARBINGER_STREAM@ is likely",
    explanation: """
      The service behind the stream @HARBINGER_STREAM@ is probably about to be used: for the hour
      that begins at @HARBINGER_LOCAL_TIME@, @HARBINGER_LEAD_HOURS@ hours ahead, the probability rose to
      @HARBINGER_PROBABILITY@, through the threshold of @HARBINGER_THRESHOLD@.
      The forecast: @HARBINGER_EXPLANATION@.

      If the service has to be started or scaled up before it is used, now is the time. The forecast is
      calibrated: of the hours given 0.8, eight in ten see a request, and two do not.

      It is sent once for each rise, and again only after the probability has fallen below
      alert.clear. For fewer such alerts raise alert.threshold, for later ones lower the upper
      end of alert.lead, in /etc/harbinger/harbinger.yaml, and reload the service. There are also
      alert.quiet_hours, mute_until, budget_per_day, and overrides for one stream. What each
      threshold would have caught is shown by "harbinger status --thresholds".
      """,
    sample: { stream, hour in
      Alert(
        kind: .upcoming, stream: stream, origin: hour, hour: hour + 2, probability: 0.5,
        threshold: 0.5)
    })
}
