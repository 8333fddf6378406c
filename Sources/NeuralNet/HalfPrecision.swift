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
