extension Int {
  /// The nearest integer to any input: 0 for NaN, `Int.min` or `Int.max` for values beyond the range.
  @inlinable package init(nearest value: Double) {
    let rounded = value.rounded()
    if rounded.isNaN {
      self = 0
    } else {
      self = Int(exactly: rounded) ?? (rounded < 0 ? .min : .max)
    }
  }
}
