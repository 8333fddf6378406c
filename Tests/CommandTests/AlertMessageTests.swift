import Alerts
import Host
import Testing
import harbinger

/// The journal entry of an alert.
@Test(arguments: AlertKind.all.map(\.name))
func anAlertIsAnEntryOfItsKind(name: String) throws {
  let kind = try #require(AlertKind.named(name))
  let message = kind.testMessage(about: "web", hour: 490_000)
  #expect(message.id?.rawValue == kind.messageID)
  #expect(message.priority.rawValue == kind.severity.rawValue)
  let alert = kind.test(about: "web", hour: 490_000)
  #expect(message.text == alert.message)
  #expect(message.fields.map(\.name) == alert.fields.map { "\($0.name)" } + ["HARBINGER_IS_TEST"])
}
