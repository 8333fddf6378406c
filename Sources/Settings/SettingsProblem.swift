internal import Records

/// What is wrong with the settings, in one sentence, and where it stands.
package struct SettingsProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// Both from 1, as editors count; columns in Unicode scalars.
  package struct Place: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package static func < (one: Place, other: Place) -> Bool {
      (one.line, one.column) < (other.line, other.column)
    }
  }

  package let file: String
  /// Nil where the file as a whole is meant.
  package let place: Place?
  /// The key's path, such as `alert.threshold`; nil where no key is meant.
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

/// The settings cannot be used: everything that is wrong with them.
package struct BadSettings: Error, Sendable, CustomStringConvertible {
  /// In the order of the file; never empty.
  package let problems: [SettingsProblem]

  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
