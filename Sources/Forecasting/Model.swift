package import NeuralNet
package import Series

/// What is learned from all streams together: a network, a logistic regression on the same features, and
/// how the features are standardised for both.
package struct Model: Equatable, Sendable {
  package var standardizer: Standardizer
  package var network: Learner
  package var logistic: Learner

  package init(standardizer: Standardizer, network: Learner, logistic: Learner) {
    self.standardizer = standardizer
    self.network = network
    self.logistic = logistic
  }

  package var featureCount: Int { network.network.shape.inputCount }

  /// - Parameter rows: `[rowCount × featureCount]`, unscaled.
  package func standardized(_ rows: [Float]) -> [Float] {
    var rows = rows
    standardizer.apply(to: &rows)
    return rows
  }
}

extension Model {
  /// As it is stored: with a checksum, little-endian.
  package func bytes() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(standardizer.means)
    writer.write(standardizer.deviations)
    network.write(to: &writer)
    logistic.write(to: &writer)
    return writer.sealed()
  }

  /// - Parameter bytes: As `bytes()` gave them.
  /// - Throws: `ByteReader.Damaged`, also where shapes do not fit together or a number is not finite.
  package init(bytes: [UInt8]) throws(ByteReader.Damaged) {
    var reader = try ByteReader(sealed: bytes)
    let means = try reader.readArray(of: Float.self)
    let deviations = try reader.readArray(of: Float.self, count: means.count)
    guard means.allSatisfy(\.isFinite), deviations.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw ByteReader.Damaged()
    }
    standardizer = Standardizer(means: means, deviations: deviations)
    network = try Learner(from: &reader)
    logistic = try Learner(from: &reader)
    guard featureCount == means.count, logistic.network.shape.inputCount == means.count else {
      throw ByteReader.Damaged()
    }
  }
}

extension Learner {
  fileprivate func write(to writer: inout ByteWriter) {
    writer.write(network.shape.inputCount)
    writer.write(network.shape.hidden)
    writer.write(network.parameters)
    writer.write(moments.first)
    writer.write(moments.second)
    writer.write(moments.step)
    writer.write(Double(loss.penalty))
    writer.write(Double(caution))
  }

  fileprivate init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    let inputCount = try reader.readInt()
    let hidden = try reader.readArray(of: Int.self)
    guard ([inputCount] + hidden).allSatisfy({ (1...65_536).contains($0) }), hidden.count <= 16
    else { throw ByteReader.Damaged() }
    let shape = NetworkShape(inputCount: inputCount, hidden: hidden)
    let count = shape.parameterCount
    let network = Network(
      shape: shape, parameters: try reader.readArray(of: Float.self, count: count))
    let first = try reader.readArray(of: Float.self, count: count)
    let second = try reader.readArray(of: Float.self, count: count)
    let step = try reader.readInt()
    let penalty = Float(try reader.readDouble())
    let caution = Float(try reader.readDouble())
    guard step >= 0, penalty > 0, penalty.isFinite, Self.cautions.contains(caution),
      network.staysFinite(inputsWithin: Standardizer.limit)
    else { throw ByteReader.Damaged() }
    let moments = AdamMoments(first: first, second: second, step: step)
    guard moments.isFinite else { throw ByteReader.Damaged() }
    self.init(
      network: network, moments: moments, loss: PenalizedLoss(penalty: penalty), caution: caution)
  }
}

/// The model in use, and the one that was in use before the last full run: a second opinion, of another chance
/// and other years.
package struct Models: Equatable, Sendable {
  package var current: Model?
  package var previous: Model?

  package init(current: Model? = nil, previous: Model? = nil) {
    self.current = current
    self.previous = previous
  }

  /// - Parameter isNew: It was initialised anew, not trained further from the one in use.
  package mutating func adopt(_ model: Model, isNew: Bool) {
    if isNew { previous = current }
    current = model
  }

  /// False for models that were trained on other features than ours.
  package func fit(featureCount: Int) -> Bool {
    [current, previous].allSatisfy { $0 == nil || $0?.featureCount == featureCount }
  }

  /// What the learned forecasters say of some rows; nil where there is none yet.
  package struct Predictions: Equatable, Sendable {
    /// `[rowCount]`, as are all: the probability of the network in use.
    package var network: [Double]?
    /// The network's own output, before the penalty is taken out of it.
    package var score: [Double]?
    /// Of the network before it.
    package var previousNetwork: [Double]?
    /// Of the logistic regression.
    package var logistic: [Double]?
    /// Of the pretrained network; nil also where the stream is not one for it.
    package var pretrained: [Double]?
  }

  /// - Parameter rows: `[rowCount × featureCount]`, unscaled.
  package func predictions(rows: [Float]) -> Predictions {
    var predictions = Predictions()
    guard let current else { return predictions }
    let standardized = current.standardized(rows)
    let logits = current.network.network.logits(of: standardized)
    predictions.network = logits.map { current.network.loss.probability(logit: $0) }
    predictions.score = logits.map { current.network.loss.score(logit: $0) }
    predictions.logistic = current.logistic.network.logits(of: standardized)
      .map { current.logistic.loss.probability(logit: $0) }
    if let previous {
      let rows =
        previous.standardizer == current.standardizer ? standardized : previous.standardized(rows)
      predictions.previousNetwork = previous.network.network.logits(of: rows)
        .map { previous.network.loss.probability(logit: $0) }
    }
    return predictions
  }
}
