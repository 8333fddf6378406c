import Foundation
import NeuralNet

/// The network, its loss, its gradient and Adam in double precision, as one would write them down.
///
/// Legend: a layer has `inputs` and `outputs`; `x` is what goes in, `z` what comes out before the
/// rectifier; `d` before a name is the gradient of the loss with respect to it.
struct ReferenceNetwork {
  /// Weights `[inputs][outputs]`, then biases `[outputs]`, layer by layer.
  var parameters: [Double]
  let widths: [Int]

  init(_ network: Network) {
    parameters = network.parameters.map(Double.init)
    widths = [network.shape.inputCount] + network.shape.hidden + [1]
  }

  private var layers: [(inputs: Int, outputs: Int, weights: Int, biases: Int)] {
    var offset = 0
    return zip(widths, widths.dropFirst()).map { inputs, outputs in
      defer { offset += (inputs + 1) * outputs }
      return (inputs, outputs, offset, offset + inputs * outputs)
    }
  }

  /// What goes into each layer, and at last the logit.
  func forward(_ row: [Double]) -> [[Double]] {
    var activations = [row]
    for (index, layer) in layers.enumerated() {
      let x = activations[index]
      let z = (0..<layer.outputs).map { output in
        (0..<layer.inputs).reduce(parameters[layer.biases + output]) { sum, input in
          sum + x[input] * parameters[layer.weights + input * layer.outputs + output]
        }
      }
      activations.append(index < layers.count - 1 ? z.map { max($0, 0) } : z)
    }
    return activations
  }

  func logit(_ row: [Double]) -> Double { forward(row).last![0] }

  static func loss(logit z: Double, label y: Double, penalty: Double) -> Double {
    func softplus(_ z: Double) -> Double { max(z, 0) + log1p(exp(-abs(z))) }
    return penalty * y * softplus(-z) + (1 - y) * softplus(z)
  }

  func loss(_ batch: Batch, penalty: Double) -> Double {
    let losses = batch.indices.map { index in
      batch.weight(index)
        * Self.loss(logit: logit(batch.row(index)), label: batch.label(index), penalty: penalty)
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  /// d loss / d parameters, by the chain rule.
  func gradient(_ batch: Batch, penalty: Double) -> [Double] {
    var gradient = [Double](repeating: 0, count: parameters.count)
    for index in batch.indices {
      let activations = forward(batch.row(index))
      let (y, p) = (batch.label(index), 1 / (1 + exp(-activations.last![0])))
      let dz = (1 - y) * p - penalty * y * (1 - p)
      backward(
        from: [dz * batch.weight(index) / Double(batch.indices.count)], activations, &gradient)
    }
    return gradient
  }

  /// Adds one row's part to `gradient`, and returns the gradient of its inputs.
  @discardableResult
  func backward(
    from dLogit: [Double], _ activations: [[Double]], _ gradient: inout [Double]
  ) -> [Double] {
    var dz = dLogit
    for (index, layer) in layers.enumerated().reversed() {
      let x = activations[index]
      var dx = [Double](repeating: 0, count: layer.inputs)
      for output in 0..<layer.outputs {
        gradient[layer.biases + output] += dz[output]
        for input in 0..<layer.inputs {
          let at = layer.weights + input * layer.outputs + output
          gradient[at] += dz[output] * x[input]
          dx[input] += dz[output] * parameters[at]
        }
      }
      dz = index == 0 ? dx : zip(dx, x).map { $1 > 0 ? $0 : 0 }
    }
    return dz
  }

  /// Where each tensor's parameters are: weights, biases, weights, biases, ...
  var tensors: [Range<Int>] {
    layers.flatMap { layer in
      [layer.weights..<layer.biases, layer.biases..<layer.biases + layer.outputs]
    }
  }
}

/// Examples of a data set, as the reference reads them.
struct Batch {
  let rows: [Float]
  let labels: [Float]
  var weights: [Float]?
  let indices: [Int32]

  func row(_ index: Int32) -> [Double] {
    let width = rows.count / labels.count
    return rows[Int(index) * width..<(Int(index) + 1) * width].map(Double.init)
  }
  func label(_ index: Int32) -> Double { Double(labels[Int(index)]) }
  func weight(_ index: Int32) -> Double { Double(weights?[Int(index)] ?? 1) }
}

/// Adam with Keras' placement of epsilon or PyTorch's, decay and clips, in double precision.
struct ReferenceAdam {
  let options: Adam
  var first: [Double]
  var second: [Double]
  var step = 0

  init(_ options: Adam, parameterCount: Int) {
    self.options = options
    first = [Double](repeating: 0, count: parameterCount)
    second = first
  }

  mutating func update(_ network: inout ReferenceNetwork, gradient: [Double]) {
    let gradient = clipped(gradient, network.tensors)
    step += 1
    let (beta1, beta2) = (Double(options.beta1), Double(options.beta2))
    let rate = Double(options.learningRate)
    let correction1 = 1 - pow(beta1, Double(step))
    let correction2 = 1 - pow(beta2, Double(step))
    for (tensorIndex, tensor) in network.tensors.enumerated() {
      for index in tensor {
        first[index] = beta1 * first[index] + (1 - beta1) * gradient[index]
        second[index] = beta2 * second[index] + (1 - beta2) * gradient[index] * gradient[index]
        if tensorIndex.isMultiple(of: 2) {
          network.parameters[index] *= 1 - rate * Double(options.weightDecay)
        }
        switch options.epsilonPlacement {
        case .beforeCorrection:
          network.parameters[index] -=
            rate * sqrt(correction2) / correction1 * first[index]
            / (sqrt(second[index]) + Double(options.epsilon))
        case .afterCorrection:
          network.parameters[index] -=
            rate * (first[index] / correction1)
            / (sqrt(second[index] / correction2) + Double(options.epsilon))
        }
      }
    }
  }

  private func clipped(_ gradient: [Double], _ tensors: [Range<Int>]) -> [Double] {
    func norm(_ values: some Sequence<Double>) -> Double {
      sqrt(values.reduce(0) { $0 + $1 * $1 })
    }
    var clipped = gradient
    if let limit = options.clipValue.map(Double.init) {
      clipped = clipped.map { min(max($0, -limit), limit) }
    }
    if let limit = options.clipNormPerTensor.map(Double.init) {
      for tensor in tensors {
        let factor = min(1, limit / norm(clipped[tensor]))
        for index in tensor { clipped[index] *= factor }
      }
    }
    if let limit = options.clipNorm.map(Double.init) {
      let factor = min(1, limit / norm(clipped))
      clipped = clipped.map { $0 * factor }
    }
    return clipped
  }
}
