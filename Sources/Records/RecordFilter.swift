/// The `include` and `exclude` conditions of a source.
struct RecordFilter: Sendable {
  enum Verdict {
    case counted
    case filtered
    case missingField
  }

  private struct Condition: Sendable {
    var field: FieldReference
    var patterns: [WildcardPattern]
  }

  private let include: [Condition]
  private let exclude: [Condition]

  var isEmpty: Bool { include.isEmpty && exclude.isEmpty }

  init(_ settings: ParserSettings, fields: inout FieldIndex) {
    include = settings.include.enumerated().map { index, condition in
      Condition(
        field: fields.reference(to: condition.field, from: .include(index)),
        patterns: condition.patterns.map { WildcardPattern($0) })
    }
    exclude = settings.exclude.enumerated().map { index, condition in
      Condition(
        field: fields.reference(to: condition.field, from: .exclude(index)),
        patterns: condition.patterns.map { WildcardPattern($0) })
    }
  }

  /// A missing field does not meet a condition of `exclude`; for `include` it is an error.
  func verdict(on fields: FieldTable, of line: RawSpan) -> Verdict {
    for condition in include {
      switch Self.isMet(condition, by: fields, of: line) {
      case nil: return .missingField
      case false?: return .filtered
      case true?: break
      }
    }
    for condition in exclude where Self.isMet(condition, by: fields, of: line) == true {
      return .filtered
    }
    return .counted
  }

  @inline(__always)
  private static func isMet(
    _ condition: Condition, by fields: FieldTable, of line: RawSpan
  ) -> Bool? {
    fields.withField(condition.field, of: line) { value in
      for pattern in condition.patterns where pattern.matches(value) { return true }
      return false
    }
  }
}
