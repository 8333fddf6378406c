extension AlertKind {
  /// Nothing comes from a source although requests were expected.
  package static let stalledSource: AlertKind = AlertKind(
    name: "stalled source", messageID: "4fc33264d31846da8f6562f568f35476", severity: .warning,
    sentence: { alert in
      "No lines come from \(alert.shownName) although requests were expected (\(alert.shownSilence))"
    },
    endSentence: { "Lines come again from \($0.shownName): \($0.shownReason)" },
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
    sample: { source, hour in
      Alert(
        .stalledSource, about: .source(source), hour: hour,
        facts: Alert.Facts(bits: 25, hoursSilent: 30))
    })
}
