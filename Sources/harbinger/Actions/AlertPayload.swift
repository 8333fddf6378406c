package import Alerts
import Foundation
import Interchange
import Records
import Reporting

/// What the actions of an alert receive: a webhook as JSON, a program as variables of its environment, by the same
/// names.
package struct AlertPayload: Encodable, Equatable {
  let alert: Alert
  /// The same alert has the same, so that one that comes twice is known.
  var alertId: String
  /// The systemd unit whose requests these are.
  var unit: String?
  var isTest = false

  package init(_ alert: Alert, unit: String? = nil) {
    var alert = alert
    if alert.stream != nil { alert.facts.localTime = alert.shownTime }
    self.alert = alert
    self.unit = unit
    alertId = alert.id.text
  }

  private enum CodingKeys: CodingKey {
    case kind, message, alertId, isOver, isTest, stream, source, unit, hour, leadHours
  }

  /// The facts stand beside the rest.
  package func encode(to encoder: any Encoder) throws {
    try alert.facts.encode(to: encoder)
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(alert.kind.name, forKey: .kind)
    try members.encode(alert.message, forKey: .message)
    try members.encode(alertId, forKey: .alertId)
    try members.encode(alert.isOver, forKey: .isOver)
    try members.encode(isTest, forKey: .isTest)
    try members.encodeIfPresent(alert.stream, forKey: .stream)
    try members.encodeIfPresent(alert.source, forKey: .source)
    try members.encodeIfPresent(unit, forKey: .unit)
    try members.encode(UTCTime(hour: alert.hour).text, forKey: .hour)
    if alert.stream != nil { try members.encode(alert.leadHours, forKey: .leadHours) }
  }

  var json: String {
    // Texts and finite numbers can always be written.
    (try? JSONText.text(self, onOneLine: true)) ?? "{}"
  }

  /// `HARBINGER_KIND`, `HARBINGER_STREAM` and so on.
  var environment: [String: String] {
    let members = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    return Dictionary(
      uniqueKeysWithValues: (members ?? [:]).map { name, value in
        // A NUL would end the value there.
        ("HARBINGER_" + name.uppercased(), "\(value)".replacingOccurrences(of: "\0", with: ""))
      })
  }
}
