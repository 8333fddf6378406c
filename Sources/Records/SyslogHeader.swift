/// Finds the syslog header before a program's message, so that it can be removed.
///
/// - Source: RFC 3164, section 4, and how nginx and the C library write it; RFC 5424, section 6.
package enum SyslogHeader {
  /// - Returns: The offset of the message; 0 if there is no header, which starts with a priority such as `<190>`.
  package static func end(in datagram: RawSpan) -> Int {
    guard let start = priorityEnd(in: datagram) else { return 0 }
    return structuredEnd(in: datagram, from: start) ?? traditionalEnd(in: datagram, from: start)
  }

  /// The end of a priority such as `<190>`; nil if there is none.
  static func priorityEnd(in line: RawSpan) -> Int? {
    var cursor = StampCursor(position: 0)
    guard cursor.take(UInt8(ascii: "<"), from: line),
      cursor.number(digits: 1...3, from: line) != nil, cursor.take(UInt8(ascii: ">"), from: line)
    else { return nil }
    return cursor.position
  }

  /// The end of the header of `1 2026-01-31T23:59:59Z host program 1234 ID - message`; nil for another form.
  private static func structuredEnd(in datagram: RawSpan, from start: Int) -> Int? {
    var cursor = StampCursor(position: start)
    guard cursor.take(UInt8(ascii: "1"), from: datagram), cursor.take(ASCII.space, from: datagram)
    else { return nil }
    for _ in ["time", "host", "program", "process", "message ID"] {
      let end = datagram.wordEnd(from: cursor.position)
      guard end > cursor.position, end < datagram.byteCount else { return nil }
      cursor.position = end + 1
    }
    if !cursor.take(ASCII.minus, from: datagram) {
      guard skipElements(in: datagram, &cursor) else { return nil }
    }
    guard cursor.position < datagram.byteCount else { return datagram.byteCount }
    guard cursor.take(ASCII.space, from: datagram) else { return nil }
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let end = cursor.position + mark.count
    return end <= datagram.byteCount && datagram.range(cursor.position..<end, equals: mark)
      ? end : cursor.position
  }

  /// Skips one or more elements such as `[id name="value \] \" \\"]`.
  private static func skipElements(in datagram: RawSpan, _ cursor: inout StampCursor) -> Bool {
    var count = 0
    while cursor.take(ASCII.openBracket, from: datagram) {
      var isQuoted = false
      while cursor.position < datagram.byteCount {
        let byte = datagram[cursor.position]
        if byte == ASCII.closeBracket, !isQuoted { break }
        if byte == ASCII.quote { isQuoted.toggle() }
        cursor.position += isQuoted && byte == ASCII.backslash ? 2 : 1
      }
      guard cursor.take(ASCII.closeBracket, from: datagram) else { return false }
      count += 1
    }
    return count > 0
  }

  /// The end of the header of `Jan 31 23:59:59 host program[1234]: message`. The C library omits the host, and nginx
  /// may.
  private static func traditionalEnd(in datagram: RawSpan, from start: Int) -> Int {
    guard var position = stampEnd(in: datagram, from: start) else { return start }
    var message = position
    for word in 0..<2 {
      let end = datagram.wordEnd(from: position)
      guard end > position, end < datagram.byteCount || datagram[end - 1] == ASCII.colon else {
        break
      }
      position = min(end + 1, datagram.byteCount)
      if datagram[end - 1] == ASCII.colon { return position }
      // A header without a tag may have a host.
      if word == 0 { message = position }
    }
    return message
  }

  private static func stampEnd(in datagram: RawSpan, from start: Int) -> Int? {
    var cursor = StampCursor(position: start)
    if start < datagram.byteCount, datagram[start].isDigit {
      // Some programs write an RFC 3339 time.
      let end = datagram.wordEnd(from: start)
      let stamp = datagram.extracting(start..<end)
      return TimeReader.iso8601(stamp, zone: .utc, StampContext(latest: 0)) == nil
        ? nil : min(end + 1, datagram.byteCount)
    }
    var parts = StampParts()
    for step in stamp {
      guard cursor.take(step, from: datagram, into: &parts) else { return nil }
    }
    return cursor.take(ASCII.space, from: datagram) ? cursor.position : nil
  }

  private static let stamp: [TimeLayout.Step] = [
    .monthName, .blanks, .day, .blanks, .hour, .literal(ASCII.colon), .minute,
    .literal(ASCII.colon), .second,
  ]
}
