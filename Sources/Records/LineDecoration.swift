/// Bytes to ignore in lines: a byte order mark at the beginning of a file, and colour escape sequences.
enum LineDecoration {
  private static let escape: UInt8 = 0x1b
  static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// - Returns: The line without decoration; nil if it has none.
  static func removed(from line: RawSpan) -> [UInt8]? {
    let mark = byteOrderMark.count
    let hasMark = line.byteCount >= mark && line.range(0..<mark, equals: byteOrderMark)
    guard hasMark || line.firstIndex(of: escape, from: 0) != nil else { return nil }
    var plain: [UInt8] = []
    var position = hasMark ? mark : 0
    while let start = line.firstIndex(of: escape, from: position) {
      line.append(position..<start, to: &plain)
      position = sequenceEnd(in: line, from: start)
    }
    line.append(position..<line.byteCount, to: &plain)
    return plain
  }

  /// The end of `ESC [`, parameters and a letter; of an incomplete sequence, the end of the `ESC`.
  /// - Source: ECMA-48, section 5.4.
  private static func sequenceEnd(in line: RawSpan, from start: Int) -> Int {
    var position = start + 1
    guard position < line.byteCount, line[position] == ASCII.openBracket else { return position }
    position += 1
    while position < line.byteCount, (0x20...0x3f).contains(line[position]) { position += 1 }
    let isWhole = position < line.byteCount && (0x40...0x7e).contains(line[position])
    return isWhole ? position + 1 : start + 1
  }
}
