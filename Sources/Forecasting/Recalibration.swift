import Glibc
package import Series

/// Corrects a forecaster's logit by what has become of its forecasts: z' = slope · z + shift, learned online.
///
/// - Source: Platt, "Probabilistic outputs for support vector machines", 1999; steps by Duchi, Hazan and
///   Singer, "Adaptive subgradient methods", JMLR 12 (2011).
package struct Recalibration: Equatable, Sendable {
  private var slope = 1.0
  private var shift = 0.0
  /// Sums of squared gradients.
  private var slopeCurvature = 1.0
  private var shiftCurvature = 1.0

  private static let stepSize = 0.05

  package init() {}

  package func predictOne(_ probability: Double) -> Double {
    sigmoid(slope * logit(probability) + shift)
  }

  package mutating func learnOne(_ probability: Double, active: Bool) {
    let z = logit(probability)
    let error = sigmoid(slope * z + shift) - (active ? 1 : 0)
    slopeCurvature += error * z * error * z
    shiftCurvature += error * error
    slope -= Self.stepSize * error * z / slopeCurvature.squareRoot()
    shift -= Self.stepSize * error / shiftCurvature.squareRoot()
    slope = min(max(slope, 0.2), 3)
    shift = min(max(shift, -4), 4)
  }

  private func logit(_ probability: Double) -> Double {
    let clamped = Mixture.clamp(probability)
    return log(clamped / (1 - clamped))
  }

  private func sigmoid(_ z: Double) -> Double {
    z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z))
  }

  package func write(to writer: inout ByteWriter) {
    for value in [slope, shift, slopeCurvature, shiftCurvature] { writer.write(value) }
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    slope = try reader.readDouble()
    shift = try reader.readDouble()
    slopeCurvature = try reader.readDouble()
    shiftCurvature = try reader.readDouble()
  }
}
