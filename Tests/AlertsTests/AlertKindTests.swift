import Alerts
import Foundation
import Host
import TestSupport
import Testing

/// Everything that names alert kinds must agree with the one list of them.
struct AlertKindTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
  }

  @Test func namesAndMessageIDsAreDistinctAndWellFormed() {
    let ids = AlertKind.all.map(\.messageID) + MessageID.ofService.map(\.rawValue)
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
    #expect(Set(AlertKind.all.map(\.name)).count == AlertKind.all.count)
  }

  @Test func theCatalogueExplainsEveryMessageOnce() throws {
    let explained = try Self.text("deploy/harbinger.catalog").split(separator: "\n")
      .filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
    let ids = AlertKind.all.map(\.messageID) + MessageID.ofService.map(\.rawValue)
    #expect(explained.sorted() == ids.sorted())
  }

  @Test(arguments: AlertKind.all.map(\.name))
  func theCatalogueExplainsIt(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    #expect(
      try Self.text("deploy/harbinger.catalog").contains(kind.catalogEntry),
      "deploy/harbinger.catalog has another text than the list of alert kinds")
  }

  /// journalctl prints a placeholder literally if its field is missing.
  @Test(arguments: AlertKind.all.map(\.name))
  func itsMessageHasTheFieldsThatTheCatalogueNames(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    let fields = kind.test(about: "web", hour: 490_000).fields.map { "\($0.name)" }
    let named = kind.catalogEntry.matches(of: /@([A-Z_]+)@/).map { String($0.1) }
    #expect(Set(named).subtracting(fields) == [])
  }

  /// A message's first words are fixed, and texts that strangers chose are escaped and shortened.
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
    #expect(kind.test(about: "web", hour: 490_000).message == "A request to web \(facts)")
    let hostile = kind.test(
      about: "\u{1b}[31m\nA\u{202e}" + String(repeating: "x", count: 5_000), hour: 490_000
    ).message
    #expect(hostile.hasPrefix(#"A request to \x1b[31m\nA\u{202e}xxx"#))
    #expect(hostile.utf8.count < 400 && hostile.hasSuffix("x… \(facts)"))
  }

  @Test(arguments: [
    (
      "stalled source", "No lines come from web although requests were expected (silent for 30 h)",
      "Lines come again from web: tail\\x1b[0m"
    ),
    (
      "model degraded", "The network forecasts worse than the baselines (skill −0.20)",
      "The network is as good as the baselines again"
    ),
    (
      "state problem", "State problem: made up, to try the delivery of alerts",
      "State problem solved: tail\\x1b[0m"
    ),
  ])
  func whatLastsSaysThatItBeginsAndThatItIsOver(name: String, begin: String, end: String) throws {
    var alert = try #require(AlertKind.named(name)).test(about: "web", hour: 490_000)
    #expect(alert.message == begin)
    alert.isOver = true
    alert.facts.reason = "tail\u{1b}[0m"
    #expect(alert.message == end)
  }

  /// The states of earlier versions have these IDs, which are FNV-1a, 64 bit, of the parts with NUL between them.
  @Test func theIDsOfAlertsAreThoseOfEarlierVersions() {
    let unexpected = Alert(
      kind: .unexpected, stream: "log", origin: 482_638, hour: 482_638, probability: 0.001,
      threshold: 0.004)
    #expect(unexpected.id.text == "0e940531b0fc0447")
    let stall = Alert(.stalledSource, about: .source("web"), hour: 490_903)
    #expect(stall.id.text == "5717551d6e61fce7")
    let problem = Alert(
      .stateProblem, about: .service, hour: 490_906, facts: Alert.Facts(reason: "no space left"))
    #expect(problem.id.text == "b331845a274ec9b6")
    var over = problem
    over.isOver = true
    #expect(over.id != problem.id)
  }

  @Test(arguments: AlertKind.all.map(\.name))
  func theDocumentationHasItInItsTable(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    let page = try Self.text("Sources/harbinger/Documentation.docc/AlertsAndActions.md")
    #expect(page.split(separator: "\n").contains(Substring(kind.documentationRow)))
  }

  @Test(arguments: AlertKind.all.map(\.name))
  func theDocumentationNamesItsFields(name: String) throws {
    let page = try Self.text("Sources/harbinger/Documentation.docc/AlertsAndActions.md")
    let fields = try #require(AlertKind.named(name)).test(about: "web", hour: 490_000).fields
    #expect(fields.map { "\($0.name)" }.filter { !page.contains("`\($0)`") } == [])
  }

  /// Each fact has the same name in the journal, in a program's environment and in JSON.
  @Test(arguments: AlertKind.all.map(\.name))
  func itsFactsAreFieldsOfTheJournal(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let facts = try encoder.encode(kind.test(about: "web", hour: 490_000).facts)
    let members = try #require(try JSONSerialization.jsonObject(with: facts) as? [String: Any])
    let fields = kind.test(about: "web", hour: 490_000).fields.map { "\($0.name)" }
    #expect(Set(members.keys.map { "HARBINGER_\($0.uppercased())" }).subtracting(fields) == [])
  }

  @Test(arguments: AlertKind.all.map(\.name))
  func itsSettingsAreKeysOfTheSettingsFile(name: String) throws {
    let kind = try #require(AlertKind.named(name))
    let shipped = try Self.text("deploy/harbinger.yaml")
    for key in kind.settings { #expect(shipped.contains(" \(key):"), "\(key)") }
  }
}
