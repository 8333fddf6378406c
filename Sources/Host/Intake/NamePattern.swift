/// One component of a path pattern: `*` any run, `?` any one character, `[a-z]` and `[!a-z]` a set.
struct NamePattern {
  let text: [UInt8]
  let isLiteral: Bool

  init(_ text: some StringProtocol) {
    self.text = Array(text.utf8)
    isLiteral = !self.text.contains {
      $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[")
    }
  }

  /// A leading dot is only matched by a dot, as in the shell.
  func matches(_ name: String) -> Bool {
    let name = Array(name.utf8)
    if isLiteral { return name == text }
    if name.first == UInt8(ascii: "."), text.first != UInt8(ascii: ".") { return false }
    var at = 0
    var inName = 0
    var star: (pattern: Int, name: Int)?
    while inName < name.count {
      if at < text.count, text[at] == UInt8(ascii: "*") {
        star = (at, inName)
        at += 1
      } else if let next = matchOne(name[inName], at: at) {
        at = next
        inName += 1
      } else if let (pattern, start) = star {
        star = (pattern, start + 1)
        at = pattern + 1
        inName = start + 1
      } else {
        return false
      }
    }
    return text[at...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// - Returns: Where the pattern goes on after matching `byte` at `at`; nil if it does not match.
  private func matchOne(_ byte: UInt8, at: Int) -> Int? {
    guard at < text.count else { return nil }
    switch text[at] {
    case UInt8(ascii: "?"): return at + 1
    case UInt8(ascii: "["):
      var next = at + 1
      let isNegated = next < text.count && text[next] == UInt8(ascii: "!")
      if isNegated { next += 1 }
      let first = next
      var isMember = false
      while next < text.count, text[next] != UInt8(ascii: "]") || next == first {
        if next + 2 < text.count, text[next + 1] == UInt8(ascii: "-"),
          text[next + 2] != UInt8(ascii: "]")
        {
          isMember = isMember || (text[next] <= byte && byte <= text[next + 2])
          next += 3
        } else {
          isMember = isMember || text[next] == byte
          next += 1
        }
      }
      // Without its end a bracket stands for itself.
      guard next < text.count else { return byte == text[at] ? at + 1 : nil }
      return isMember != isNegated ? next + 1 : nil
    default: return byte == text[at] ? at + 1 : nil
    }
  }
}
