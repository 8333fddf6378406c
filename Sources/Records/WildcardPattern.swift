/// A pattern in which `*` stands for any run of bytes and `?` for one character; all else for itself.
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

  package init(_ pattern: String) {
    let bytes = Array(pattern.utf8)
    let inner = bytes.drop { $0 == Self.star }
    let core = inner.prefix(inner.count - inner.reversed().prefix { $0 == Self.star }.count)
    let startsOpen = bytes.first == Self.star
    let endsOpen = bytes.last == Self.star
    if core.contains(Self.star) || core.contains(ASCII.question) {
      shape = .general
      text = bytes
    } else {
      shape =
        startsOpen ? (endsOpen ? .contains : .suffix) : (endsOpen ? .prefix : .exact)
      text = Array(core)
    }
  }

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

  /// Remembers only the last `*`: a run it takes can only grow, so no line costs more than its length
  /// times the pattern's.
  private func matchesGenerally(_ value: RawSpan) -> Bool {
    var position = 0
    var index = 0
    var afterStar: (index: Int, position: Int)?
    while position < value.byteCount {
      if index < text.count, text[index] == Self.star {
        index += 1
        afterStar = (index, position)
      } else if index < text.count, text[index] == ASCII.question {
        index += 1
        position = Self.afterCharacter(at: position, of: value)
      } else if index < text.count, text[index] == value[position] {
        index += 1
        position += 1
      } else if let star = afterStar {
        afterStar = (star.index, star.position + 1)
        (index, position) = (star.index, star.position + 1)
      } else {
        return false
      }
    }
    return text[index...].allSatisfy { $0 == Self.star }
  }

  /// A byte that is no UTF-8 counts as a character of its own.
  private static func afterCharacter(at position: Int, of value: RawSpan) -> Int {
    var next = position + 1
    guard value[position] >= 0xc0 else { return next }
    while next < value.byteCount, next - position < 4, value[next] & 0xc0 == 0x80 { next += 1 }
    return next
  }

  private static let star: UInt8 = 0x2a
}
