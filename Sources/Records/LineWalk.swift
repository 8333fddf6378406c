/// Reads the lines of a sample one by one, as a parser does, and returns the result of each.
struct LineWalk {
  private let sample: [UInt8]
  private let outline: FileOutline?
  private let settings: ParserSettings
  private let now: Int64
  private var context: StampContext?
  private var position = 0

  struct Line {
    /// The line as it was read: without decoration if it could not be read with it.
    var text: [UInt8]
    /// In seconds since the epoch; nil if it is no record.
    var time: Int64?
  }

  init(_ sample: RawSpan, of outline: FileOutline?, now: Int64, _ settings: ParserSettings) {
    self.sample = sample.bytes(0..<sample.byteCount)
    self.outline = outline
    self.settings = settings
    self.now = now
  }

  /// - Returns: Nil after the last line.
  mutating func next(_ reader: inout any LineReader, _ fields: inout FieldTable) -> Line? {
    var context = context ?? firstContext(&reader, &fields)
    defer { self.context = context }
    guard position < sample.count else { return nil }
    let end = sample[position...].firstIndex(of: ASCII.newline) ?? sample.count
    var text = Array(sample[position..<end])
    position = end + 1
    if text.last == ASCII.carriageReturn { text.removeLast() }
    guard text.count <= settings.maxLineBytes else { return Line(text: []) }
    var outcome = read(text, &reader, context, &fields)
    if case .rejected = outcome, let plain = LineDecoration.removed(from: text.span.bytes) {
      text = plain
      outcome = read(text, &reader, context, &fields)
    }
    guard case .record(let time) = outcome, time >= 0,
      time - Int64(settings.maxAheadSeconds) <= now
    else { return Line(text: text) }
    context.previous = time
    return Line(text: text, time: time)
  }

  private func read(
    _ text: [UInt8], _ reader: inout any LineReader, _ context: StampContext,
    _ fields: inout FieldTable
  ) -> LineOutcome {
    fields.clear()
    return reader.read(text.span.bytes, context, fields: &fields)
  }

  private func firstContext(
    _ reader: inout any LineReader, _ fields: inout FieldTable
  ) -> StampContext {
    let start = outline.flatMap {
      settings.infersYear ? reader.timeOfFirstLine($0, fields: &fields) : nil
    }
    return StampContext(
      latest: start == nil ? min(now, outline?.lastWritten ?? now) : now, previous: start)
  }
}
