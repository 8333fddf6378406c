/// The reference entry of one key. The settings file with all defaults, the documentation page and the schema are
/// generated from these.
struct SettingReference {
  enum Content {
    /// A value, as written in the file.
    case value(String, SettingSchema)
    case section([SettingReference])
    /// A section with the defaults, and the existing sections.
    case list(of: [SettingReference], [[SettingReference]], count: ClosedRange<Int>)
  }

  let name: String
  /// A part of a sentence; empty for a section that needs no explanation.
  let meaning: String
  var remark: String?
  var isRequired = false
  let content: Content

  /// The effective settings, by path.
  func effective(at path: String) -> [EffectiveSetting] {
    switch content {
    case .value(let text, _): [EffectiveSetting(path: path + name, value: text)]
    case .section(let keys): keys.flatMap { $0.effective(at: "\(path)\(name).") }
    case .list(_, let elements, _):
      elements.enumerated().flatMap { index, keys in
        keys.flatMap { $0.effective(at: "\(path)\(name)[\(index)].") }
      }
    }
  }

  /// Whole sentences for lines before the key.
  private var remarks: String? {
    guard case .list(let keys, let elements, _) = content, elements.isEmpty else { return remark }
    return "Keys of each: \(keys.map(\.name).joined(separator: ", "))."
  }
}

// MARK: The file

extension SettingReference {
  /// The lines of the settings file.
  ///
  /// - Parameter column: The indentation of the lines, in columns.
  func yamlLines(column: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: column)
    let comment = meaning.isEmpty ? "" : " # \(meaning)"
    let before = remarks.map { Self.wrapped($0, columns: 132 - column).map { "\(margin)# \($0)" } }
    switch content {
    case .value(let text, _): return (before ?? []) + ["\(margin)\(name): \(text)\(comment)"]
    case .section(let keys):
      return ["\(margin)\(name):\(comment)"] + keys.flatMap { $0.yamlLines(column: column + 2) }
    case .list(_, let elements, _) where elements.isEmpty:
      return (before ?? []) + ["\(margin)\(name): []\(comment)"]
    case .list(_, let elements, _):
      return ["\(margin)\(name):\(comment)"]
        + elements.flatMap { keys in
          let lines = keys.flatMap { $0.yamlLines(column: column + 4) }
          return ["\(margin)  - \(lines[0].dropFirst(column + 4))"] + lines.dropFirst()
        }
    }
  }

  private static func wrapped(_ text: String, columns: Int) -> [String] {
    text.split(separator: " ").reduce(into: [String]()) { lines, word in
      if let last = lines.last, last.utf8.count + word.utf8.count < columns {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
  }
}

// MARK: The page

extension SettingReference {
  /// The rows of a Markdown table. A section has no row of its own, only rows for its keys.
  func pageRows(at path: String = "") -> [String] {
    switch content {
    case .section(let keys): return keys.flatMap { $0.pageRows(at: "\(path)\(name).") }
    case .value(let text, _): return [row(path, text)]
    case .list: return [row(path, "[]")]
    }
  }

  private func row(_ path: String, _ value: String) -> String {
    let text = meaning + (remarks.map { ". " + $0.trimmingSuffix(".") } ?? "")
    let cells = ["`\(path)\(name)`", "`\(value)`", Self.markdown(text)]
    return "| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |"
  }

  /// Escapes angle brackets and asterisks, which are special in Markdown outside of code.
  static func markdown(_ text: String) -> String {
    text.replacing("*", with: "\\*").replacing("<", with: "\\<")
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}

// MARK: The schema

extension SettingReference {
  /// The JSON Schema, with the description that editors show.
  var schema: JSONValue {
    let description = [meaning, remarks.map { $0.trimmingSuffix(".") }, defaultText]
      .compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ". ")
    var members =
      description.isEmpty ? [] : [(name: "description", value: JSONValue.text(description))]
    let schema: JSONValue =
      switch content {
      case .value(_, let schema): schema.json
      case .section(let keys): Self.schema(of: keys)
      case .list(let keys, _, let count):
        [
          "type": "array", "minItems": .literal("\(count.lowerBound)"),
          "maxItems": .literal("\(count.upperBound)"), "items": Self.schema(of: keys),
        ]
      }
    if case .object(let rest) = schema { members += rest }
    return .object(members)
  }

  /// The schema of a section. `null` is a section whose keys are all commented out.
  static func schema(of keys: [SettingReference]) -> JSONValue {
    let required = keys.filter(\.isRequired).map { JSONValue.text($0.name) }
    return .object(
      [
        ("type", required.isEmpty ? ["object", "null"] : "object"),
        ("properties", .object(keys.map { ($0.name, $0.schema) })),
        ("additionalProperties", .literal("false")),
      ] + (required.isEmpty ? [] : [("required", .list(required))]))
  }

  private var defaultText: String? {
    guard case .value(let text, _) = content, !isRequired else { return nil }
    return "Default: \(text)"
  }
}
