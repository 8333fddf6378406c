import Foundation
import Settings
import TestSupport
import Testing
import Yams

private let shipped = Checkout.root.appending(path: "deploy/harbinger.yaml")

@Test func shippedSettingsAreTheDefaults() throws {
  let source = SourceSettings(name: "web", files: ["/var/log/nginx/access.log"])
  let settings = try reader.read(path: shipped.path)
  #expect(settings == ServiceSettings(sources: [source], environment: reader.environment))
}

/// The reference of the settings is generated from the table of keys; these files must be its output.
struct SettingsReferenceTests {
  @Test(arguments: [
    (form: SettingsReference.yaml, path: "deploy/harbinger.yaml"),
    (form: .schema, path: "deploy/\(SettingsReference.schemaName)"),
    (form: .page, path: "Sources/harbinger/Documentation.docc/Settings.md"),
  ])
  func fileIsTheReference(form: SettingsReference, path: String) throws {
    let kept = try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
    #expect(kept == form.text, "run: harbinger settings --form \(form) >\(path)")
  }

  /// The paths come from a file that sets something in every list of sections.
  @Test(arguments: SettingsReference.allCases)
  func everyKeyIsInEveryForm(form: SettingsReference) throws {
    let settings = try read(oneSource + "alert: { overrides: [{ stream: web }] }")
    let keys = Set(settings.effective.map { $0.path.split(separator: ".").last! })
    #expect(keys.count > 60)
    func isThere(_ key: Substring) -> Bool {
      switch form {
      case .yaml: form.text.contains(" \(key):") || form.text.contains("\n\(key):")
      case .page:
        form.text.contains("`\(key)`") || form.text.contains(".\(key)`")
          || form.text.contains(" \(key),")
      case .schema: form.text.contains("\"\(key)\": {")
      }
    }
    #expect(keys.filter { !isThere($0) }.sorted() == [])
  }

  @Test func everyKeyOfTheFileSaysWhatItMeans() {
    let silent = SettingsReference.yaml.text.split(separator: "\n").filter { line in
      !line.contains(" # ") && !line.hasPrefix("#") && !line.hasSuffix("time:")
    }
    #expect(silent == [])
  }
}

/// How an editor reads a settings file.
struct SettingsSchemaTests {
  @Test func shippedSettingsFollowTheSchema() throws {
    let text = try String(contentsOf: shipped, encoding: .utf8)
    #expect(text.hasPrefix("# yaml-language-server: $schema=\(SettingsReference.schemaName)\n"))
    #expect(try violations(text) == [])
  }

  @Test func settingsOfTheDocumentationFollowTheSchema() throws {
    let texts = DocumentationPage.all.flatMap { page in
      page.blocks.compactMap { if case .settings(let text) = $0 { text } else { nil } }
    }
    #expect(texts.count > 2)
    for text in texts { #expect(try violations(text) == [], "\(text)") }
  }

  /// All values that the reader accepts, in notations that an editor reads differently.
  @Test func whatIsReadFollowsTheSchema() throws {
    let text = """
      sources:
        - name: 7
          files: [/var/log/a.log, b.log]
          socket_mode: 0660
          include: { status: [200, 304], path: true }
          exclude:
          time:
          max_ahead: 90s
        - name: journal
          files: null
          journal: { unit: nginx.service, _UID: [33, 1000], directory: /var/log/journal }
      forecast: { holidays: [2026-12-25] }
      training: { seed: 18446744073709551615, learning_rate: 1e-3, penalty: balanced }
      alert:
        threshold: budget
        budget_per_day: 0.5
        quiet_hours: [22:00-07:00]
        mute_until: 2026-12-24T18:00Z
        exec: [/bin/sleep, 5]
        overrides:
          - { stream: web, threshold: 0.8, mute_until: null, lead: 1h..1d }
      state:
      """
    #expect(throws: Never.self) { try read(text) }
    #expect(try violations(text) == [])
  }

  @Test(arguments: [
    (wrong: "alrt: {}", where: "$.alrt"),
    (wrong: "alert: { treshold: 0.5 }", where: "$.alert.treshold"),
    (wrong: "alert: { threshold: 1.5 }", where: "$.alert.threshold"),
    (wrong: "alert: { lead: 1h-6h }", where: "$.alert.lead"),
    (wrong: "alert: { overrides: [{ threshold: 0.5 }] }", where: "$.alert.overrides[0]: no stream"),
    (wrong: "alert: { start_unit: wake }", where: "$.alert.start_unit"),
    (wrong: "training: { epochs: 1.5 }", where: "$.training.epochs"),
    (wrong: "training: { hidden: [] }", where: "$.training.hidden"),
    (wrong: "forecast: { horizon: 24 }", where: "$.forecast.horizon"),
  ])
  func mistakeIsSeen(wrong: String, where place: String) throws {
    let found = try violations(oneSource + wrong)
    #expect(!found.isEmpty && found.allSatisfy { $0.hasPrefix(place) }, "\(found)")
    #expect(!complaints(about: oneSource + wrong).isEmpty)
  }

  @Test(arguments: [
    (wrong: "sources: []", where: "$.sources"),
    (wrong: "sources: [{ files: a.log }]", where: "$.sources[0]: no name"),
    (wrong: "sources: [{ name: web, format: combind }]", where: "$.sources[0].format"),
    (
      wrong: "sources: [{ name: web, journal: { Unit: a.service } }]", where: "$.sources[0].journal"
    ),
    (wrong: "sources: [{ name: a b, files: a.log }]", where: "$.sources[0].name"),
    (wrong: "forecast: {}", where: "$: no sources"),
  ])
  func mistakeOfASourceIsSeen(wrong: String, where place: String) throws {
    let found = try violations(wrong)
    #expect(!found.isEmpty && found.allSatisfy { $0.hasPrefix(place) }, "\(found)")
    #expect(!complaints(about: wrong).isEmpty)
  }

  private func violations(_ yaml: String) throws -> [String] {
    try JSONSchema.settings.violations(of: json(Yams.compose(yaml: yaml)))
  }

  /// A document as an editor reads it: by the core schema of YAML 1.2.
  private func json(_ node: Node?) -> Any {
    switch node {
    case .sequence(let nodes): nodes.map { json($0) }
    case .mapping(let pairs):
      Dictionary(uniqueKeysWithValues: pairs.map { ($0.key.scalar?.string ?? "", json($0.value)) })
    case .scalar(let scalar) where scalar.style == .plain:
      switch scalar.string {
      case "", "~", "null", "Null", "NULL": NSNull()
      case "true", "True", "TRUE": true
      case "false", "False", "FALSE": false
      default: Double(scalar.string) ?? scalar.string
      }
    case .scalar(let scalar): scalar.string
    case .alias, nil: NSNull()
    }
  }
}
