import Host
import Reporting

extension JournalMessage {
  /// An alert or a health event as the journal gets it: a text that begins with constant words, and the facts in fields, too.
  init(_ payload: AlertPayload) {
    guard let kind = AlertKind.named(payload.kind) else {
      preconditionFailure("the kind \(payload.kind) is not in the list of alert kinds")
    }
    let texts: [(StaticString, String?)] = [
      ("HARBINGER_STREAM", payload.stream), ("HARBINGER_SOURCE", payload.source),
      ("HARBINGER_REASON", payload.reason), ("HARBINGER_HOUR", payload.hour),
      ("HARBINGER_LEAD_HOURS", payload.leadHours.map { "\($0)" }),
      ("HARBINGER_PROBABILITY", payload.probability.map(Decimals.digits)),
      ("HARBINGER_THRESHOLD", payload.threshold.map(Decimals.digits)),
      ("HARBINGER_ALERT_ID", payload.alertId),
      ("HARBINGER_BITS", payload.bits.map(Decimals.digits)),
      ("HARBINGER_HOURS_SILENT", payload.hoursSilent.map { "\($0)" }),
      ("HARBINGER_SKILL", payload.skill.map(Decimals.digits)),
      ("HARBINGER_LOCAL_TIME", payload.localTime), ("HARBINGER_HABIT", payload.habit),
      ("HARBINGER_EXPLANATION", payload.explanation), ("OBJECT_SYSTEMD_UNIT", payload.unit),
      ("HARBINGER_IS_TEST", payload.isTest ? "1" : nil),
    ]
    self.init(
      payload.message, priority: payload.isOver ? .notice : kind.priority,
      id: payload.isOver ? .wellAgain : kind.messageID,
      fields: texts.compactMap { name, text in text.map { Field(name, $0) } })
  }
}
