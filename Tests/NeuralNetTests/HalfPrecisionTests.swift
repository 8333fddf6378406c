import NeuralNet
import Testing

/// All that half precision can say, subnormal, infinite and no number included, in parts of every length.
@Test(arguments: InstructionSet.available)
func wideningIsExact(set: InstructionSet) {
  let halves = (0...UInt16.max).map { Float16(bitPattern: $0) }
  var start = 0
  var length = 0
  while start < halves.count {
    let range = start..<min(start + length, halves.count)
    var wide = [Float](repeating: -1, count: range.count + 2)
    var span = wide.mutableSpan
    widen(halves, range, into: &span, at: 1, on: set)
    #expect(wide.first == -1 && wide.last == -1)
    for (one, half) in zip(wide.dropFirst(), halves[range]) {
      let expected = Float(half)
      #expect(one.bitPattern == expected.bitPattern || (one.isNaN && expected.isNaN))
    }
    start = range.upperBound
    length = length % 70 + 1
  }
}

/// Rows of any width, in any order, also twice; what lies beside them in the target stays.
@Test(arguments: InstructionSet.available, [1, 15, 16, 46, 70])
func rowsAreWidenedInTheirOrder(set: InstructionSet, width: Int) {
  let halves = (0..<40 * width).map { Float16(bitPattern: UInt16($0 % 31_744)) }
  var generator = Xoshiro(seed: 1)
  let order = generator.shuffledIndices(count: 40) + [7, 7, 0, 39]
  let stride = width + 3
  for count in [0, 1, 5, order.count] {
    var wide = [Float](repeating: -1, count: order.count * stride)
    var span = wide.mutableSpan
    widenRows(
      halves, width: width, order: Array(order[..<count]), into: &span, column: 2, stride: stride,
      on: set)
    for (place, value) in wide.enumerated() {
      let (row, column) = (place / stride, place % stride - 2)
      let isOfRow = row < count && (0..<width).contains(column)
      #expect(value == (isOfRow ? Float(halves[Int(order[row]) * width + column]) : -1))
    }
  }
}
