import Arithmetic
import Records

extension Alert {
  /// The facts as journal fields.
  package var fields: [(name: StaticString, text: String)] {
    let texts: [(StaticString, String?)] = [
      ("HARBINGER_STREAM", stream), ("HARBINGER_SOURCE", source),
      ("HARBINGER_REASON", facts.reason), ("HARBINGER_HOUR", UTCTime(hour: hour).text),
      ("HARBINGER_LEAD_HOURS", stream == nil ? nil : "\(leadHours)"),
      ("HARBINGER_PROBABILITY", facts.probability.map(Decimals.digits)),
      ("HARBINGER_THRESHOLD", facts.threshold.map(Decimals.digits)),
      ("HARBINGER_ALERT_ID", id.text), ("HARBINGER_BITS", facts.bits.map(Decimals.digits)),
      ("HARBINGER_HOURS_SILENT", facts.hoursSilent.map { "\($0)" }),
      ("HARBINGER_SKILL", facts.skill.map(Decimals.digits)),
      ("HARBINGER_LOCAL_TIME", stream == nil ? nil : shownTime),
      ("HARBINGER_HABIT", facts.habit), ("HARBINGER_EXPLANATION", facts.explanation),
    ]
    return texts.compactMap { name, text in text.map { (name, $0) } }
  }
}
