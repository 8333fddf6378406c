package import Forecasting
import NeuralNet
import Records
import Reporting
import Series

/// A model as named tensors, as written by `harbinger model export` and read by `import`.
///
/// `standardizer.mean`, `standardizer.deviation` `[features]`; for each layer n of `network` and `logistic`
/// `network.n.weight` `[inputs, outputs]`, `network.n.bias` `[outputs]`. Adam's moments stand beside each as
/// `….first_moment` and `….second_moment`; a model trained elsewhere may leave them out, all or none.
package struct ModelTensors {
  private static let format = "harbinger-model-1"
  private static let layersMax = 16
  private static let unitsMax = 65_536

  package let file: TensorFile

  package init(_ file: TensorFile) {
    self.file = file
  }
}

// MARK: - From a model

extension ModelTensors {
  /// - Throws: An error of encoding the metadata.
  package init(_ model: Model) throws {
    var file = TensorFile()
    file.metadata["format"] = Self.format
    file.metadata["features"] = try JSONText.text(FeatureRows.names, onOneLine: true)
    file.metadata["clip"] = "\(Standardizer.limit)"
    let shape = [model.featureCount]
    file.tensors["standardizer.mean"] = .init(shape: shape, values: model.standardizer.means)
    file.tensors["standardizer.deviation"] = .init(
      shape: shape, values: model.standardizer.deviations)
    Self.add(model.network, as: "network", to: &file)
    Self.add(model.logistic, as: "logistic", to: &file)
    self.file = file
  }

  private static func add(_ learner: Learner, as name: String, to file: inout TensorFile) {
    file.metadata["\(name).penalty"] = "\(learner.loss.penalty)"
    file.metadata["\(name).caution"] = "\(learner.caution)"
    file.metadata["\(name).step"] = "\(learner.moments.step)"
    let arrays = [learner.network.parameters, learner.moments.first, learner.moments.second]
    for (suffix, values) in zip(suffixes, arrays) {
      for (index, layer) in learner.network.shape.layers.enumerated() {
        file.tensors["\(name).\(index).weight\(suffix)"] = .init(
          shape: [layer.inputs, layer.outputs], values: Array(values[layer.weights]))
        file.tensors["\(name).\(index).bias\(suffix)"] = .init(
          shape: [layer.outputs], values: Array(values[layer.biases]))
      }
    }
  }

  private static let suffixes = ["", ".first_moment", ".second_moment"]
}

// MARK: - To a model

extension ModelTensors {
  /// Decodes and validates the model.
  package func model() throws(UnusableModelFile) -> Model {
    try require("format", Self.format)
    try requireFeatures()
    guard let clip = try number("clip"), clip == Standardizer.limit else {
      throw UnusableModelFile("clip: expected \(Standardizer.limit), to which features are held")
    }
    let featureCount = FeatureRows.names.count
    let means = try tensor("standardizer.mean", [featureCount])
    let deviations = try tensor("standardizer.deviation", [featureCount])
    guard deviations.allSatisfy({ $0 >= 0 }) else {
      throw UnusableModelFile("standardizer.deviation: found a number below zero")
    }
    let model = Model(
      standardizer: Standardizer(means: means, deviations: deviations),
      network: try learner("network"), logistic: try learner("logistic"))
    guard model.logistic.network.shape.hidden.isEmpty else {
      throw UnusableModelFile("logistic.1.weight: a logistic regression has one layer")
    }
    try requireNothingElse(than: model)
    return model
  }

  private func learner(_ name: String) throws(UnusableModelFile) -> Learner {
    let shape = try shape(of: name)
    let network = Network(shape: shape, parameters: try parameters(name, "", shape))
    guard network.staysFinite(inputsWithin: Standardizer.limit) else {
      throw UnusableModelFile("\(name): its weights are so large that its output may not be finite")
    }
    guard let penalty = try number("\(name).penalty"), penalty > 0 else {
      throw UnusableModelFile("\(name).penalty: expected a number above zero")
    }
    let caution = try number("\(name).caution") ?? 1
    guard Learner.cautions.contains(caution) else {
      throw UnusableModelFile("\(name).caution: expected a number from 1/1024 to 1")
    }
    return Learner(
      network: network, moments: try moments(name, shape), loss: PenalizedLoss(penalty: penalty),
      caution: caution)
  }

  /// The network shape, from the layers in the file.
  private func shape(of name: String) throws(UnusableModelFile) -> NetworkShape {
    var hidden: [Int] = []
    while let next = file.tensors["\(name).\(hidden.count + 1).weight"] {
      guard hidden.count < Self.layersMax, let units = next.shape.first,
        (1...Self.unitsMax).contains(units)
      else {
        throw UnusableModelFile(
          "\(name).\(hidden.count + 1).weight: found the shape \(next.shape), "
            + "expected at most \(Self.layersMax) layers of 1 to \(Self.unitsMax) units")
      }
      hidden.append(units)
    }
    return NetworkShape(inputCount: FeatureRows.names.count, hidden: hidden)
  }

  private func parameters(
    _ name: String, _ suffix: String, _ shape: NetworkShape
  ) throws(UnusableModelFile) -> [Float] {
    var values: [Float] = []
    for (index, layer) in shape.layers.enumerated() {
      values += try tensor("\(name).\(index).weight\(suffix)", [layer.inputs, layer.outputs])
      values += try tensor("\(name).\(index).bias\(suffix)", [layer.outputs])
    }
    return values
  }

  private func moments(
    _ name: String, _ shape: NetworkShape
  ) throws(UnusableModelFile) -> AdamMoments {
    guard file.tensors.keys.contains(where: { $0.hasPrefix(name) && $0.hasSuffix("_moment") })
    else { return AdamMoments(parameterCount: shape.parameterCount) }
    guard let step = file.metadata["\(name).step"].flatMap(Int.init), step >= 0 else {
      throw UnusableModelFile("\(name).step: expected the number of Adam's steps so far")
    }
    let moments = AdamMoments(
      first: try parameters(name, Self.suffixes[1], shape),
      second: try parameters(name, Self.suffixes[2], shape), step: step)
    guard moments.isFinite else {
      throw UnusableModelFile("\(name): found a second moment below zero")
    }
    return moments
  }

  private func tensor(_ name: String, _ shape: [Int]) throws(UnusableModelFile) -> [Float] {
    guard let tensor = file.tensors[name] else {
      throw UnusableModelFile("\(name): it is not there")
    }
    guard tensor.shape == shape else {
      throw UnusableModelFile("\(name): found the shape \(tensor.shape), expected \(shape)")
    }
    return tensor.values
  }

  private func number(_ name: String) throws(UnusableModelFile) -> Float? {
    guard let text = file.metadata[name] else { return nil }
    guard let number = Float(text), number.isFinite else {
      throw UnusableModelFile(
        "\(name): found '\(String(escapedForDisplay: text, limit: 20))', expected a number")
    }
    return number
  }

  private func require(_ name: String, _ expected: String) throws(UnusableModelFile) {
    let found = file.metadata[name] ?? ""
    guard found == expected else {
      throw UnusableModelFile(
        "\(name): found '\(String(escapedForDisplay: found, limit: 40))', expected '\(expected)'")
    }
  }

  /// The weights are only valid for the same features in the same order as in training.
  private func requireFeatures() throws(UnusableModelFile) {
    let names = file.metadata["features"].flatMap(JSONText.strings) ?? []
    guard names.count == FeatureRows.names.count else {
      throw UnusableModelFile(
        "features: found \(names.count) names, expected \(FeatureRows.names.count)")
    }
    for (found, expected) in zip(names, FeatureRows.names) where found != expected {
      throw UnusableModelFile(
        "features: found '\(String(escapedForDisplay: found, limit: 40))', expected '\(expected)'")
    }
  }

  /// An unknown tensor is an error, because it would be lost silently.
  private func requireNothingElse(than model: Model) throws(UnusableModelFile) {
    let layers = [("network", model.network), ("logistic", model.logistic)]
    var known: Set = ["standardizer.mean", "standardizer.deviation"]
    for (name, learner) in layers {
      for index in learner.network.shape.layers.indices {
        for suffix in Self.suffixes {
          known.insert("\(name).\(index).weight\(suffix)")
          known.insert("\(name).\(index).bias\(suffix)")
        }
      }
    }
    if let name = file.tensors.keys.filter({ !known.contains($0) }).min() {
      throw UnusableModelFile("\(String(escapedForDisplay: name, limit: 60)): no part of a model")
    }
  }
}
