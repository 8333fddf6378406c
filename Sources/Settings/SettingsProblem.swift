internal import Records

/// A problem with the settings, as one sentence with its position.
package struct SettingsProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// Line and column, both from 1, as in editors; columns count Unicode scalars.
  package struct Place: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package static func < (one: Place, other: Place) -> Bool {
      (one.line, one.column) < (other.line, other.column)
    }
  }

  package let file: String
  /// Nil if the problem concerns the whole file.
  package let place: Place?
  /// The key's path, such as `alert.threshold`; nil if the problem concerns no key.
  package let key: String?
  package let found: String
  package let expected: String

  package var description: String {
    var sentence = String(escapedForDisplay: file, limit: 512)
    if let place { sentence += ":\(place.line):\(place.column)" }
    if let key { sentence += ": \(String(escapedForDisplay: key, limit: 200))" }
    return sentence + ": found \(found), expected \(expected)"
  }
}

/// All problems of settings that cannot be used.
package struct BadSettings: Error, Sendable, CustomStringConvertible {
  /// In the order of the file; never empty.
  package let problems: [SettingsProblem]

  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
