import Arithmetic

extension AlertKind {
  /// The network's forecasts are worse than those of the simple baselines.
  package static let modelDegraded: AlertKind = AlertKind(
    name: "model degraded", messageID: "5ddc47737f2c4813824a621a586fff38", severity: .warning,
    sentence: { alert in
      "The network forecasts worse than the baselines (skill "
        + "\(Decimals.text(alert.facts.skill ?? 0, 2)))"
    },
    endSentence: { _ in "The network is as good as the baselines again" },
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
    sample: { _, hour in
      Alert(.modelDegraded, about: .service, hour: hour, facts: Alert.Facts(skill: -0.2))
    })
}
