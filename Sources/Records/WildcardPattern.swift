/// A pattern in which `*` matches any bytes and `?` one character; optionally, sets such as `[a-z]` and `[!a-z]` match
/// one byte. Everything else matches itself.
package struct WildcardPattern: Equatable, Sendable {
  private enum Shape: Equatable, Sendable {
    case exact
    case prefix
    case suffix
    case contains
    case general
  }

  private let shape: Shape
  /// The pattern's literal bytes, or all of it if its shape is `general`.
  private let text: [UInt8]
  private let hasSets: Bool

  /// - Parameter hasSets: Whether a bracket starts a set, as in patterns of file names.
  package init(_ pattern: some StringProtocol, hasSets: Bool = false) {
    self.hasSets = hasSets
    let bytes = Array(pattern.utf8)
    let inner = bytes.drop { $0 == Self.star }
    let core = inner.prefix(inner.count - inner.reversed().prefix { $0 == Self.star }.count)
    let startsOpen = bytes.first == Self.star
    let endsOpen = bytes.last == Self.star
    if core.contains(Self.star) || core.contains(ASCII.question)
      || hasSets && core.contains(ASCII.openBracket)
    {
      shape = .general
      text = bytes
    } else {
      shape =
        startsOpen ? (endsOpen ? .contains : .suffix) : (endsOpen ? .prefix : .exact)
      text = Array(core)
    }
  }

  /// Whether it matches the whole text.
  package func matches(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return matches(bytes.span.bytes)
  }

  func matches(_ value: RawSpan) -> Bool {
    let count = value.byteCount
    guard shape == .general || count >= text.count else { return false }
    return switch shape {
    case .exact: value.range(0..<count, equals: text)
    case .prefix: value.range(0..<text.count, equals: text)
    case .suffix: value.range(count - text.count..<count, equals: text)
    case .contains: contains(value)
    case .general: matchesGenerally(value)
    }
  }

  private func contains(_ value: RawSpan) -> Bool {
    guard let first = text.first else { return true }
    var start = 0
    while let found = value.firstIndex(of: first, from: start),
      found + text.count <= value.byteCount
    {
      if value.range(found..<found + text.count, equals: text) { return true }
      start = found + 1
    }
    return false
  }

  /// Backtracks only to the last `*`, so that a match costs at most the length of the text times that of the pattern.
  private func matchesGenerally(_ value: RawSpan) -> Bool {
    var position = 0
    var index = 0
    var afterStar: (index: Int, position: Int)?
    while position < value.byteCount {
      if index < text.count, text[index] == Self.star {
        index += 1
        afterStar = (index, position)
      } else if let next = afterOne(at: index, position, of: value) {
        (index, position) = next
      } else if let star = afterStar {
        afterStar = (star.index, star.position + 1)
        (index, position) = (star.index, star.position + 1)
      } else {
        return false
      }
    }
    return text[index...].allSatisfy { $0 == Self.star }
  }

  /// - Returns: The positions in pattern and value after one matched character; nil if it does not match.
  @inline(__always)
  private func afterOne(at index: Int, _ position: Int, of value: RawSpan)
    -> (index: Int, position: Int)?
  {
    guard index < text.count else { return nil }
    if text[index] == ASCII.question {
      return (index + 1, Self.afterCharacter(at: position, of: value))
    }
    if hasSets, text[index] == ASCII.openBracket {
      switch membership(of: value[position], inSetAt: index) {
      case .member(let end): return (end, position + 1)
      case .notMember: return nil
      case .noSet: break
      }
    }
    return text[index] == value[position] ? (index + 1, position + 1) : nil
  }

  private enum Membership {
    /// With the position in the pattern after the set.
    case member(end: Int)
    case notMember
    /// A bracket without a closing one matches itself.
    case noSet
  }

  private func membership(of byte: UInt8, inSetAt index: Int) -> Membership {
    var next = index + 1
    let isNegated = next < text.count && text[next] == UInt8(ascii: "!")
    if isNegated { next += 1 }
    let first = next
    var isMember = false
    while next < text.count, text[next] != ASCII.closeBracket || next == first {
      if next + 2 < text.count, text[next + 1] == ASCII.minus,
        text[next + 2] != ASCII.closeBracket
      {
        isMember = isMember || (text[next] <= byte && byte <= text[next + 2])
        next += 3
      } else {
        isMember = isMember || text[next] == byte
        next += 1
      }
    }
    guard next < text.count else { return .noSet }
    return isMember != isNegated ? .member(end: next + 1) : .notMember
  }

  /// An invalid byte counts as one character.
  private static func afterCharacter(at position: Int, of value: RawSpan) -> Int {
    var next = position + 1
    guard value[position] >= 0xc0 else { return next }
    while next < value.byteCount, next - position < 4, value[next] & 0xc0 == 0x80 { next += 1 }
    return next
  }

  private static let star: UInt8 = 0x2a
}
