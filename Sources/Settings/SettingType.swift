internal import Records
internal import Yams

/// The type of a key's value: how it is read, written and described to editors.
struct SettingType<Value> {
  /// Reads a value; nil if it is invalid, which is then reported.
  let read: (_ node: Node, _ path: String, _ context: inout DecodingContext) -> Value?
  let show: (Value) -> String
  /// Accepts everything that `read` accepts, and perhaps more.
  let schema: SettingSchema

  init(
    _ schema: SettingSchema, show: @escaping (Value) -> String,
    read: @escaping (_ node: Node, _ path: String, _ context: inout DecodingContext) -> Value?
  ) {
    self.read = read
    self.show = show
    self.schema = schema
  }

  /// A value written without quotes.
  ///
  /// - Parameter expected: The end of the sentence "found 'lots', expected …".
  init(
    plain expected: String, _ schema: SettingSchema, show: @escaping (Value) -> String,
    parse: @escaping (String) -> Value?
  ) {
    self.init(schema, show: show) { node, path, context in
      if let scalar = node.scalar, scalar.style == .plain, let value = parse(scalar.string) {
        return value
      }
      context.report(of: path, found: node.found, expected: expected)
      return nil
    }
  }

  /// A value written with or without quotes.
  init(
    text expected: String, _ schema: SettingSchema, show: @escaping (Value) -> String,
    parse: @escaping (_ text: String, _ context: DecodingContext) -> Value?
  ) {
    self.init(schema, show: show) { node, path, context in
      if let scalar = node.scalar, !node.isNull, let value = parse(scalar.string, context) {
        return value
      }
      context.report(of: path, found: node.found, expected: expected)
      return nil
    }
  }

  /// A type that also accepts `null`.
  static func optional<Wrapped>(_ type: SettingType<Wrapped>) -> Self where Value == Wrapped? {
    Self(
      .anyOf([type.schema, .null]), show: { $0.map(type.show) ?? "null" },
      read: { node, path, context in
        if node.isNull { return .some(nil) }
        return type.read(node, path, &context).map { .some($0) }
      })
  }

  static func list<Element>(
    of type: SettingType<Element>, count: ClosedRange<Int>
  ) -> Self where Value == [Element] {
    Self(
      .list(of: type.schema, count: count),
      show: { "[\($0.map(type.show).joined(separator: ", "))]" },
      read: { node, path, context in
        guard case .sequence(let nodes) = node, count.contains(nodes.count) else {
          context.report(
            of: path, found: node.found,
            expected: "a list of \(count.lowerBound) to \(count.upperBound) values")
          return nil
        }
        let values = nodes.enumerated().map { index, node in
          context.note(node, at: "\(path)[\(index)]")
          return type.read(node, "\(path)[\(index)]", &context)
        }
        return values.contains { $0 == nil } ? nil : values.compactMap(\.self)
      })
  }

  /// A list, or a single value without brackets.
  static func oneOrMore<Element>(
    _ type: SettingType<Element>, count: ClosedRange<Int>
  ) -> Self where Value == [Element] {
    let list = list(of: type, count: count)
    return Self(
      .anyOf([type.schema, list.schema]),
      show: { $0.count == 1 ? type.show($0[0]) : list.show($0) },
      read: { node, path, context in
        if node.scalar != nil { return type.read(node, path, &context).map { [$0] } }
        return list.read(node, path, &context)
      })
  }
}

extension Node {
  /// Describes the node, for "found …".
  package var found: String {
    switch self {
    case .scalar(let scalar):
      if isNull { return "nothing" }
      let text = "'\(String(escapedForDisplay: scalar.string, limit: 60))'"
      return scalar.style == .plain ? text : "the text \(text)"
    case .sequence(let nodes):
      return nodes.isEmpty ? "an empty list" : "a list of \(nodes.count)"
    case .mapping: return "a section"
    case .alias: return "an alias"
    }
  }

  package var isNull: Bool {
    guard let scalar, scalar.style == .plain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}

/// The text as a YAML scalar, quoted if necessary.
package func yaml(_ text: String) -> String {
  let plain = text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "/"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
  if plain, let first = text.utf8.first, first != UInt8(ascii: "-"), text.lowercased() != "null" {
    return text
  }
  let isPrintable = text.unicodeScalars.allSatisfy { (" "..."~").contains($0) }
  if isPrintable, text.contains("\\"), !text.contains("'") {
    return "'\(text)'"  // A regular expression stays as it is read.
  }
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case " "..."~": quoted.unicodeScalars.append(scalar)
    default:
      let digits = String(scalar.value, radix: 16)
      quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
  }
  return quoted + "\""
}
