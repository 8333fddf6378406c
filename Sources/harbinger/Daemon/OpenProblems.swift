/// What is wrong with the daemon just now. Each is reported when it begins and when it ends.
struct OpenProblems {
  enum Kind: Comparable {
    case waiting, state, journal, status, damage, settings
  }

  private var texts: [Kind: String] = [:]

  /// For the status.
  var all: [String] { texts.sorted { $0.key < $1.key }.map(\.value) }

  /// - Returns: Whether it is new, and to be reported.
  mutating func begin(_ kind: Kind, _ text: String) -> Bool {
    texts.updateValue(text, forKey: kind) == nil
  }

  /// - Returns: The problem whose end is to be reported; nil if there was none.
  mutating func end(_ kind: Kind) -> String? { texts.removeValue(forKey: kind) }

  /// Shows it in the status alone; nil: it is over.
  mutating func show(_ kind: Kind, _ text: String?) { texts[kind] = text }
}
