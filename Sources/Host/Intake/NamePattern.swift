import Records

/// One component of a path pattern: `*` any run, `?` any one character, `[a-z]` and `[!a-z]` a set.
struct NamePattern {
  let text: String
  let isLiteral: Bool
  private let pattern: WildcardPattern

  init(_ text: some StringProtocol) {
    self.text = String(text)
    isLiteral = !text.utf8.contains {
      $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[")
    }
    pattern = WildcardPattern(text, hasSets: true)
  }

  /// A leading dot is only matched by a dot, as in the shell.
  func matches(_ name: String) -> Bool {
    if name.utf8.first == UInt8(ascii: "."), text.utf8.first != UInt8(ascii: ".") { return false }
    return pattern.matches(name)
  }
}
