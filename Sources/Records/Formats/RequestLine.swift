/// The parts of `GET /path?query HTTP/1.1`.
struct RequestLine {
  var method: Range<Int>
  /// Nil if the request has fewer than two words.
  var path: Range<Int>?
  var query: Range<Int>
  var protocolName: Range<Int>

  init(of line: RawSpan, in request: Range<Int>) {
    let end = request.upperBound
    method = Self.word(of: line, from: request.lowerBound, to: end)
    let target = Self.word(of: line, from: method.upperBound, to: end)
    protocolName = Self.word(of: line, from: target.upperBound, to: end)
    guard !target.isEmpty else {
      path = nil
      query = target
      return
    }
    let mark = line.firstIndex(of: ASCII.question, in: target) ?? target.upperBound
    path = target.lowerBound..<mark
    query = min(mark + 1, target.upperBound)..<target.upperBound
  }

  @inline(__always)
  private static func word(of line: RawSpan, from start: Int, to end: Int) -> Range<Int> {
    var first = start
    while first < end, line[first] == ASCII.space { first += 1 }
    return first..<max(first, min(line.wordEnd(from: first), end))
  }
}

extension FieldTable {
  /// Sets the path field. A request without a path gets the path `-`, so that it is counted under some key.
  mutating func setPath(_ slot: Int, to request: RequestLine) {
    if let path = request.path {
      set(slot, to: path)
    } else {
      set(slot) { $0.append(ASCII.minus) }
    }
  }
}
