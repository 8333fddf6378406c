import Foundation
import Interchange
import Reporting
import TestSupport

/// As much of JSON Schema as `deploy/status.schema.json` uses.
struct StatusSchema {
  private let root: [String: Any]

  init() throws {
    let bytes = try Data(
      contentsOf: Checkout.root.appending(path: "deploy/status.schema.json"))
    root = try JSONSerialization.jsonObject(with: bytes) as? [String: Any] ?? [:]
  }

  /// - Returns: What is wrong with a status, and where; empty when it is as described.
  func violations(of status: Any) -> [String] { violations(of: status, by: root, at: "$") }

  private func violations(of value: Any, by rule: [String: Any], at path: String) -> [String] {
    if let reference = rule["$ref"] as? String {
      let definitions = root["$defs"] as? [String: Any]
      let name = String(reference.dropFirst("#/$defs/".count))
      guard let rule = definitions?[name] as? [String: Any] else {
        return ["no definition \(name)"]
      }
      return violations(of: value, by: rule, at: path)
    }
    var found: [String] = []
    if let type = rule["type"] as? String, !Self.is(value, type) {
      found.append("\(path): no \(type)")
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
    of members: [String: Any], by rule: [String: Any], at path: String
  ) -> [String] {
    let known = rule["properties"] as? [String: [String: Any]] ?? [:]
    let missing = (rule["required"] as? [String] ?? []).filter { members[$0] == nil }
    return missing.map { "\(path): no \($0)" }
      + members.sorted { $0.key < $1.key }.flatMap { name, value in
        guard let rule = known[name] ?? rule["additionalProperties"] as? [String: Any] else {
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
    case "integer": (value as? Double).map { $0 == $0.rounded() } == true
    case "number": value is Double
    default: false
    }
  }
}
