import Forecasting
import Foundation
import Host
import Monitoring
import TestSupport
import Testing
import harbinger

/// One list of alert kinds, which all else that names them is held to.
struct AlertKindTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
  }

  @Test func everyAlertAndHealthEventIsOfAKind() {
    let found = Alert.Kind.allCases.map(\.rawValue) + HealthEvent.Kind.allCases.map(\.rawValue)
    #expect(AlertKind.all.map(\.name).sorted() == found.sorted())
    #expect(Set(AlertKind.all.map(\.messageID)).count == AlertKind.all.count)
  }

  @Test(arguments: AlertKind.all.map(\.name))
  func theCatalogueExplainsIt(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    #expect(
      try Self.text("deploy/harbinger.catalog").contains(kind.catalogEntry),
      "deploy/harbinger.catalog has another text than the list of alert kinds")
  }

  /// journalctl shows a placeholder without its field as it stands.
  @Test(arguments: AlertKind.all.map(\.name))
  func itsMessageHasTheFieldsThatTheCatalogueNames(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    let message = kind.testMessage(about: "web", hour: 490_000)
    #expect(message.id == kind.messageID)
    let named = kind.catalogEntry.matches(of: /@([A-Z_]+)@/).map { String($0.1) }
    #expect(Set(named).subtracting(message.fields.map(\.name)) == [])
  }

  /// Its first words are always the same, and what strangers chose of it is escaped and cut.
  @Test(arguments: [
    (
      "upcoming",
      "is likely at Mon 18:00 UTC (p 0.50, in 1 h): made up, to try the delivery of alerts"
    ),
    (
      "silence",
      "did not come at Mon 16:00 UTC (silent for 30 h): made up, to try the delivery of alerts"
    ),
    (
      "unexpected",
      "came unexpectedly at Mon 16:00 UTC (p 0.002): made up, to try the delivery of alerts"
    ),
  ])
  func itsMessageTellsTheFacts(name: String, facts: String) throws {
    let kind = try #require(AlertKind.named(name))
    #expect(kind.testMessage(about: "web", hour: 490_000).text == "A request to web \(facts)")
    let hostile = kind.testMessage(
      about: "\u{1b}[31m\nA\u{202e}" + String(repeating: "x", count: 5_000), hour: 490_000)
    #expect(hostile.text.hasPrefix(#"A request to \x1b[31m\nA\u{202e}xxx"#))
    #expect(hostile.text.utf8.count < 400 && hostile.text.hasSuffix("x… \(facts)"))
  }

  @Test(arguments: AlertKind.all.map(\.name))
  func theDocumentationHasItInItsTable(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    let page = try Self.text("Sources/harbinger/Documentation.docc/AlertsAndActions.md")
    #expect(page.split(separator: "\n").contains(Substring(kind.documentationRow)))
  }

  @Test(arguments: AlertKind.all.map(\.name))
  func itsSettingsAreKeysOfTheSettingsFile(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    let shipped = try Self.text("deploy/harbinger.yaml")
    for key in kind.settings { #expect(shipped.contains(" \(key):"), "\(key)") }
  }
}
