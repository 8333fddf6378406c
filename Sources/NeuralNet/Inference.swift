internal import CNeuralKernels

/// The activations of rows on their way through a network; keep it to forecast without allocating.
package struct InferenceScratch: Sendable {
  fileprivate var activations: [Float] = []

  package init() {}

  /// Two chunks of the widest layer, behind an aligned address.
  fileprivate mutating func withChunks<Failure>(
    widest: Int,
    _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    let chunk = widest * chunkRows
    if activations.count < 2 * chunk + 16 {
      activations = [Float](repeating: 0, count: 2 * chunk + 16)
    }
    try activations.withUnsafeMutableBufferPointer { buffer throws(Failure) in
      let first = UnsafeMutableRawPointer(buffer.baseAddress!).alignedUp(toMultipleOf: 64)
        .assumingMemoryBound(to: Float.self)
      try body(first, first + chunk)
    }
  }
}

let chunkRows = NEURAL_CHUNK_ROWS

extension Network {
  /// The logits of rows; a row's does not depend on the rows beside it.
  ///
  /// - Parameter rows: `[rowCount × shape.inputCount]`, row after row, standardised and finite.
  /// - Returns: `[rowCount]`.
  package func logits(of rows: [Float], on instructionSet: InstructionSet = .current) -> [Float] {
    var logits = [Float](repeating: 0, count: rows.count / shape.inputCount)
    var scratch = InferenceScratch()
    var span = logits.mutableSpan
    self.logits(of: rows.span, into: &span, scratch: &scratch, on: instructionSet)
    return logits
  }

  /// The same into memory of the caller's, without an allocation once `scratch` was used.
  package func logits(
    of rows: Span<Float>, into logits: inout MutableSpan<Float>,
    scratch: inout InferenceScratch, on instructionSet: InstructionSet = .current
  ) {
    let rowCount = logits.count
    precondition(rows.count == rowCount * shape.inputCount, "one logit for each whole row")
    let kernels = instructionSet.kernels
    parameters.withUnsafeBufferPointer { parameters in
      rows.withUnsafeBufferPointer { rows in
        logits.withUnsafeMutableBufferPointer { logits in
          guard let rows = rows.baseAddress, let logits = logits.baseAddress else { return }
          let pass = ForwardPass(
            kernels: kernels, layers: shape.layers, parameters: parameters.baseAddress!)
          scratch.withChunks(widest: shape.widest) { first, second in
            withoutDenormals {
              pass.run(rows, count: rowCount, into: logits, first, second)
            }
          }
        }
      }
    }
  }

  /// How the logit of each row changes with its inputs.
  ///
  /// - Parameter rows: `[rowCount × shape.inputCount]`, row after row, standardised and finite.
  /// - Returns: `[rowCount × shape.inputCount]`.
  package func inputGradients(
    of rows: [Float], on instructionSet: InstructionSet = .current
  ) -> [Float] {
    precondition(rows.count % shape.inputCount == 0, "whole rows")
    var gradients = [Float](repeating: 0, count: rows.count)
    let pass = TrainingMemory(shape: shape)
    pass.load(self)
    let rowCount = rows.count / shape.inputCount
    withoutDenormals {
      for start in stride(from: 0, to: rowCount, by: chunkRows) {
        let count = min(chunkRows, rowCount - start)
        rows.withUnsafeBufferPointer { rows in
          pass.inputGradients(
            of: rows.baseAddress! + start * shape.inputCount, count: count, instructionSet.kernels
          ) { row, input, gradient in
            gradients[(start + row) * shape.inputCount + input] = gradient
          }
        }
      }
    }
    return gradients
  }
}

/// One way through the layers, for chunks of rows or, if there are few, row by row.
private struct ForwardPass {
  typealias Values = UnsafeMutablePointer<Float>

  let kernels: neural_kernels
  let layers: [Layer]
  let parameters: UnsafePointer<Float>

  /// From here on a chunk costs less than its rows one by one.
  private static let chunkWorthwhile = 12

  func run(
    _ rows: UnsafePointer<Float>, count: Int, into logits: Values, _ first: Values,
    _ second: Values
  ) {
    let inputs = layers[0].inputs
    var row = 0
    while row < count {
      let rowsLeft = min(chunkRows, count - row)
      if rowsLeft >= Self.chunkWorthwhile {
        kernels.gather(rows + row * inputs, inputs, nil, rowsLeft, 0, first)
        let result = runChunk(first, second)
        for index in 0..<rowsLeft { logits[row + index] = result[index] }
      } else {
        for index in row..<row + rowsLeft {
          logits[index] = runRow(rows + index * inputs, first, second)
        }
      }
      row += rowsLeft
    }
  }

  private func runChunk(_ first: Values, _ second: Values) -> Values {
    var (from, to) = (first, second)
    for (index, layer) in layers.enumerated() {
      kernels.forward(
        layer.inputs, layer.outputs, parameters + layer.offset, parameters + layer.biasOffset,
        from, to, index < layers.count - 1 ? 1 : 0)
      swap(&from, &to)
    }
    return from
  }

  private func runRow(_ row: UnsafePointer<Float>, _ first: Values, _ second: Values) -> Float {
    var (from, to, spare) = (row, first, second)
    for (index, layer) in layers.enumerated() {
      kernels.forward_row(
        layer.inputs, layer.outputs, parameters + layer.offset, parameters + layer.biasOffset,
        from, to, index < layers.count - 1 ? 1 : 0)
      from = UnsafePointer(to)
      swap(&to, &spare)
    }
    return from[0]
  }
}
