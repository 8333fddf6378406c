package import Foundation

/// The part of JSON Schema that the schemas in `deploy` use; stricter, because members that are not described are
/// violations.
package struct JSONSchema {
  /// Of the status file.
  package static var status: JSONSchema {
    get throws { try JSONSchema(Checkout.root.appending(path: "deploy/status.schema.json")) }
  }

  /// Of the settings file.
  package static var settings: JSONSchema {
    get throws { try JSONSchema(Checkout.root.appending(path: "deploy/harbinger.schema.json")) }
  }

  private let root: [String: Any]

  package init(_ file: URL) throws {
    root =
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
  }

  /// - Returns: What is wrong with a document, and where; empty when it is as described.
  package func violations(of document: Any) -> [String] {
    violations(of: document, by: root, at: "$")
  }

  private func violations(of value: Any, by rule: [String: Any], at path: String) -> [String] {
    if let reference = rule["$ref"] as? String {
      let definitions = root["$defs"] as? [String: Any]
      let name = String(reference.dropFirst("#/$defs/".count))
      guard let rule = definitions?[name] as? [String: Any] else {
        return ["no definition \(name)"]
      }
      return violations(of: value, by: rule, at: path)
    }
    if let rules = rule["anyOf"] as? [[String: Any]] {
      let found = rules.map { violations(of: value, by: $0, at: path) }
      return found.contains([]) ? [] : found.flatMap(\.self)
    }
    var found: [String] = []
    let types = rule["type"].map { $0 as? [String] ?? ["\($0)"] } ?? []
    if !types.isEmpty, !types.contains(where: { Self.is(value, $0) }) {
      found.append("\(path): no \(types.joined(separator: " or "))")
    }
    let allowed = (rule["const"].map { [$0] } ?? rule["enum"] as? [Any]) ?? []
    if !allowed.isEmpty, !allowed.contains(where: { "\($0)" == "\(value)" }) {
      found.append("\(path): unexpected \(value)")
    }
    if let number = value as? Double {
      if let minimum = rule["minimum"] as? Double, number < minimum {
        found.append("\(path): \(number)")
      }
      if let maximum = rule["maximum"] as? Double, number > maximum {
        found.append("\(path): \(number)")
      }
    }
    if let text = value as? String { found += violations(of: text, by: rule, at: path) }
    if let items = value as? [Any],
      items.count < rule["minItems"] as? Int ?? 0 || items.count > rule["maxItems"] as? Int ?? .max
    {
      found.append("\(path): \(items.count) items")
    }
    if let rule = rule["items"] as? [String: Any], let items = value as? [Any] {
      found += items.enumerated().flatMap {
        violations(of: $0.element, by: rule, at: "\(path)[\($0.offset)]")
      }
    }
    if let members = value as? [String: Any] {
      found += violations(of: members, by: rule, at: path)
    }
    return found
  }

  private func violations(
    of text: String, by rule: [String: Any], at path: String
  ) -> [String] {
    let length = text.unicodeScalars.count
    let isOfLength =
      ((rule["minLength"] as? Int ?? 0)...(rule["maxLength"] as? Int ?? .max)).contains(length)
    let pattern = rule["pattern"] as? String ?? ""
    let isLike = text.range(of: pattern, options: .regularExpression) != nil || pattern.isEmpty
    return isOfLength && isLike ? [] : ["\(path): '\(text)'"]
  }

  private func violations(
    of members: [String: Any], by rule: [String: Any], at path: String
  ) -> [String] {
    let known = rule["properties"] as? [String: [String: Any]] ?? [:]
    let missing = (rule["required"] as? [String] ?? []).filter { members[$0] == nil }
    return missing.map { "\(path): no \($0)" }
      + members.sorted { $0.key < $1.key }.flatMap { name, value in
        let like = rule["patternProperties"] as? [String: [String: Any]] ?? [:]
        guard
          let rule = known[name]
            ?? like.first(where: { name.range(of: $0.key, options: .regularExpression) != nil })?
            .value
            ?? rule["additionalProperties"] as? [String: Any]
        else {
          return ["\(path).\(name) is not described"]
        }
        return violations(of: value, by: rule, at: "\(path).\(name)")
      }
  }

  private static func `is`(_ value: Any, _ type: String) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": value is Bool
    case "null": value is NSNull
    case "integer": (value as? Double).map { $0 == $0.rounded() } == true
    case "number": value is Double
    default: false
    }
  }
}
