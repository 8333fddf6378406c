/// How many inputs, and how many units in each hidden layer; the output is one logit.
///
/// Hidden layers are rectified linear. Without any, the network is a logistic regression.
package struct NetworkShape: Hashable, Sendable {
  package let inputCount: Int
  /// Units of each hidden layer, from the inputs on.
  package let hidden: [Int]
  /// The layers in order, with their places among the parameters.
  package let layers: [Layer]

  package init(inputCount: Int, hidden: [Int]) {
    precondition(inputCount > 0 && hidden.allSatisfy { $0 > 0 }, "layers have units")
    precondition(([inputCount] + hidden).allSatisfy { $0 <= 65_536 }, "layers are bounded")
    self.inputCount = inputCount
    self.hidden = hidden
    var layers: [Layer] = []
    for (inputs, outputs) in zip([inputCount] + hidden, hidden + [1]) {
      let offset = layers.last?.biases.upperBound ?? 0
      layers.append(Layer(inputs: inputs, outputs: outputs, offset: offset))
    }
    self.layers = layers
  }

  package var parameterCount: Int { layers[layers.count - 1].biases.upperBound }

  var widest: Int { layers.reduce(1) { max($0, $1.inputs) } }
}

/// A dense layer: weights `[inputs][outputs]`, and the biases `[outputs]` right behind them.
package struct Layer: Hashable, Sendable {
  /// How many values it reads.
  package let inputs: Int
  /// How many units it has.
  package let outputs: Int
  let offset: Int

  /// Places among the network's parameters.
  package var weights: Range<Int> { offset..<biasOffset }
  /// Right behind the weights, one for each output.
  package var biases: Range<Int> { biasOffset..<biasOffset + outputs }

  var weightCount: Int { inputs * outputs }
  var biasOffset: Int { offset + weightCount }
}
