import Forecasting
import Foundation
import Interchange
import Monitoring
import Records
import Reporting

/// What the actions of an alert receive: a webhook as JSON, a program as variables of its
/// environment, by the same names.
struct AlertPayload: Codable, Equatable {
  /// The name of an `AlertKind`.
  var kind: String
  var message: String
  /// The same alert has the same, so that one that comes twice is known.
  var alertId: String
  /// The trouble has ended; only of sources and models.
  var isOver = false
  var isTest = false
  var stream: String?
  var source: String?
  var unit: String?
  var hour: String?
  /// The hour as clocks of the stream's zone show it, such as `Sat 09:00 CET`.
  var localTime: String?
  var leadHours: Int?
  var probability: Double?
  var threshold: Double?
  var bits: Double?
  var hoursSilent: Int?
  /// What the forecast rests on, in one line.
  var explanation: String?
  /// What was usual at that hour, such as `active on 6 of the last 7 Saturdays`.
  var habit: String?
  var skill: Double?
  /// What is wrong, or was.
  var reason: String?

  /// - Parameter unit: The systemd unit whose requests these are.
  init(_ alert: Alert, unit: String? = nil) {
    self.init(kind: alert.kind.rawValue, id: alert.id)
    stream = alert.stream
    self.unit = unit
    hour = UTCTime(hour: alert.hour).text
    leadHours = alert.leadHours
    probability = alert.probability
    threshold = alert.threshold
    bits = alert.bits
    hoursSilent = alert.hoursSilent
    explanation = alert.explanation
    // Those that an earlier version stored have none.
    localTime = alert.localTime ?? LocalTime(hour: alert.hour, in: .utc).inWeek
    habit = alert.habit
    message = AlertKind.named(kind)?.sentence(self) ?? kind
  }

  init(_ event: HealthEvent) {
    self.init(kind: event.kind.rawValue, id: event.id, isOver: event.isOver)
    source = event.source
    hoursSilent = event.hoursSilent
    bits = event.bits
    skill = event.skill
    reason = event.reason
    let known = AlertKind.named(kind)
    message = (isOver ? known?.endSentence : known?.sentence(self)) ?? kind
  }

  private init(kind: String, id: Alert.ID, isOver: Bool = false) {
    self.kind = kind
    self.isOver = isOver
    alertId = id.text
    message = kind
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
