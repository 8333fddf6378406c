extension Network {
  /// How much each input moved the logit away from that of a reference row: the gradient's mean on the straight
  /// way between the two, times the way. They sum to the difference of the logits, but for the error of a sum
  /// that stands for an integral.
  ///
  /// - Parameters:
  ///   - row, reference: `[shape.inputCount]`, standardised and finite.
  ///   - stepCount: Points on the way; the error falls with their number.
  /// - Returns: `[shape.inputCount]`, in logits.
  /// - Source: Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017.
  package func integratedGradients(
    of row: [Float], against reference: [Float], stepCount: Int = 256,
    on instructionSet: InstructionSet = .current
  ) -> [Float] {
    precondition(row.count == shape.inputCount && reference.count == row.count, "whole rows")
    var points: [Float] = []
    points.reserveCapacity(stepCount * row.count)
    for step in 0..<stepCount {
      let part = (Float(step) + 0.5) / Float(stepCount)
      for (from, to) in zip(reference, row) { points.append(from + part * (to - from)) }
    }
    let gradients = inputGradients(of: points, on: instructionSet)
    return row.indices.map { input in
      let sum = stride(from: input, to: gradients.count, by: row.count)
        .reduce(0.0) { $0 + Double(gradients[$1]) }
      return Float(sum / Double(stepCount)) * (row[input] - reference[input])
    }
  }
}
