import Alerts
import Records

/// An alert for programs: its facts, and beside them what it is and became.
struct AlertDocument: Encodable {
  private let alert: Alert
  private let outcome: Alert.Outcome?

  init(_ alert: Alert, _ outcome: Alert.Outcome?) {
    self.alert = alert
    self.outcome = outcome
  }

  private enum CodingKeys: CodingKey {
    case id, kind, stream, source, isOver, hour, leadHours, outcome, suppressed, message
  }

  func encode(to encoder: any Encoder) throws {
    try alert.facts.encode(to: encoder)
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(alert.id.text, forKey: .id)
    try members.encode(alert.kind.name, forKey: .kind)
    try members.encodeIfPresent(alert.stream, forKey: .stream)
    try members.encodeIfPresent(alert.source, forKey: .source)
    if alert.isOver { try members.encode(true, forKey: .isOver) }
    try members.encode(UTCTime(hour: alert.hour).text, forKey: .hour)
    if alert.stream != nil { try members.encode(alert.leadHours, forKey: .leadHours) }
    // Hit, early, late or false; nothing for what cannot be judged, or not yet.
    try members.encodeIfPresent(outcome?.rawValue, forKey: .outcome)
    // Why it was not delivered; nothing if it was.
    try members.encodeIfPresent(alert.suppressed?.rawValue, forKey: .suppressed)
    // As in the journal.
    try members.encode(alert.message, forKey: .message)
  }
}
