import Forecasting
import Foundation
import Monitoring

/// What those who act on an alert are told of it: a webhook as JSON, a program as variables of its
/// environment, by the same names.
struct AlertPayload: Codable, Equatable {
  /// `upcoming`, `silence`, `unexpected`, `stalled source` or `model degraded`.
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
  var leadHours: Int?
  var probability: Double?
  var threshold: Double?
  var bits: Double?
  var hoursSilent: Int?
  /// What the forecast rests on, in one line.
  var explanation: String?
  var skill: Double?

  init(_ alert: Alert, unit: String?) {
    kind = alert.kind.rawValue
    message = alert.kind.sentence
    alertId = alert.id.text
    stream = alert.stream
    self.unit = unit
    hour = UTCTime(hour: alert.hour).text
    leadHours = alert.leadHours
    probability = alert.probability
    threshold = alert.threshold
    bits = alert.bits
    hoursSilent = alert.hoursSilent
    explanation = alert.explanation
  }

  /// - Parameter id: Nobody would know the healthEvent by its facts alone.
  init(_ healthEvent: HealthEvent, id: String) {
    message = healthEvent.sentence
    alertId = id
    switch healthEvent {
    case .sourceStalled(let name, let hours, let bits):
      kind = "stalled source"
      (source, hoursSilent, self.bits) = (name, hours, bits)
    case .sourceCameBack(let name, let hours):
      kind = "stalled source"
      (source, hoursSilent, isOver) = (name, hours, true)
    case .modelDegraded(let skill):
      kind = "model degraded"
      self.skill = skill
    case .modelRecovered(let skill):
      kind = "model degraded"
      (self.skill, isOver) = (skill, true)
    }
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
