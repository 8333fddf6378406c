/// What JSON Schema can say of a value, for editors: as much of draft 7 as settings need.
indirect enum SettingSchema {
  case null
  case number(ClosedRange<Double>)
  /// The bounds as they are written, for they may be beyond what a `Double` holds exactly.
  case wholeNumber(from: String, to: String)
  case choice([String])
  /// What every reader of YAML takes for a text.
  case text(pattern: String? = nil)
  /// What we take for a text although a reader of YAML may take it for a number or a truth value, as in
  /// `status: 200`; only texts are held to the pattern.
  case scalar(limit: Int, pattern: String? = nil)
  case list(of: SettingSchema, count: ClosedRange<Int>)
  /// Keys of these names, keys that match a pattern, and others.
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

  /// Without alternatives of alternatives.
  private var alternatives: [SettingSchema] {
    guard case .anyOf(let schemas) = self else { return [self] }
    return schemas.flatMap(\.alternatives)
  }
}
