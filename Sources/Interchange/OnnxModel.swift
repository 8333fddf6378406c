package import Forecasting
import Foundation
import NeuralNet
import Reporting
import Series

/// The complete computation from unscaled features to the probability as an ONNX file, for any runtime.
///
/// `features` `[N, features]` are standardised and clipped to ±6 (features that are not finite or do not vary become 0)
/// and passed through the network; the penalty is removed from the logit, which gives `probability` `[N, 1]`.
///
/// - Source: field numbers of onnx.proto, https://github.com/onnx/onnx; operator set 13.
package struct OnnxModel {
  private enum ElementType: Int {
    case float = 1
    case bool = 9
  }

  private let model: Model
  private var nodes: [[UInt8]] = []
  private var initializers: [[UInt8]] = []

  package init(_ model: Model) {
    self.model = model
    let standardized = addStandardization()
    let logit = addNetwork(standardized)
    let penalty = Double(model.network.loss.penalty)
    addConstant("log_penalty", [Float(Foundation.log(penalty))], shape: [])
    addNode("Sub", [logit, "log_penalty"], "logit_without_penalty")
    addNode("Sigmoid", ["logit_without_penalty"], "probability")
  }

  private mutating func addStandardization() -> String {
    let standardizer = model.standardizer
    let shape = [model.featureCount]
    addConstant("mean", standardizer.means, shape: shape)
    addConstant("deviation", standardizer.deviations.map { $0 > 0 ? $0 : 1 }, shape: shape)
    addConstant("largest", [.greatestFiniteMagnitude], shape: [])
    addConstant("lower", [-Standardizer.limit], shape: [])
    addConstant("upper", [Standardizer.limit], shape: [])
    addConstant("zero", [0], shape: [])
    addTensor(
      "varies", .bool, standardizer.deviations.map { $0 > 0 ? 1 : 0 }, shape: shape)
    addNode("Sub", ["features", "mean"], "centred")
    addNode("Div", ["centred", "deviation"], "scaled")
    addNode("Clip", ["scaled", "lower", "upper"], "clipped")
    addNode("Abs", ["features"], "magnitude")
    // False for NaN, too.
    addNode("LessOrEqual", ["magnitude", "largest"], "is_finite")
    addNode("And", ["is_finite", "varies"], "says_something")
    addNode("Where", ["says_something", "clipped", "zero"], "standardized")
    return "standardized"
  }

  private mutating func addNetwork(_ input: String) -> String {
    let network = model.network.network
    var values = input
    for (index, layer) in network.shape.layers.enumerated() {
      addConstant(
        "weight_\(index)", Array(network.parameters[layer.weights]),
        shape: [layer.inputs, layer.outputs])
      addConstant("bias_\(index)", Array(network.parameters[layer.biases]), shape: [layer.outputs])
      addNode("Gemm", [values, "weight_\(index)", "bias_\(index)"], "dense_\(index)")
      values = "dense_\(index)"
      if index < network.shape.hidden.count {
        addNode("Relu", [values], "relu_\(index)")
        values = "relu_\(index)"
      }
    }
    return values
  }

  private mutating func addNode(_ operation: String, _ inputs: [String], _ output: String) {
    var node = ProtobufWriter()
    for input in inputs { node.write(input, field: 1) }
    node.write(output, field: 2)
    node.write(output, field: 3)
    node.write(operation, field: 4)
    nodes.append(node.bytes)
  }

  private mutating func addConstant(_ name: String, _ values: [Float], shape: [Int]) {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: values)
    addTensor(name, .float, bytes, shape: shape)
  }

  private mutating func addTensor(
    _ name: String, _ type: ElementType, _ bytes: [UInt8], shape: [Int]
  ) {
    var tensor = ProtobufWriter()
    for length in shape { tensor.write(length, field: 1) }
    tensor.write(type.rawValue, field: 2)
    tensor.write(name, field: 8)
    tensor.write(bytes, field: 9)
    initializers.append(tensor.bytes)
  }
}

// MARK: - Writing

extension OnnxModel {
  /// The bytes of the ONNX file.
  package func bytes() throws -> [UInt8] {
    var file = ProtobufWriter()
    file.write(8, field: 1)
    file.write("harbinger", field: 2)
    file.write(Version.text, field: 3)
    file.write(field: 7, writeGraph)
    file.write(field: 8) { $0.write(13, field: 2) }
    let facts = [
      ("features", try JSONText.text(FeatureRows.names, onOneLine: true)),
      ("penalty", "\(model.network.loss.penalty)"),
    ]
    for (name, value) in facts {
      file.write(field: 14) { entry in
        entry.write(name, field: 1)
        entry.write(value, field: 2)
      }
    }
    return file.bytes
  }

  private func writeGraph(_ graph: inout ProtobufWriter) {
    for node in nodes { graph.write(node, field: 1) }
    graph.write("harbinger", field: 2)
    for tensor in initializers { graph.write(tensor, field: 5) }
    graph.write(field: 11) { Self.writeMatrix("features", columns: model.featureCount, &$0) }
    graph.write(field: 12) { Self.writeMatrix("probability", columns: 1, &$0) }
  }

  /// Describes a float matrix `[rows, columns]` with any number of rows.
  private static func writeMatrix(
    _ name: String, columns: Int, _ value: inout ProtobufWriter
  ) {
    value.write(name, field: 1)
    value.write(field: 2) { type in
      type.write(field: 1) { tensor in
        tensor.write(ElementType.float.rawValue, field: 1)
        tensor.write(field: 2) { shape in
          shape.write(field: 1) { $0.write("rows", field: 2) }
          shape.write(field: 1) { $0.write(columns, field: 1) }
        }
      }
    }
  }
}
