import Arithmetic
import Glibc
package import NeuralNet
package import Series

/// A network that was trained before the program was installed, on streams of many kinds from their first hours on.
///
/// It forecasts for streams that are too young for a network of their own: as streams went on that began alike. Besides the
/// features of every network it is given how long, and in how many hours, the stream has been seen.
package struct PretrainedModel: Equatable, Sendable {
  /// Older streams are not forecast by it.
  package static let hoursMax = 24 * 90

  /// It was not trained on streams that are active in half of all hours: what it would say of their silence is not known.
  private static func isAsTrained(_ rolling: RollingFeatures) -> Bool {
    rolling.hourCount <= hoursMax && 2 * rolling.activeHourCount <= rolling.hourCount + 24
  }

  package let standardizer: Standardizer
  package let network: Network

  /// The names of its inputs, in the order of a row.
  package static let inputNames = FeatureRows.names + ["log hours known", "log hours active"]

  /// - Parameters:
  ///   - standardizer: Of as many columns as there are inputs.
  ///   - network: Of as many inputs; its logits are those of probabilities.
  package init(standardizer: Standardizer, network: Network) {
    precondition(standardizer.featureCount == Self.inputNames.count, "a column for each input")
    precondition(network.shape.inputCount == Self.inputNames.count, "the network reads all inputs")
    self.standardizer = standardizer
    self.network = network
  }

  /// - Parameter rows: Of some leads, as `FeatureRows` makes them at the origin of `rolling`.
  /// - Returns: `[rowCount × inputCount]`, unscaled.
  package static func inputs(_ rows: [Float], of rolling: RollingFeatures) -> [Float] {
    let width = FeatureRows.names.count
    let age = [rolling.hourCount, rolling.activeHourCount].map { Float(log1p(Double($0))) }
    var inputs: [Float] = []
    inputs.reserveCapacity(rows.count / width * inputNames.count)
    for start in stride(from: 0, to: rows.count, by: width) {
      inputs += rows[start..<start + width]
      inputs += age
    }
    return inputs
  }

  /// - Parameter rows: As for `inputs`.
  /// - Returns: `[rowCount]`; nil where the stream is too old, or active too often.
  package func probabilities(_ rows: [Float], of rolling: RollingFeatures) -> [Double]? {
    guard Self.isAsTrained(rolling) else { return nil }
    var inputs = Self.inputs(rows, of: rolling)
    standardizer.apply(to: &inputs)
    return network.logits(of: inputs).map { sigmoid(Double($0)) }
  }
}

extension PretrainedModel {
  /// The one in the program, made by `deploy/pretrain`; nil if features were changed since.
  package static let shipped = try? PretrainedModel(bytes: PackageResources.pretrained_weights)

  /// A file of weights is of no use for other inputs.
  private static let fingerprint = FNV1a(inputNames.joined(separator: ",").utf8).value

  /// As it is stored: with a checksum, weights in half precision.
  package func bytes() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(Self.fingerprint)
    writer.write(standardizer.means)
    writer.write(standardizer.deviations)
    writer.write(network.shape.hidden)
    writer.write(network.parameters.map { Float16($0).bitPattern })
    return writer.sealed()
  }

  /// - Parameter bytes: As `bytes()` gave them.
  /// - Throws: `ByteReader.Damaged`, also for a network with other inputs, or with numbers that are not finite.
  package init(bytes: [UInt8]) throws(ByteReader.Damaged) {
    var reader = try ByteReader(sealed: bytes)
    guard try reader.readUInt64() == Self.fingerprint else { throw ByteReader.Damaged() }
    let count = Self.inputNames.count
    let means = try reader.readArray(of: Float.self, count: count)
    let deviations = try reader.readArray(of: Float.self, count: count)
    let hidden = try reader.readArray(of: Int.self)
    guard means.allSatisfy(\.isFinite), deviations.allSatisfy({ $0.isFinite && $0 >= 0 }),
      hidden.count <= 16, hidden.allSatisfy({ (1...65_536).contains($0) })
    else { throw ByteReader.Damaged() }
    let shape = NetworkShape(inputCount: count, hidden: hidden)
    let halves = try reader.readArray(of: UInt16.self, count: shape.parameterCount)
    let network = Network(
      shape: shape, parameters: halves.map { Float(Float16(bitPattern: $0)) })
    guard network.staysFinite(inputsWithin: Standardizer.limit), reader.isAtEnd else {
      throw ByteReader.Damaged()
    }
    self.init(
      standardizer: Standardizer(means: means, deviations: deviations), network: network)
  }
}
