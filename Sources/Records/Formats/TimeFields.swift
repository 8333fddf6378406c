/// Finds the time among the fields of a line, for formats with named fields.
struct TimeFields {
  private let time: TimeReader
  /// The candidates; the first that contains a valid time is used.
  private let fields: [FieldReference]
  /// Used if no candidate contains a time: the date in one field and the time of day in another.
  private let parts: (date: FieldReference, timeOfDay: FieldReference)?

  /// - Parameters:
  ///   - names: Common names of the time field.
  ///   - named: The name in the settings, instead of those; nil if not set.
  init(
    usual names: [String], named: String?, time: TimeReader, index: inout FieldIndex
  ) {
    self.time = time
    fields = (named.map { [$0] } ?? names).map { index.reference(to: $0, from: .timeField) }
    parts =
      named == nil
      ? (
        index.reference(to: "date", from: .timeField), index.reference(to: "time", from: .timeField)
      )
      : nil
  }

  /// - Parameter missing: Why a line without any of the fields is rejected.
  func outcome(
    of line: RawSpan, _ table: borrowing FieldTable, _ context: StampContext,
    missing: RejectionReason
  ) -> LineOutcome {
    var isThere = false
    for field in fields {
      let read = table.withField(field, of: line) { time.instant(of: $0, context) }
      isThere = isThere || read != nil
      if case .some(.some(let instant)) = read { return .record(instant) }
    }
    if let instant = joinedInstant(line, table, context) { return .record(instant) }
    return .rejected(isThere ? .invalidTime : missing)
  }

  private func joinedInstant(
    _ line: RawSpan, _ table: borrowing FieldTable, _ context: StampContext
  ) -> Int64? {
    guard let parts else { return nil }
    var stamp = JoinedStamp()
    for part in [parts.date, parts.timeOfDay] {
      let isThere: Void? = table.withField(part, of: line) {
        stamp.add(0..<$0.byteCount, of: $0)
      }
      guard isThere != nil else { return nil }
    }
    return time.instant(of: stamp, context)
  }
}
