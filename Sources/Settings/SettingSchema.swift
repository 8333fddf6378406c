/// The JSON Schema of a value, for editors: the part of draft 7 that the settings need.
indirect enum SettingSchema {
  case null
  case number(ClosedRange<Double>)
  /// The bounds as text, because a `Double` may not represent them exactly.
  case wholeNumber(from: String, to: String)
  case choice([String])
  /// A value that every YAML parser reads as a string.
  case text(pattern: String? = nil)
  /// A value that we read as text although a YAML parser may read a number or Boolean, as in `status: 200`. The pattern
  /// applies to strings only.
  case scalar(limit: Int, pattern: String? = nil)
  case list(of: SettingSchema, count: ClosedRange<Int>)
  /// Keys with these names, keys that match a pattern, and other keys.
  case object(
    [(name: String, value: SettingSchema)] = [],
    matching: (pattern: String, value: SettingSchema)? = nil, others: SettingSchema? = nil)
  case anyOf([SettingSchema])

  static func integer<Value: FixedWidthInteger>(_ range: ClosedRange<Value>) -> Self {
    .wholeNumber(from: "\(range.lowerBound)", to: "\(range.upperBound)")
  }

  var json: JSONValue {
    switch self {
    case .null: return ["type": "null"]
    case .number(let range):
      return [
        "type": "number", "minimum": .literal("\(range.lowerBound)"),
        "maximum": .literal("\(range.upperBound)"),
      ]
    case .wholeNumber(let lower, let upper):
      return ["type": "integer", "minimum": .literal(lower), "maximum": .literal(upper)]
    case .choice(let names): return ["enum": .list(names.map { .text($0) })]
    case .text(let pattern):
      return .object([("type", "string")] + (pattern.map { [("pattern", .text($0))] } ?? []))
    case .scalar(let limit, let pattern):
      return .object(
        [
          ("type", ["string", "number", "boolean"]), ("minLength", .literal("1")),
          ("maxLength", .literal("\(limit)")),
        ] + (pattern.map { [("pattern", .text($0))] } ?? []))
    case .list(let element, let count):
      return [
        "type": "array", "items": element.json, "minItems": .literal("\(count.lowerBound)"),
        "maxItems": .literal("\(count.upperBound)"),
      ]
    case .object(let keys, let matching, let others):
      var members: [(String, JSONValue)] = [("type", "object")]
      if !keys.isEmpty {
        members.append(("properties", .object(keys.map { ($0.name, $0.value.json) })))
      }
      if let matching {
        members.append(("patternProperties", .object([(matching.pattern, matching.value.json)])))
      }
      members.append(("additionalProperties", others?.json ?? .literal("false")))
      return .object(members)
    case .anyOf: return ["anyOf": .list(alternatives.map(\.json))]
    }
  }

  /// The alternatives, with nested ones flattened.
  private var alternatives: [SettingSchema] {
    guard case .anyOf(let schemas) = self else { return [self] }
    return schemas.flatMap(\.alternatives)
  }
}
