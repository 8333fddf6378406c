import Records

/// One component of a glob: `*` matches any characters, `?` one character, `[a-z]` and `[!a-z]` one of a set.
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

  /// As in the shell, only a dot matches a leading dot.
  func matches(_ name: String) -> Bool {
    if name.utf8.first == UInt8(ascii: "."), text.utf8.first != UInt8(ascii: ".") { return false }
    return pattern.matches(name)
  }
}
