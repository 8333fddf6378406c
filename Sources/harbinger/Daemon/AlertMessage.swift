import Forecasting
import Host
import Records

extension JournalMessage {
  /// An alert as the journal gets it: a constant text, the facts in fields.
  ///
  /// - Parameter unit: The systemd unit whose requests these are.
  init(_ alert: Alert, unit: String?) {
    var fields: [Field] = [
      Field("HARBINGER_STREAM", alert.stream),
      Field("HARBINGER_HOUR", UTCTime(hour: alert.hour).text),
      Field("HARBINGER_LEAD_HOURS", alert.leadHours),
      Field("HARBINGER_PROBABILITY", Self.digits(alert.probability)),
      Field("HARBINGER_THRESHOLD", Self.digits(alert.threshold)),
      Field("HARBINGER_ALERT_ID", alert.id.text),
    ]
    if let bits = alert.bits { fields.append(Field("HARBINGER_BITS", Self.digits(bits))) }
    if let hours = alert.hoursSilent { fields.append(Field("HARBINGER_HOURS_SILENT", hours)) }
    if let explanation = alert.explanation {
      fields.append(Field("HARBINGER_EXPLANATION", explanation))
    }
    if let unit { fields.append(Field("OBJECT_SYSTEMD_UNIT", unit)) }
    self.init(
      alert.kind.sentence, priority: alert.kind.priority, id: alert.kind.messageID,
      fields: fields)
  }

  /// Four significant digits: what a person reads and a program needs.
  static func digits(_ value: Double) -> String {
    let scale = value.magnitude >= 1 ? 1e3 : value.magnitude >= 0.01 ? 1e4 : 1e7
    return "\((value * scale).rounded() / scale)"
  }
}

extension Alert.Kind {
  var sentence: String {
    switch self {
    case .upcoming: "A request is likely soon"
    case .silence: "A request that was expected did not come"
    case .unexpected: "A request came that was not expected"
    }
  }

  var priority: JournalMessage.Priority {
    switch self {
    case .upcoming: .notice
    case .silence, .unexpected: .warning
    }
  }

  var messageID: MessageID {
    switch self {
    case .upcoming: .upcoming
    case .silence: .silence
    case .unexpected: .unexpected
    }
  }
}
