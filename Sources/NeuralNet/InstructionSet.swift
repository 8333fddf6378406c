internal import CNeuralKernels
internal import Synchronization

/// Which of the processor's vector instructions the network computes with.
///
/// Each gives the same bits every time; between them the last digits differ.
package enum InstructionSet: String, CaseIterable, Sendable {
  /// Vectors of four, on any processor: SSE2 on x86-64, NEON on arm64.
  case portable
  /// Vectors of eight with fused multiply–add.
  case avx2
  /// Vectors of sixteen with fused multiply–add.
  case avx512

  /// What this processor has, slowest first.
  package static var available: [InstructionSet] { allCases.filter { $0.table != nil } }

  /// The fastest this processor has.
  package static let best: InstructionSet = available.last ?? .portable

  /// What is used where nothing else is said: the best, unless `use` chose another.
  package static var current: InstructionSet {
    let chosen = chosenIndex.load(ordering: .relaxed)
    return chosen < 0 ? best : allCases[chosen]
  }

  /// Chooses for the whole process; to be called once, before the first network is made.
  package static func use(_ instructionSet: InstructionSet) {
    precondition(
      instructionSet.table != nil, "this processor has no \(instructionSet.rawValue)")
    let index = allCases.firstIndex(of: instructionSet) ?? 0
    chosenIndex.store(index, ordering: .relaxed)
  }

  private static let chosenIndex = Atomic<Int>(-1)

  private var table: UnsafePointer<neural_kernels>? {
    switch self {
    case .portable: neural_kernels_portable()
    case .avx2: neural_kernels_avx2()
    case .avx512: neural_kernels_avx512()
    }
  }

  var kernels: neural_kernels {
    guard let table else {
      preconditionFailure("this processor has no \(rawValue)")
    }
    return table.pointee
  }
}

/// Runs `body` with denormals flushed to zero on this thread, and puts the mode back after.
///
/// Adam's moments of units that never fire decay into denormals, which cost most of a training's
/// time. Inference runs in the same mode, so that it sees what training saw.
func withoutDenormals<Result: ~Copyable, Failure>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let before = neural_flush_denormals()
  defer { neural_restore_floating_point(before) }
  return try body()
}
