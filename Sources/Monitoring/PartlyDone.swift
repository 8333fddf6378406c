import Records

/// What one event leaves for the next.
extension Monitor {
  /// A batch of lines that is not counted completely, because hours must be closed first.
  struct PartlyRead: Sendable {
    var source: Int
    var segments: ArraySlice<RecordBatch.Segment>
    var hasLines: Bool
    var positions: PositionChanges
  }

  /// The streams for which the open hour is not closed yet, and by source the surprise of the others' idleness, in
  /// bits.
  struct PartlyClosed: Sendable {
    var names: ArraySlice<String>
    var surprise: [Double]
  }
}
