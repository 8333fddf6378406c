import Arithmetic

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension RandomNumberGenerator {
  /// Standard normal, by Box and Muller from two uniforms.
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// 0 ..< count in random order.
  ///
  /// Inlined where the generator is known: otherwise each draw is a call through a table.
  @inlinable
  package mutating func shuffledIndices(count: Int) -> [Int32] {
    var indices = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer.initializeElement(at: index, to: Int32(index)) }
      initialized = count
    }
    var span = indices.mutableSpan
    for index in 0..<max(0, count - 1) {
      span.swapAt(index, index + Int.random(in: 0..<count - index, using: &self))
    }
    return indices
  }
}
