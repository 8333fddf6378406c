extension Int {
  /// The nearest whole number to one that may come from outside: 0 for what is no number, and the ends of the range
  /// for what lies beyond them.
  @inlinable package init(nearest value: Double) {
    let rounded = value.rounded()
    if rounded.isNaN {
      self = 0
    } else {
      self = Int(exactly: rounded) ?? (rounded < 0 ? .min : .max)
    }
  }
}
