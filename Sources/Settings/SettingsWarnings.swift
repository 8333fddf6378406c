internal import Forecasting
internal import Host
internal import Records

/// A probable mistake in settings that are formally valid.
package struct SettingsWarning: Equatable, Sendable {
  package let problem: SettingsProblem
  /// Whether something exists that this user cannot read, which does not resolve by waiting.
  package let isObstacle: Bool
}

extension ServiceSettings {
  /// Warns of logs that do not exist or that this user may not read, and of patterns that look like regular
  /// expressions.
  ///
  /// - Parameters:
  ///   - file: The path of the settings file.
  ///   - places: The positions of the values in it.
  /// - Returns: The warnings, one sentence each.
  package func warnings(
    file: String, places: [String: SettingsProblem.Place]
  ) -> [SettingsWarning] {
    var warnings: [SettingsWarning] = []
    func warn(_ path: String, found: String, expected: String, isObstacle: Bool = false) {
      let problem = SettingsProblem(
        file: file, place: places.nearest(to: path), key: path, found: found, expected: expected)
      warnings.append(SettingsWarning(problem: problem, isObstacle: isObstacle))
    }
    for (sourceIndex, source) in sources.enumerated() {
      let section = "sources[\(sourceIndex)]"
      if let (key, problem) = source.obstacle {
        warn(
          "\(section).\(key)", found: String(escapedForDisplay: problem.sentence, limit: 400),
          expected: "that this user can open it", isObstacle: true)
        continue
      }
      for (index, pattern) in source.files.enumerated() {
        guard let obstacle = Self.obstacle(to: pattern) else { continue }
        let list = "\(section).files"
        let key = places["\(list)[\(index)]"] == nil ? list : "\(list)[\(index)]"
        warn(key, found: obstacle.found, expected: obstacle.expected, isObstacle: obstacle.isThere)
      }
      for (name, conditions) in [("include", source.include), ("exclude", source.exclude)] {
        for condition in conditions {
          for pattern in condition.patterns where Self.looksLikeExpression(pattern) {
            warn(
              "\(section).\(name).\(condition.field)", found: Self.quoted(pattern),
              expected: Self.wildcardsOnly)
          }
        }
      }
    }
    for (index, override) in alertOverrides.enumerated()
    where Self.looksLikeExpression(override.stream) {
      warn(
        "alert.overrides[\(index)].stream", found: Self.quoted(override.stream),
        expected: Self.wildcardsOnly)
    }
    return warnings
  }

  private static let wildcardsOnly =
    "a pattern, in which only * and ? are special, and not a regular expression"

  private static func quoted(_ text: String) -> String {
    "'\(String(escapedForDisplay: text, limit: 200))'"
  }

  /// Wildcard patterns hardly ever contain any of these.
  private static func looksLikeExpression(_ pattern: String) -> Bool {
    pattern.hasPrefix("^") || pattern.hasSuffix("$")
      || [".*", ".+", "\\.", "\\d", "\\w", "\\s", "(?", "[^", "[0-9]", "[a-z]"].contains(
        where: pattern.contains)
  }

  private static func obstacle(
    to pattern: String
  ) -> (found: String, expected: String, isThere: Bool)? {
    if pattern == "-" { return nil }
    let matches = FileAccess.matches(pattern)
    let obstacle =
      matches.lazy.compactMap(FileAccess.obstacle).first
      ?? (matches.isEmpty ? FileAccess.obstacle(to: pattern) : nil)
    if let obstacle, !obstacle.isMissing {
      let path = quoted(obstacle.path)
      let advice = obstacle.advice.map { " (\($0))" } ?? ""
      return ("\(path), which this user may not read", "permission to read it\(advice)", true)
    }
    return matches.isEmpty ? ("no file \(quoted(pattern)) yet", "it to come", false) : nil
  }
}

extension SourceSettings {
  /// What prevents this user from opening the source; files are checked one by one instead.
  fileprivate var obstacle: (key: String, problem: IntakeProblem)? {
    origins.lazy.compactMap { key, origin in origin?.obstacle.map { (key, $0) } }.first
  }
}
