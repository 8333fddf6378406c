package import Alerts
package import Host

extension JournalMessage {
  /// An alert as the journal gets it: a text that begins with constant words, and the facts in fields, too.
  init(_ payload: AlertPayload) {
    let alert = payload.alert
    var fields = alert.fields.map { Field($0.name, $0.text) }
    if let unit = payload.unit { fields.append(Field("OBJECT_SYSTEMD_UNIT", unit)) }
    if payload.isTest { fields.append(Field("HARBINGER_IS_TEST", 1)) }
    self.init(
      alert.message, priority: alert.isOver ? .notice : Priority(alert.kind.severity),
      id: alert.isOver ? .alertEnded : MessageID(alert.kind.messageID), fields: fields)
  }
}

extension JournalMessage.Priority {
  fileprivate init(_ severity: AlertKind.Severity) {
    switch severity {
    case .error: self = .error
    case .warning: self = .warning
    case .notice: self = .notice
    }
  }
}

extension AlertKind {
  /// The entry that the journal gets of a test.
  package func testMessage(about name: String, hour: Int) -> JournalMessage {
    var payload = AlertPayload(test(about: name, hour: hour))
    payload.isTest = true
    return JournalMessage(payload)
  }
}
