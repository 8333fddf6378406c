/// A stamp whose parts stand in several fields, such as the day in one and the time of day in the next: with a space
/// between them, as layouts expect it.
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
