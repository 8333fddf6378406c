import Arithmetic

/// A multi-layer perceptron with one logit out, as a value.
package struct Network: Equatable, Sendable {
  package let shape: NetworkShape
  /// Layer by layer: the weights `[inputs][outputs]`, row after row, then the biases `[outputs]`.
  package internal(set) var parameters: [Float]

  /// How the weights begin; the biases begin at 0.
  package enum Initialization: String, Sendable {
    /// Normal with variance 2 / inputs: He et al., "Delving deep into rectifiers", 2015.
    case heNormal
    /// Uniform within ±√(6 / (inputs + outputs)): Glorot and Bengio, 2010; Keras' default.
    case glorotUniform
  }

  /// - Parameter outputScale: Multiplies the last layer's weights; small, the first logits stay
  ///   near the output bias.
  package init(
    shape: NetworkShape, initialization: Initialization = .glorotUniform, outputScale: Float = 1,
    using generator: inout some RandomNumberGenerator
  ) {
    self.shape = shape
    parameters = []
    parameters.reserveCapacity(shape.parameterCount)
    let layers = shape.layers
    for (index, layer) in layers.enumerated() {
      let scale = index == layers.count - 1 ? outputScale : 1
      for _ in 0..<layer.weightCount {
        parameters.append(scale * initialization.weight(for: layer, using: &generator))
      }
      parameters.append(contentsOf: repeatElement(0, count: layer.outputs))
    }
  }

  /// - Parameter parameters: `[shape.parameterCount]`, in the order of `parameters`.
  package init(shape: NetworkShape, parameters: [Float]) {
    precondition(parameters.count == shape.parameterCount, "as many parameters as the shape has")
    self.shape = shape
    self.parameters = parameters
  }

  /// The bias of the one output; the last parameter.
  package var outputBias: Float { parameters[parameters.count - 1] }

  /// Where the logits start out, before anything was learned.
  package mutating func setOutputBias(_ logit: Float) {
    parameters[parameters.count - 1] = logit
  }

  /// False for parameters from outside with which some row of inputs within ±`limit` could give a logit, or a
  /// sum on its way, that is not finite.
  package func staysFinite(inputsWithin limit: Float) -> Bool {
    var bounds = [Double](repeating: Double(limit), count: shape.inputCount)
    for layer in shape.layers {
      bounds = (0..<layer.outputs).map { output in
        var bound = Double(parameters[layer.biases.lowerBound + output].magnitude)
        for (input, inputBound) in bounds.enumerated() {
          let weight = parameters[layer.weights.lowerBound + input * layer.outputs + output]
          bound += Double(weight.magnitude) * inputBound
        }
        return bound
      }
      // Half, because sums are rounded. What is no number is not below it either.
      guard bounds.allSatisfy({ $0 < Double(Float.greatestFiniteMagnitude) / 2 }) else {
        return false
      }
    }
    return true
  }
}

extension Network.Initialization {
  fileprivate func weight(
    for layer: Layer, using generator: inout some RandomNumberGenerator
  ) -> Float {
    switch self {
    case .heNormal:
      Float(generator.normal() * (2 / Double(layer.inputs)).squareRoot())
    case .glorotUniform:
      Float((2 * generator.uniform() - 1) * (6 / Double(layer.inputs + layer.outputs)).squareRoot())
    }
  }
}
