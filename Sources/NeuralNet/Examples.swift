/// A batch of examples in memory that outlives the step.
struct Examples {
  /// `[..., inputCount]`, row after row.
  let rows: UnsafePointer<Float>
  let labels: UnsafePointer<Float>
  /// nil for 1 each.
  let weights: UnsafePointer<Float>?
  /// `[count]` indices into the three above; nil for 0, 1, 2, ...
  let order: UnsafePointer<Int32>?
  let count: Int
  /// How many more the order names behind these; their rows are fetched ahead.
  let upcomingCount: Int

  func index(_ position: Int) -> Int { order.map { Int($0[position]) } ?? position }
}

/// Calls `body` with the first `count` examples of arrays, or of an order of them.
func withExamples(
  rows: [Float], labels: [Float], weights: [Float]?, order: ArraySlice<Int32>?, count: Int,
  _ body: (Examples) -> Void
) {
  rows.withUnsafeBufferPointer { rows in
    labels.withUnsafeBufferPointer { labels in
      withOptionalPointer(to: weights?[...]) { weights in
        withOptionalPointer(to: order) { pointer in
          body(
            Examples(
              rows: rows.baseAddress!, labels: labels.baseAddress!, weights: weights,
              order: pointer, count: count, upcomingCount: (order?.count ?? count) - count))
        }
      }
    }
  }
}

private func withOptionalPointer<Element>(
  to values: ArraySlice<Element>?, _ body: (UnsafePointer<Element>?) -> Void
) {
  guard let values else { return body(nil) }
  values.withUnsafeBufferPointer { body($0.baseAddress) }
}
