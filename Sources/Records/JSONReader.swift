/// Reads one JSON object a line.
///
/// A field is named by its path, `request.headers.User-Agent.0`; a member whose own name has dots is found
/// as well. A wanted array stands for its first element. Of members of the same name the last one holds.
struct JSONReader: LineReader {
  /// What is wanted below one object or array.
  private struct Node {
    var slot: Int?
    var children: [(name: [UInt8], node: Int)] = []
  }

  private var nodes = [Node()]
  private let time: TimeReader
  private let timeFields: [FieldReference]

  /// Deeper nesting makes a line malformed.
  static let maxDepth = 64
  /// Looked for in this order when the settings name no time field.
  static let usualTimeFields = ["time", "timestamp", "ts", "@timestamp", "StartUTC", "datetime"]

  init(timeField: String?, time: TimeReader, fields: inout FieldIndex) {
    self.time = time
    timeFields = (timeField.map { [$0] } ?? Self.usualTimeFields).map {
      fields.reference(to: $0, from: .timeField)
    }
    for (slot, wanted) in fields.wanted.enumerated() {
      let path = wanted.name.split(separator: ".", omittingEmptySubsequences: false)
      want(path.map { Array($0.utf8) }, from: 0, below: 0, slot: slot)
    }
  }

  /// Every way to read the dots: as nesting or as part of a name.
  private mutating func want(_ path: [[UInt8]], from start: Int, below node: Int, slot: Int) {
    for end in start + 1...path.count {
      let name = Array(path[start..<end].joined(separator: [ASCII.dot]))
      let child = child(named: name, of: node)
      if end == path.count {
        nodes[child].slot = slot
      } else if path.count <= Self.maxDottedNames {
        want(path, from: end, below: child, slot: slot)
      }
    }
  }

  /// The ways double with every dot.
  private static let maxDottedNames = 8

  private mutating func child(named name: [UInt8], of node: Int) -> Int {
    if let known = nodes[node].children.first(where: { $0.name == name }) { return known.node }
    nodes.append(Node())
    nodes[node].children.append((name, nodes.count - 1))
    return nodes.count - 1
  }

  mutating func read(_ line: RawSpan, now: Int64, fields: inout FieldTable) -> LineOutcome {
    var cursor = JSONCursor()
    cursor.skipBlanks(line)
    guard cursor.position < line.byteCount, line[cursor.position] == ASCII.openBrace,
      readValue(line, &cursor, node: 0, depth: 0, fields: &fields)
    else { return .rejected(.malformed) }
    cursor.skipBlanks(line)
    guard cursor.position == line.byteCount else { return .rejected(.malformed) }
    for field in timeFields {
      let read = fields.withField(field, of: line) { time.instant(of: $0, now: now) }
      guard let read else { continue }
      return read.map(LineOutcome.record) ?? .rejected(.invalidTime)
    }
    return .rejected(.malformed)
  }

  /// - Parameter node: What is wanted of the value; nil if nothing.
  private func readValue(
    _ line: RawSpan, _ cursor: inout JSONCursor, node: Int?, depth: Int, fields: inout FieldTable
  ) -> Bool {
    guard cursor.position < line.byteCount, depth < Self.maxDepth else { return false }
    switch line[cursor.position] {
    case ASCII.openBrace:
      return readObject(line, &cursor, node: node, depth: depth, fields: &fields)
    case ASCII.openBracket:
      return readArray(line, &cursor, node: node, depth: depth, fields: &fields)
    case ASCII.quote:
      guard let text = cursor.string(line) else { return false }
      if let node, let slot = nodes[node].slot { Self.set(slot, to: text, of: line, &fields) }
      return true
    default:
      guard let word = cursor.word(line) else { return false }
      if let node, let slot = nodes[node].slot {
        let isNull = line[word.lowerBound] == UInt8(ascii: "n")
        if isNull { fields.remove(slot) } else { fields.set(slot, to: word) }
      }
      return true
    }
  }

  private func readObject(
    _ line: RawSpan, _ cursor: inout JSONCursor, node: Int?, depth: Int, fields: inout FieldTable
  ) -> Bool {
    cursor.position += 1
    cursor.skipBlanks(line)
    if cursor.take(ASCII.closeBrace, line) { return true }
    repeat {
      cursor.skipBlanks(line)
      guard let name = cursor.string(line) else { return false }
      cursor.skipBlanks(line)
      guard cursor.take(ASCII.colon, line) else { return false }
      cursor.skipBlanks(line)
      let child = node.flatMap { member(name, of: $0, line) }
      guard readValue(line, &cursor, node: child, depth: depth + 1, fields: &fields) else {
        return false
      }
      cursor.skipBlanks(line)
    } while cursor.take(ASCII.comma, line)
    return cursor.take(ASCII.closeBrace, line)
  }

  private func readArray(
    _ line: RawSpan, _ cursor: inout JSONCursor, node: Int?, depth: Int, fields: inout FieldTable
  ) -> Bool {
    cursor.position += 1
    cursor.skipBlanks(line)
    if cursor.take(ASCII.closeBracket, line) { return true }
    var index = 0
    repeat {
      cursor.skipBlanks(line)
      let child = node.flatMap { element(index, of: $0) }
      guard readValue(line, &cursor, node: child, depth: depth + 1, fields: &fields) else {
        return false
      }
      index += 1
      cursor.skipBlanks(line)
    } while cursor.take(ASCII.comma, line)
    return cursor.take(ASCII.closeBracket, line)
  }

  @inline(__always)
  private func member(_ name: JSONCursor.Text, of node: Int, _ line: RawSpan) -> Int? {
    guard name.isEscaped else {
      for child in nodes[node].children where line.range(name.range, equals: child.name) {
        return child.node
      }
      return nil
    }
    var decoded: [UInt8] = []
    JSONCursor.decode(name.range, of: line, into: &decoded)
    return nodes[node].children.first { $0.name == decoded }?.node
  }

  private func element(_ index: Int, of node: Int) -> Int? {
    let children = nodes[node].children
    if !children.isEmpty, let child = children.first(where: { $0.name == Array("\(index)".utf8) }) {
      return child.node
    }
    return index == 0 && nodes[node].slot != nil ? node : nil
  }

  private static func set(
    _ slot: Int, to text: JSONCursor.Text, of line: RawSpan, _ fields: inout FieldTable
  ) {
    if text.isEscaped {
      fields.set(slot) { JSONCursor.decode(text.range, of: line, into: &$0) }
    } else {
      fields.set(slot, to: text.range)
    }
  }
}
