/// The reference of the settings in three forms, all generated from the table of keys.
package enum SettingsReference: String, CaseIterable, Sendable {
  /// The settings file, with every key, its default and its meaning.
  case yaml
  /// The documentation page.
  case page
  /// A JSON Schema with which editors complete and check the file.
  case schema

  /// The name of the schema file beside the settings file, whose first line refers to it.
  package static let schemaName = "harbinger.schema.json"

  /// The complete text of the form.
  package var text: String {
    var shipped = ServiceSettings(
      sources: [SourceSettings(name: "web", files: ["/var/log/nginx/access.log"])])
    // The default paths depend on the machine, so they are left out.
    shipped.statePath = ""
    shipped.statusPath = ""
    let keys = ServiceSettings.keys.map { $0.reference(shipped) }
    switch self {
    case .yaml: return Self.yaml(keys)
    case .page: return Self.page(keys)
    case .schema: return Self.schema(keys)
    }
  }

  private static func yaml(_ keys: [SettingReference]) -> String {
    var text = """
      # yaml-language-server: $schema=\(schemaName)
      # Harbinger's settings. Every key is here with its default; a key that is left out keeps its default.
      # Durations are written 90s, 15m, 6h or 7d; null means none. Check a change with: harbinger check FILE

      """
    for (index, key) in keys.enumerated() {
      if index == 0 || key.isGroup || keys[index - 1].isGroup { text += "\n" }
      text += key.yamlLines().map { "\($0)\n" }.joined()
    }
    return text
  }

  private static func page(_ keys: [SettingReference]) -> String {
    let head = """
      # Settings

      Every key, with its default.

      ## Overview

      The settings are one YAML file, `/etc/harbinger/harbinger.yaml`; `deploy/harbinger.yaml` is the same as this
      page, and `harbinger settings` prints it. A key that is left out keeps its default. Durations are written
      `90s`, `15m`, `6h` or `7d`, a range of them `1h..6h`. `null` means none. `harbinger check FILE` reports
      everything that is wrong at once, each in one sentence with file, line and column.

      Editors that know yaml-language-server complete and check the file by `\(schemaName)`, which its first line
      names.

      """
    func section(_ title: String, _ meaning: String, _ rows: [String]) -> String {
      let sentence = meaning.isEmpty ? "" : "\(SettingReference.markdown(meaning)).\n\n"
      return "\n## \(title)\n\n\(sentence)| key | default | meaning |\n|---|---|---|\n"
        + rows.map { "\($0)\n" }.joined()
    }
    let groups = keys.filter(\.isGroup).map { key in
      section(
        key.name, key.meaning.prefix(1).uppercased() + key.meaning.dropFirst(),
        key.keys.flatMap { $0.pageRows() })
    }
    let files = section("Files", "", keys.filter { !$0.isGroup }.flatMap { $0.pageRows() })
    return head + groups.joined() + files
  }

  private static func schema(_ keys: [SettingReference]) -> String {
    let head: JSONValue = [
      "$schema": "http://json-schema.org/draft-07/schema#", "title": "Harbinger's settings",
    ]
    guard case .object(let first) = head, case .object(let rest) = SettingReference.schema(of: keys)
    else { preconditionFailure("a schema is an object") }
    return JSONValue.object(first + rest).text() + "\n"
  }
}

extension SettingReference {
  /// Whether it has keys of its own.
  fileprivate var isGroup: Bool { !keys.isEmpty }

  fileprivate var keys: [SettingReference] {
    switch content {
    case .value: []
    case .section(let keys): keys
    case .list(_, let elements, _): elements.first ?? []
    }
  }
}
