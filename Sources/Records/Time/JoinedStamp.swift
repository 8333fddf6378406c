/// A stamp joined from several fields, such as a date and a time of day, with a space between them, as layouts expect.
struct JoinedStamp {
  private(set) var bytes: [UInt8] = []

  private var hasParts = false

  mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    hasParts = false
  }

  mutating func add(_ range: Range<Int>, of line: RawSpan) {
    if hasParts { bytes.append(ASCII.space) }
    hasParts = true
    line.append(range, to: &bytes)
  }
}

extension TimeReader {
  func instant(of stamp: JoinedStamp, _ context: StampContext) -> Int64? {
    instant(of: stamp.bytes.span.bytes, context)
  }
}
