import CProcessorLimits
import NeuralNet

/// The limits of this core, measured by the initialiser.
struct ProcessorLimit {
  /// Floating-point operations per second, two for each multiply–add.
  let operationsPerSecond: Double
  /// The seconds to read weights, moments and gradients and to write all but the gradients.
  let optimiserSeconds: Double

  init(of instructionSet: InstructionSet, parameterCount: Int) {
    let width: Int32 =
      switch instructionSet {
      case .portable: 4
      case .avx2: 8
      case .avx512: 16
      }
    var operations: Int64 = 0
    let seconds = processorSeconds { operations = limit_multiply_add(width, 400_000) }
    operationsPerSecond = Double(operations) / seconds

    let count = (parameterCount + 15) / 16 * 16
    let arrays = UnsafeMutableRawPointer.allocate(byteCount: 16 * count, alignment: 64)
      .initializeMemory(as: Float.self, repeating: 0, count: 4 * count)
    defer { arrays.deallocate() }
    optimiserSeconds = processorSeconds(count: 200) {
      _ = limit_optimiser_traffic(
        width, arrays, arrays + count, arrays + 2 * count, arrays + 3 * count, count)
    }
  }

  /// The least time of an epoch: its multiply–adds at the peak rate, and the optimiser's memory traffic.
  func floorSeconds(shape: NetworkShape, rowCount: Int, batchSize: Int) -> Double {
    let stepCount = (rowCount + batchSize - 1) / batchSize
    return Double(rowCount * shape.operationsPerTrainedRow) / operationsPerSecond
      + Double(stepCount) * optimiserSeconds
  }
}

extension NetworkShape {
  /// The operations of the forward pass and of the gradients of weights and inputs; the latter are not needed for the
  /// first layer.
  var operationsPerTrainedRow: Int {
    let weightCounts = layers.map { $0.inputs * $0.outputs }
    return 6 * weightCounts.reduce(0, +) - 2 * weightCounts[0]
  }
}
