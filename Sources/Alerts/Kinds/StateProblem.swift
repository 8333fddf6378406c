extension AlertKind {
  /// Counts cannot be saved, or alerts cannot be delivered.
  package static let stateProblem: AlertKind = AlertKind(
    name: "state problem", messageID: "ac16fe6e919444809cc132ea9f3293bb", severity: .error,
    sentence: { "State problem: \($0.shownReason)" },
    endSentence: { "State problem solved: \($0.shownReason)" },
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
    sample: { _, hour in
      Alert(
        .stateProblem, about: .service, hour: hour, facts: Alert.Facts(reason: Alert.testReason))
    })
}
