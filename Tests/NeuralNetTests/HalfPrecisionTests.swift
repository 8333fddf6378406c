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
