internal import CNeuralKernels

/// Puts numbers that are kept in half precision among single ones, from `place` on.
///
/// The vectors' way: conversions by the standard library, one by one, took a fifth of training's time.
package func widen(
  _ halves: [Float16], _ range: Range<Int>, into target: inout MutableSpan<Float>, at place: Int,
  on instructionSet: InstructionSet = .current
) {
  precondition(range.lowerBound >= 0 && range.upperBound <= halves.count, "a part of the halves")
  precondition(place >= 0 && place + range.count <= target.count, "room for them")
  guard !range.isEmpty else { return }
  halves.withUnsafeBytes { halves in
    target.withUnsafeMutableBufferPointer { target in
      instructionSet.kernels.widen(
        (halves.baseAddress! + 2 * range.lowerBound).assumingMemoryBound(to: UInt16.self),
        range.count, target.baseAddress! + place)
    }
  }
}

/// The same for rows of a matrix, `width` numbers each: those of `order`, to columns of the target from `column` on.
///
/// - Parameter stride: Between the beginnings of two rows of the target.
package func widenRows(
  _ halves: [Float16], width: Int, order: [Int32], into target: inout MutableSpan<Float>,
  column: Int, stride: Int, on instructionSet: InstructionSet = .current
) {
  guard width > 0, let last = order.indices.last else { return }
  let rowCount = halves.count / width
  precondition(order.allSatisfy { (0..<rowCount).contains(Int($0)) }, "the order names rows")
  precondition(
    column >= 0 && column + width <= stride && last * stride + column + width <= target.count,
    "room for them")
  halves.withUnsafeBytes { halves in
    order.withUnsafeBufferPointer { order in
      target.withUnsafeMutableBufferPointer { target in
        instructionSet.kernels.widen_rows(
          halves.baseAddress!.assumingMemoryBound(to: UInt16.self), width, order.baseAddress!,
          order.count, target.baseAddress! + column, stride)
      }
    }
  }
}
